#!/usr/bin/env python3
"""Checks results, loose or in archives, against docs/result.schema.json, grids (table.json) against
docs/table.schema.json and observed_spectra.json against docs/observed_spectra.schema.json. A folder stands
for every such file below it, hidden folders and those of other files aside.
"""

import argparse
import json
import pathlib
import sys
from typing import Any, Callable, Iterator, List, Tuple

from eigenrnn import command

command.need("jsonschema")

import jsonschema

from eigenrnn.results import RESERVED, archive
from eigenrnn.results.files import Broken, decoded, parsed

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


def files_of(paths: List[pathlib.Path]) -> Iterator[pathlib.Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for found in sorted([*path.rglob("*.json"), *path.rglob(f"*{archive.ENDING}")]):
            parts = found.relative_to(path).parts
            if not any(part.startswith(".") or part in RESERVED for part in parts[:-1]):
                yield found


def values_of(path: pathlib.Path) -> Iterator[Tuple[str, str, Callable[[], Any]]]:
    """Where each value of a file is, the key that it must have, and how to read it."""
    if not path.name.endswith(archive.ENDING):
        yield str(path), path.stem, lambda: decoded(path)
        return
    before = ""
    for number, line in archive.lines(path):
        place = f"{path}, line {number}"
        yield place, "", lambda line=line: parsed(line)
        key = archive.key_of(parsed(line))
        if key <= before:
            raise Broken(f"line {number}: the keys are not in order")
        before = key


def violations(place: str, key: str, read: Callable[[], Any], validators: dict) -> List[str]:
    """What is wrong with a value, where in it, in words."""
    try:
        value = read()
    except Broken as error:
        return [str(error)]
    kind = KINDS.get(pathlib.Path(place).name, "result")
    errors = sorted(
        validators[kind].iter_errors(value), key=lambda e: [str(p) for p in e.absolute_path]
    )
    found = []
    for error in errors:
        where = "/".join(str(part) for part in error.absolute_path) or "(the whole file)"
        message = error.message if len(error.message) < 300 else error.message[:300] + " …"
        found.append(f"{where}: {message}")
    if kind == "result" and isinstance(value, dict) and key and value.get("key", key) != key:
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
    for path in files_of(paths):
        try:
            for place, key, read in values_of(path):
                count += 1
                found = violations(place, key, read, validators)
                wrong += bool(found)
                for violation in found:
                    print(f"{place}: {violation}", file=sys.stderr)
        except Broken as error:
            count, wrong = count + 1, wrong + 1
            print(f"{path}: {error}", file=sys.stderr)
    if count == 0:
        print("validate_results.py: no .json file in what was given", file=sys.stderr)
        return 1
    print(f"{count - wrong} of {count} files are valid")
    return 1 if wrong else 0


if __name__ == "__main__":
    command.run(main)
