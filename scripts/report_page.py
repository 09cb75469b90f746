#!/usr/bin/env python3
"""Writes the page of a grid's results: RESULTS_PROFILE_DIR/report/index.html, which opens from the disk.

`make report PROFILE=…` builds the page's program from report/ first. Needs SciPy.
"""

import argparse
import pathlib
import sys

from eigenrnn import command

command.need("numpy", "scipy", "yaml")

from eigenrnn.report.folder import BUNDLE, write_report
from eigenrnn.results import Broken
from eigenrnn.statistics.document import make_document
from eigenrnn.statistics.plan import PLAN, read_plan
from statistics_report import read_experiments

ROOT = pathlib.Path(__file__).resolve().parent.parent


def fail(message: str) -> int:
    print(f"report_page.py: {message}", file=sys.stderr)
    return 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("profile", type=pathlib.Path, metavar="RESULTS_PROFILE_DIR")
    parser.add_argument(
        "--bundle",
        type=pathlib.Path,
        default=ROOT / "report" / "dist",
        help="the page's built program (default: report/dist)",
    )
    arguments = parser.parse_args()
    profile = arguments.profile
    missing = [name for name in BUNDLE if not (arguments.bundle / name).is_file()]
    if missing:
        return fail(f"no {', '.join(missing)} in {arguments.bundle}; run: make report")
    if not profile.is_dir():
        return fail(f"no folder {profile}; run an experiment first, for instance make reproduce-all")
    experiments, unread, good = read_experiments(profile)
    if not experiments:
        return 1
    try:
        document = make_document(experiments, profile, read_plan(PLAN), unread)
    except Broken as error:
        return fail(str(error))
    try:
        print(write_report(profile, experiments, document, arguments.bundle))
    except OSError as error:
        return fail(f"{error.filename or profile}: {error.strerror or error}")
    return 0 if good else 1


if __name__ == "__main__":
    command.run(main)
