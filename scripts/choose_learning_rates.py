#!/usr/bin/env python3
"""Chooses a learning rate for every cell and initializer from a search, by validation results.

The search is an experiment whose conditions differ in the task's options, in the learning rate, or in
both (experiments/learning_rates_*.yaml). On each problem (the task's options) and seed the learning
rates are ranked by the task's first metric on validation at the best epoch: 1 is best, equal values share
the mean of their ranks, and a run that diverged, or failed, or never finished an epoch comes last. Chosen
is the rate with the smallest mean rank, the smaller rate of equals. Test results play no part.

Writes the manifest's overrides, for the experiment to include: with the choice stand the mean validation
result and the mean rank of every rate that was tried. A choice at the edge of the search is named.
"""

import argparse
import collections
import json
import pathlib
import statistics
import sys
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from eigenrnn_tables.output import stale, write_atomically
from eigenrnn_tables.results import Broken, Experiment, read_experiment
from rank_initializers import ranks_of, validation_value

EXAMPLES = """\
example:
  scripts/choose_learning_rates.py results/cpu/learning_rates_tomita \\
      --write experiments/include/learning_rates_tomita.yaml

exit codes: 0 written, or with --check as it should be; 1 a run is missing, or a file cannot be used;
2 bad usage
"""


class Choice(NamedTuple):
    cell: str
    row: str
    rate: float
    values: Dict[float, Optional[float]]  # mean validation result by learning rate; None: none finished
    lost: Dict[float, int]  # runs without a result
    ranks: Dict[float, float]  # mean rank

    @property
    def at_edge(self) -> bool:
        return self.rate in (min(self.ranks), max(self.ranks))


def _problem(result: Dict[str, Any]) -> Tuple[str, int]:
    spec = result["spec"]
    return json.dumps(spec["task"]["options"], sort_keys=True), spec["seed"]


def _all_results(experiment: Experiment, cell: str, row: str) -> List[Dict[str, Any]]:
    """Throws Broken if a run is missing."""
    found = []
    for entry in experiment.grid.entries:
        if (entry.cell, entry.row) != (cell, row):
            continue
        for seed, key in entry.keys.items():
            if key not in experiment.results:
                raise Broken(f"{entry.condition}, {cell}: {row}, seed {seed} has not been run")
            found.append(experiment.results[key])
    return found


def choose_for(experiment: Experiment, cell: str, row: str) -> Choice:
    """Throws Broken if a run is missing, or a problem was tried with other rates than the rest."""
    metric = experiment.grid.tables[0]
    tried: Dict[Tuple[str, int], Dict[float, Optional[float]]] = collections.defaultdict(dict)
    for result in _all_results(experiment, cell, row):
        rate = result["spec"]["training"]["learning_rate"]
        tried[_problem(result)][rate] = validation_value(result, metric.metric)
    rates = sorted({rate for values in tried.values() for rate in values})
    ranks: Dict[float, List[float]] = {rate: [] for rate in rates}
    for values in tried.values():
        if sorted(values) != rates:
            raise Broken(f"{cell}, {row}: a problem was tried with {sorted(values)} and not {rates}")
        for rate, place in zip(rates, ranks_of([values[r] for r in rates], metric.higher_is_better)):
            ranks[rate].append(place)
    mean_ranks = {rate: statistics.fmean(places) for rate, places in ranks.items()}
    finished = {r: [v[r] for v in tried.values() if v[r] is not None] for r in rates}
    return Choice(
        cell=cell,
        row=row,
        rate=min(rates, key=lambda rate: (mean_ranks[rate], rate)),
        values={r: statistics.fmean(values) if values else None for r, values in finished.items()},
        lost={rate: len(tried) - len(values) for rate, values in finished.items()},
        ranks=mean_ranks,
    )


def _facts(choice: Choice, scale: float) -> str:
    parts = []
    for rate, value in choice.values.items():
        text = "—" if value is None else f"{value * scale:.1f}"
        lost = f", {choice.lost[rate]} lost" if choice.lost[rate] else ""
        parts.append(f"{rate:g}: {text} ({choice.ranks[rate]:.2f}{lost})")
    return "  ".join(parts)


def manifest_text(experiment: Experiment, choices: List[Choice]) -> str:
    metric = experiment.grid.tables[0]
    label = metric.label.replace("test ", "validation ")
    lines = [
        f"# Written by scripts/choose_learning_rates.py from the results of {experiment.grid.experiment},",
        f"# profile {experiment.grid.profile}; do not edit. After each choice: every learning rate that was",
        f"# tried, with the mean {label} and the mean rank.",
        "overrides:",
    ]
    for choice in choices:
        row = json.dumps(choice.row, ensure_ascii=False)
        lines += [
            f"  - {{cells: [{choice.cell}], initializers: [{row}], training: {{learning_rate: {choice.rate:g}}}}}",
            f"    # {_facts(choice, metric.scale)}",
        ]
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("search", type=pathlib.Path, help="such as results/cpu/learning_rates_tomita")
    parser.add_argument("--write", type=pathlib.Path, required=True, metavar="FILE", help="of overrides")
    parser.add_argument("--check", action="store_true", help="write nothing; is FILE as it should be?")
    arguments = parser.parse_args()
    try:
        experiment = read_experiment(arguments.search)
        grid = experiment.grid
        choices = [choose_for(experiment, cell.name, row) for cell in grid.cells for row in grid.rows]
        text = manifest_text(experiment, choices)
        problems = stale({arguments.write: text}) if arguments.check else []
        if not arguments.check:
            write_atomically(arguments.write, text)
    except (Broken, OSError) as error:
        print(f"choose_learning_rates.py: {error}", file=sys.stderr)
        return 1
    for problem in problems:
        print(f"choose_learning_rates.py: {problem}", file=sys.stderr)
    edge = [choice for choice in choices if choice.at_edge]
    print(f"{arguments.write}: {len(choices)} choices, {len(edge)} at the edge of the search")
    return 1 if problems else 0


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8")
    sys.exit(main())
