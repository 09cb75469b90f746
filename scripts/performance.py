#!/usr/bin/env python3
"""Keeps what `make bench` measured on this machine, and writes docs/performance.md, its figure and README's table from
what was measured on all of them.
"""

import argparse
import json
import pathlib
import sys

from eigenrnn import command

command.need("numpy", "matplotlib")

from eigenrnn.figures import style
from eigenrnn.marks import between_marks
from eigenrnn.output import stale, write_atomically
from eigenrnn.performance import document, figure, machines
from eigenrnn.results import Broken

ROOT = pathlib.Path(__file__).resolve().parent.parent
MEASURED = ROOT / "benchmarks" / "results"
DOCUMENT = ROOT / "docs" / "performance.md"
README = ROOT / "README.md"

EXAMPLES = """\
examples:
  scripts/performance.py --add build/bench    keeps what the benchmarks wrote there, then writes the documents
  scripts/performance.py --check              do the documents agree with benchmarks/results/?

exit codes: 0 done; 1 a file is broken or missing, or --check found a difference; 2 bad usage
"""


def fail(message: str) -> None:
    print(f"performance.py: {message}", file=sys.stderr)


def add(folder: pathlib.Path) -> None:
    """Throws Broken."""
    machine = machines.collect(folder)
    path = MEASURED / f"{machines.name_of(machine)}.json"
    write_atomically(path, json.dumps(machine, indent=1) + "\n")
    print(path.relative_to(ROOT))


def write(is_check: bool) -> bool:
    """True if nothing was wrong. Throws Broken, ValueError."""
    measured = machines.read_all(MEASURED)
    if not measured:
        raise Broken(f"{MEASURED}: nothing was measured yet; make bench does it")
    readme = README.read_text(encoding="utf-8")
    texts = {
        DOCUMENT: document.document(measured),
        README: between_marks(readme, document.START, document.END, document.for_readme(measured[-1])),
    }
    if is_check:
        differences = stale(texts)
        for difference in differences:
            fail(f"{difference}; write it with scripts/performance.py")
        return not differences
    for path, text in texts.items():
        write_atomically(path, text)
    style.save(figure.picture(measured), ROOT / "docs" / "figures")
    return True


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--add", type=pathlib.Path, metavar="DIR", help="what the benchmarks wrote on this machine")
    parser.add_argument("--check", action="store_true", help="exit 1 if a document differs; write nothing")
    arguments = parser.parse_args()
    try:
        if arguments.add:
            add(arguments.add)
        return 0 if write(arguments.check) else 1
    except (Broken, ValueError) as error:
        fail(str(error))
        return 1


if __name__ == "__main__":
    command.run(main)
