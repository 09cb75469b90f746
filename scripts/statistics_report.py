#!/usr/bin/env python3
"""Says what the results of a grid mean: comparisons, ranks and verdicts.

Writes RESULTS_PROFILE_DIR/tables/statistics.md, .tex and .csv and verdicts.json, and prints the
verdicts on what experiments/analysis.yaml asks. What it writes depends on that plan and the JSON files
alone.
"""

import argparse
import pathlib
import sys
from typing import List, Optional, Tuple

from eigenrnn import command

command.need("numpy", "scipy", "yaml")

from eigenrnn.output import stale, write_atomically
from eigenrnn.results import (
    UNUSABLE,
    Broken,
    Experiment,
    experiment_folders,
    read_experiment,
)
from eigenrnn.statistics import render
from eigenrnn.statistics.answers import no_verdict
from eigenrnn.statistics.document import Document, make_document
from eigenrnn.statistics.plan import PLAN, Plan, read_plan
from eigenrnn.statistics.values import check_usable

FILES = {
    "statistics.md": render.markdown_text,
    "statistics.tex": render.latex_text,
    "statistics.csv": render.csv_text,
    "verdicts.json": render.verdicts_json,
}

EXAMPLES = """\
examples:
  scripts/statistics_report.py results/cpu          writes results/cpu/tables/statistics.*
  scripts/statistics_report.py results/cpu --check  do they agree with the results?
  scripts/statistics_report.py results/cpu --readme README.md

exit codes: 0 done; 1 a file is broken or missing, or --check found a difference; 2 bad usage
"""


def fail(message: str) -> None:
    print(f"statistics_report.py: {message}", file=sys.stderr)


def read_experiments(profile: pathlib.Path) -> Tuple[List[Experiment], List[str], bool]:
    """Those that can be used, the names of those that cannot, and whether nothing is broken; names
    what is."""
    experiments: List[Experiment] = []
    unread: List[str] = []
    for folder in experiment_folders(profile):
        try:
            experiment = read_experiment(folder)
            check_usable(experiment)
        except Broken as error:
            fail(f"{folder / 'table.json'}: {error}")
            unread.append(folder.name)
            continue
        except UNUSABLE as error:
            fail(f"{folder}: it cannot be used, and is left out: {error!r}")
            unread.append(folder.name)
            continue
        for problem in experiment.problems:
            fail(problem)
        experiments.append(experiment)
    if not experiments and not unread:
        fail(f"no results in {profile}; run an experiment first, for instance make reproduce-all")
    return experiments, unread, not unread and not any(e.problems for e in experiments)


def print_verdicts(document: Document) -> None:
    nothing = no_verdict(document.plan, document.answers)
    if nothing:
        print(nothing)
        return
    print(document.plan.question)
    for answer in document.answers:
        for verdict in answer.verdicts if answer.has_results else []:
            print(f"{answer.comparison}, against {verdict.rival}: {verdict.outcome}")


def draw(document: Document, folder: pathlib.Path) -> None:
    """The comparisons of the plan of which any place tells something."""
    from eigenrnn.figures import style  # needs matplotlib, which nothing else here does
    from eigenrnn.statistics import figure

    for answer in document.answers:
        if any(verdict.estimate for verdict in answer.verdicts):
            svg, *_ = style.save(figure.picture(document, answer), folder)
            print(f"picture: {svg}")


def report(profile: pathlib.Path, plan: Plan, arguments: argparse.Namespace) -> bool:
    """True if nothing was wrong."""
    readme: Optional[pathlib.Path] = arguments.readme
    if not profile.is_dir():
        fail(f"no folder {profile}; run an experiment first, for instance make reproduce-all")
        return False
    experiments, unread, good = read_experiments(profile)
    if not experiments:
        return False
    try:
        document = make_document(experiments, profile, plan, unread)
    except Broken as error:
        fail(str(error))
        return False
    files = {profile / "tables" / name: write(document) for name, write in FILES.items()}
    if readme:
        try:
            files[readme] = render.with_verdicts(document, readme.read_text(encoding="utf-8"))
        except ValueError as error:
            fail(f"{readme}: {error}")
            return False
    if arguments.check:
        differences = stale(files)
        for difference in differences:
            fail(f"{difference}; write it with {command.shown('scripts/statistics_report.py', profile)}")
        return good and not differences
    for path, text in files.items():
        write_atomically(path, text)
    print_verdicts(document)
    if arguments.figure:
        draw(document, arguments.figure)
    return good


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "profiles", nargs="+", type=pathlib.Path, metavar="RESULTS_PROFILE_DIR",
        help="such as results/cpu",
    )
    parser.add_argument(
        "--check", action="store_true", help="exit 1 if the files on disk differ; write nothing"
    )
    parser.add_argument(
        "--readme", type=pathlib.Path, metavar="FILE",
        help="a Markdown file that the verdicts are written into, too, between two marks",
    )
    parser.add_argument(
        "--figure", type=pathlib.Path, metavar="DIR", help="draw the gains there, too: verdicts.svg, .pdf, .png, .csv"
    )
    parser.add_argument(
        "--plan", type=pathlib.Path, default=PLAN, metavar="FILE",
        help="of the analysis (default: experiments/analysis.yaml)",
    )
    arguments = parser.parse_args()
    try:
        plan = read_plan(arguments.plan)
    except Broken as error:
        fail(str(error))
        return 1
    good = True
    for profile in arguments.profiles:
        try:
            good = report(profile, plan, arguments) and good
        except OSError as error:
            fail(f"{error.filename or profile}: {error.strerror or error}")
            good = False
    return 0 if good else 1


if __name__ == "__main__":
    command.run(main)
