#!/usr/bin/env python3
"""Draws the figures of the experiments on dynamics: what training does to the recurrent weights,
and what that does to the hidden state.

Reads the results in results/<profile>/dynamics_*/ and their analyses in
results/<profile>/analysis/, and writes results/<profile>/figures/<picture>.svg, .pdf, .png and
.csv (the numbers behind the picture). What it writes depends on these inputs alone, so the same
results give the same bytes.
"""

import argparse
import concurrent.futures
import multiprocessing
import os
import pathlib
import sys
import traceback
from types import ModuleType
from typing import List, Optional

from eigenrnn import command

command.need("numpy", "matplotlib")

from eigenrnn.figures import (
    comparison,
    fixed_points,
    gradients,
    linearity,
    lyapunov,
    memory,
    modes,
    moduli,
    separability,
    spectra,
    style,
)
from eigenrnn.figures.study import (
    MOMENTS,
    Study,
    analyze_command,
    read_study,
    run_command,
)

FIGURES = [
    spectra,
    moduli,
    comparison,
    memory,
    gradients,
    lyapunov,
    separability,
    linearity,
    modes,
    fixed_points,
]

_study: Optional[Study] = None  # what the figures are drawn from, once it is read

EXAMPLES = """\
examples:
  make reproduce-dynamics PROFILE=quick             trains, analyses and draws everything
  scripts/figures.py results/quick                  draws from what is there
  scripts/figures.py results/quick --figure memory --figure spectra
  scripts/figures.py --list                         what there is to draw

where the inputs come from:
  build/eigenrnn run experiments/dynamics_*.yaml --profile quick     the results
  build/eigenrnn analyze results/quick/dynamics_*                    the analyses
What is missing is named, with the command that makes it; the rest is drawn all the same.

exit codes: 0 done; 1 an input is missing or broken; 2 bad usage
"""


def fail(message: str) -> None:
    print(f"figures.py: {message}", file=sys.stderr)


def what_is_missing(figure: ModuleType, study: Study) -> str:
    """Why a figure has nothing to show, and what to do about it."""
    if figure.NEEDS_ANALYSES and any(len(run.analyses) < len(MOMENTS) for run in study.runs):
        return f"no analyses that it needs; make them with: {analyze_command(study.profile)}"
    if not study.absent:
        return "no results that it needs"
    commands = "; ".join(run_command(study.profile, name) for name in study.absent)
    return f"no results that it needs; make them with: {commands}"


def draw(figure: ModuleType, study: Study) -> bool:
    """Draws one figure's pictures. True if there were any."""
    count = 0
    for picture in figure.pictures(study):
        paths = style.save(picture, study.profile / "figures")
        print(" ".join(str(path) for path in paths[:1]) + " (" + " ".join(
            path.suffix for path in paths[1:]) + ")")  # fmt: skip
        count += 1
    if not count:
        fail(f"{figure.NAME} is not drawn: {what_is_missing(figure, study)}")
    return count > 0


def draw_or_report(number: int) -> bool:
    """Draws the figure of this number in FIGURES. A fault in one costs that one alone."""
    try:
        return draw(FIGURES[number], _study)
    except Exception:  # pylint: disable=broad-except
        fail(f"{FIGURES[number].NAME} is not drawn, by a fault of this script:")
        traceback.print_exc()
        return False
    finally:
        sys.stdout.flush()


def draw_all(wanted: List[ModuleType], study: Study, jobs: int) -> bool:
    """True if all were drawn."""
    global _study
    _study = study  # a forked process has it, too, without copying
    numbers = [FIGURES.index(figure) for figure in wanted]
    if min(jobs, len(numbers)) == 1:
        return all([draw_or_report(number) for number in numbers])  # noqa: C419
    fork = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(jobs, mp_context=fork) as pool:
        return all(list(pool.map(draw_or_report, numbers)))


def parse(names: List[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "profile",
        nargs="?",
        type=pathlib.Path,
        metavar="RESULTS_PROFILE_DIR",
        help="such as results/quick",
    )
    parser.add_argument(
        "--figure",
        action="append",
        default=[],
        choices=names,
        metavar="NAME",
        help="only this one (repeatable); --list shows the names",
    )
    parser.add_argument(
        "--jobs",
        type=int,
        default=os.cpu_count() or 1,
        metavar="N",
        help="how many figures are drawn at a time (default: one per core)",
    )
    parser.add_argument("--list", action="store_true", help="show the figures and end")
    arguments = parser.parse_args()
    if arguments.jobs < 1:
        parser.error(f"--jobs is {arguments.jobs}, and must be at least 1")
    if not arguments.list and arguments.profile is None:
        parser.error("RESULTS_PROFILE_DIR is needed, such as results/quick")
    return arguments


def main() -> int:
    by_name = {figure.NAME: figure for figure in FIGURES}
    arguments = parse(list(by_name))
    if arguments.list:
        for figure in FIGURES:
            print(f"{figure.NAME:14}{figure.SUMMARY}")
        return 0
    if not arguments.profile.is_dir():
        fail(f"no folder {arguments.profile}; make it with: make reproduce-dynamics")
        return 1
    wanted = [by_name[name] for name in dict.fromkeys(arguments.figure or by_name)]
    study = read_study(arguments.profile, any(figure.NEEDS_ANALYSES for figure in wanted))
    for problem in study.problems:
        fail(problem)
    sys.stdout.flush()
    drawn = draw_all(wanted, study, arguments.jobs)
    return 0 if drawn and not study.problems else 1


if __name__ == "__main__":
    command.run(main)
