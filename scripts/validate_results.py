#!/usr/bin/env python3
"""Checks results against docs/result.schema.json, grids (table.json) against
docs/table.schema.json and observed_spectra.json against docs/observed_spectra.schema.json. A folder stands for every .json file below it, hidden folders
and analysis/ aside.
"""

import argparse
import json
import pathlib
import sys
from typing import Iterator, List

from eigenrnn_tables import command

command.need("jsonschema")

import jsonschema  # noqa: E402

from eigenrnn_tables.results import decoded  # noqa: E402

# Files of a name of their own; all others are results.
KINDS = {"table.json": "table", "observed_spectra.json": "observed_spectra"}

DOCS = pathlib.Path(__file__).resolve().parent.parent / "docs"

EXAMPLES = """\
examples:
  scripts/validate_results.py results/quick
  scripts/validate_results.py results/quick/tomita/0f3a96c2b1d4e587.json

exit codes: 0 all valid; 1 some are not, each violation on a line; 2 bad usage, or the Python
module jsonschema is missing (Debian: python3-jsonschema)
"""


NOT_RESULTS = ("analysis", "tables", "report")  # folders of other files


def json_files(paths: List[pathlib.Path]) -> Iterator[pathlib.Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for found in sorted(path.rglob("*.json")):
            parts = found.relative_to(path).parts
            if not any(part.startswith(".") or part in NOT_RESULTS for part in parts):
                yield found


def violations(path: pathlib.Path, validators: dict) -> List[str]:
    """What is wrong with a file, where in it, in words."""
    try:
        value = decoded(path)
    except OSError as error:
        return [error.strerror or str(error)]
    except (ValueError, RecursionError) as error:
        return [f"not valid JSON: {error}"]
    kind = KINDS.get(path.name, "result")
    errors = sorted(
        validators[kind].iter_errors(value), key=lambda e: [str(p) for p in e.absolute_path]
    )
    found = []
    for error in errors:
        place = "/".join(str(part) for part in error.absolute_path) or "(the whole file)"
        message = error.message if len(error.message) < 300 else error.message[:300] + " …"
        found.append(f"{place}: {message}")
    if kind == "result" and isinstance(value, dict) and value.get("key", path.stem) != path.stem:
        found.append(f"key: {value['key']!r} is not the file's name")
    return found


def load_validators() -> dict:
    validators = {}
    for kind in ("result", *KINDS.values()):
        schema = json.loads((DOCS / f"{kind}.schema.json").read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        validators[kind] = jsonschema.Draft202012Validator(schema)
    return validators


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", nargs="+", type=pathlib.Path, metavar="FILE|FOLDER")
    paths = parser.parse_args().paths
    validators = load_validators()
    count = wrong = 0
    for path in json_files(paths):
        count += 1
        found = violations(path, validators)
        wrong += bool(found)
        for violation in found:
            print(f"{path}: {violation}", file=sys.stderr)
    if count == 0:
        print("validate_results.py: no .json file in what was given", file=sys.stderr)
        return 1
    print(f"{count - wrong} of {count} files are valid")
    return 1 if wrong else 0


if __name__ == "__main__":
    command.run(main)
