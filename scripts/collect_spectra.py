#!/usr/bin/env python3
"""Collects the eigenvalues of well-trained networks into observed_spectra.json, which the
initializer `eigen` draws from with `spectrum: observed`.

A network is well trained by this rule, within its column (a condition and a cell) of its table:
if the task has a threshold, its validation metric reached it; if not, it is in the best quarter of
the column's finished runs, by the first metric on validation at the best epoch (ties by key). A
task has a threshold if table.json lists the epochs to it among its metrics. Runs that failed or
diverged are left out, and so is every network that `eigen` itself initialized: the observation must
not feed on what is built from it.

Eigenvalues are those after the last step, one of each conjugate pair.
"""

import argparse
import json
import math
import pathlib
import sys
from typing import Any, Dict, Iterator, List, Tuple

from eigenrnn import command
from eigenrnn.output import write_atomically
from eigenrnn.results import (
    Broken,
    Experiment,
    Grid,
    read_experiment,
    validation_value,
)

SCHEMA = 1
RULE = (
    "finished runs, not initialized by eigen, whose validation metric reached the task's threshold; "
    "where the task has none, the best quarter of each condition and cell by the first metric on "
    "validation at the best epoch; eigenvalues after the last step, one of each conjugate pair"
)
LEFT_OUT = "eigen"

EXAMPLES = """\
example:
  scripts/collect_spectra.py results/cpu
  then in a manifest
  - {label: "eigen, observed", name: eigen,
     options: {spectrum: observed, observed_file: results/cpu/observed_spectra.json}}

exit codes: 0 written; 1 no well-trained network, or a file that cannot be used; 2 bad usage
"""

Result = Dict[str, Any]


class Unusable(Exception):
    """A file or folder that cannot be used; the text says why."""


def finished_runs(experiment: Experiment) -> List[Result]:
    """The results that the table names, in the order of their keys."""
    results = [experiment.results[key] for key in sorted(experiment.results)]
    return [
        result
        for result in results
        if result["status"] == "finished" and result["spec"]["initializer"]["name"] != LEFT_OUT
    ]


def thresholds(grid: Grid) -> List[str]:
    """The metrics that a run has only if it reached the task's threshold."""
    return [metric.name for metric in grid.metrics.values() if metric.null_is_never]


def reached(run: Result, names: List[str]) -> bool:
    return any(run["metrics"].get(name) is not None for name in names)


def best_quarter(runs: List[Result], grid: Grid) -> List[Result]:
    table = next(table for table in grid.tables if not table.null_is_never)
    sign = -1 if table.higher_is_better else 1
    scored: List[Tuple[float, str, Result]] = []
    for run in runs:
        value = validation_value(run, table.metric)
        if value is not None:
            scored.append((sign * value, run["key"], run))
    scored.sort(key=lambda item: item[:2])
    return [run for _, _, run in scored[: math.ceil(len(scored) / 4)]]


def well_trained(folder: pathlib.Path) -> Iterator[Tuple[Tuple[str, str, str], List[Result]]]:
    """(task, condition, cell) of each column of an experiment, and its well-trained runs."""
    try:
        experiment = read_experiment(folder)
    except Broken as error:
        raise Unusable(f"{folder / 'table.json'}: {error}") from error
    if experiment.problems:
        raise Unusable("\n".join(experiment.problems))
    runs = finished_runs(experiment)
    columns: Dict[Tuple[str, str, str], List[Result]] = {}
    for run in runs:
        spec = run["spec"]
        column = (spec["task"]["name"], spec["condition"], spec["cell"])
        columns.setdefault(column, []).append(run)
    names = thresholds(experiment.grid)
    for column, of_column in columns.items():
        if names:
            yield column, [run for run in of_column if reached(run, names)]
        else:
            yield column, best_quarter(of_column, experiment.grid)


def experiment_folders(profile: pathlib.Path, names: List[str]) -> List[pathlib.Path]:
    """All, or those named. Throws Unusable for a name that is none."""
    folders = {path.parent.name: path.parent for path in sorted(profile.glob("*/table.json"))}
    for name in names:
        if name not in folders:
            raise Unusable(f"{profile} has no experiment {name!r}; there are: {', '.join(folders)}")
    return [folder for name, folder in folders.items() if not names or name in names]


def collect(profile: pathlib.Path, names: List[str]) -> Dict[str, Any]:
    groups: Dict[Tuple[str, str, str, str], Dict[str, Any]] = {}
    seen = set()
    for folder in experiment_folders(profile, names):
        for (task, condition, cell), runs in well_trained(folder):
            for run in runs:
                if run["key"] in seen:  # the same run in two experiments
                    continue
                seen.add(run["key"])
                for block in run["spectra"]["end"]:
                    place = (task, condition, cell, block["gate"])
                    group = groups.setdefault(place, {"runs": [], "eigenvalues": []})
                    if run["key"] not in group["runs"]:  # once, whatever the number of layers
                        group["runs"].append(run["key"])
                    group["eigenvalues"] += [pair for pair in block["eigenvalues"] if pair[1] >= 0]
    return {
        "schema": SCHEMA,
        "rule": RULE,
        "profile": profile.name,
        "groups": [
            {"task": task, "condition": condition, "cell": cell, "gate": gate, **group}
            for (task, condition, cell, gate), group in sorted(groups.items())
        ],
    }


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "profile", type=pathlib.Path, metavar="RESULTS_PROFILE_DIR", help="such as results/cpu"
    )
    parser.add_argument(
        "--experiment",
        action="append",
        default=[],
        metavar="NAME",
        help="only the networks of this one (repeatable; default: all)",
    )
    arguments = parser.parse_args()
    profile = arguments.profile.resolve()
    if not profile.is_dir():
        parser.error(f"{profile} is no folder")
    try:
        collected = collect(profile, arguments.experiment)
    except Unusable as error:
        print(f"collect_spectra.py: {error}", file=sys.stderr)
        return 1
    if not collected["groups"]:
        print(f"collect_spectra.py: {profile} has no well-trained network", file=sys.stderr)
        return 1
    path = profile / "observed_spectra.json"
    write_atomically(path, json.dumps(collected) + "\n")
    for group in collected["groups"]:
        print(
            f"{group['task']}/{group['condition']} {group['cell']} {group['gate']}: "
            f"{len(group['eigenvalues'])} eigenvalues of {len(group['runs'])} networks"
        )
    print(f"written to {path}")
    return 0


if __name__ == "__main__":
    command.run(main)
