#!/usr/bin/env python3
"""Writes the numbers in docs/findings.md: what a profile's results say about each claim of the abstract.

It needs the results, and analyses of networks (docs/analysis.md) in <profile>/analysis/: of those of the
experiments dynamics_*, before training and after it, and of some networks of the plan's experiments before
training. The keys of these are what --needed prints.
"""

import argparse
import pathlib
import sys

from eigenrnn import command

command.need("numpy", "scipy", "yaml", "matplotlib")

from eigenrnn.figures.study import read_study
from eigenrnn.findings import prediction
from eigenrnn.findings.document import with_numbers
from eigenrnn.output import stale, write_atomically
from eigenrnn.results import Broken, analyses, experiment_folders, read_experiment
from eigenrnn.statistics.document import make_document
from eigenrnn.statistics.plan import PLAN, read_plan

DOCUMENT = pathlib.Path(__file__).resolve().parent.parent / "docs" / "findings.md"

EXAMPLES = """\
examples:
  scripts/findings.py results/cpu                                  writes docs/findings.md
  scripts/findings.py results/cpu --check                          does it agree with the results?
  build/eigenrnn analyze $(scripts/findings.py results/cpu --needed) --results results --at start

exit codes: 0 done; 1 a file is broken or missing, or --check found a difference; 2 bad usage
"""


def fail(message: str) -> None:
    print(f"findings.py: {message}", file=sys.stderr)


def write(arguments: argparse.Namespace) -> bool:
    """True if nothing was wrong. Throws Broken, ValueError."""
    plan = read_plan(PLAN)
    experiments = [read_experiment(folder) for folder in experiment_folders(arguments.profile)]
    needed = prediction.keys_needed(prediction.places_of(experiments, plan))
    found, problems = analyses.read(arguments.profile, set(needed))
    starts = {key: analysis for (key, moment), analysis in found.items() if moment == "start"}
    lacking = [key for key in needed if key not in starts]
    if arguments.needed:
        print("\n".join(lacking))
        return True
    study = read_study(arguments.profile)
    problems += study.problems
    if lacking:
        problems.append(f"{len(lacking)} analyses before training are missing; --needed names their networks")
    for problem in problems:
        fail(problem)
    statistics = make_document(experiments, arguments.profile, plan, [])
    page = arguments.document.read_text(encoding="utf-8")
    text = with_numbers(page, study, experiments, starts, statistics)
    if not arguments.check:
        write_atomically(arguments.document, text)
        print(arguments.document)
        return not problems
    differences = stale({arguments.document: text})
    for difference in differences:
        fail(f"{difference}; write it with {command.shown('scripts/findings.py', arguments.profile)}")
    return not differences and not problems


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("profile", type=pathlib.Path, metavar="RESULTS_PROFILE_DIR", help="such as results/cpu")
    parser.add_argument("--check", action="store_true", help="exit 1 if the numbers differ; write nothing")
    parser.add_argument(
        "--needed", action="store_true",
        help="print the keys of the networks whose analyses before training are missing; write nothing",
    )
    parser.add_argument(
        "--document", type=pathlib.Path, default=DOCUMENT, metavar="FILE",
        help="with the marks between which the numbers stand (default: docs/findings.md)",
    )
    arguments = parser.parse_args()
    if not arguments.profile.is_dir():
        parser.error(f"there is no folder {arguments.profile}")
    try:
        return 0 if write(arguments) else 1
    except (Broken, ValueError) as error:
        fail(str(error))
        return 1
    except OSError as error:
        fail(f"{error.filename}: {error.strerror or error}")
        return 1


if __name__ == "__main__":
    command.run(main)
