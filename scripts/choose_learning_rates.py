#!/usr/bin/env python3
"""Chooses a learning rate for every cell and initializer from a search, by validation results.

The search is an experiment whose conditions differ in the task's options, in the learning rate, or in
both (experiments/learning_rates_*.yaml). Chosen is the rate with the best mean, over problems (the task's
options) and seeds, of the task's first metric on validation at the best epoch; of equal means the smaller
rate. A run that diverged, or failed, or never finished an epoch counts as the worst that any run of the
search came to on its problem. Test results play no part.

Writes the overrides of a profile, the one that the search was run at, for the experiment to include:
beside the choice stands the mean of every rate that was tried. It also counts the choices at the edge of
the search.
"""

import argparse
import collections
import json
import pathlib
import sys
from typing import Any, Dict, List, NamedTuple, Tuple

from eigenrnn import command
from eigenrnn.inference import means
from eigenrnn.output import stale, write_atomically
from eigenrnn.results import Broken, Experiment, read_experiment, validation_value
from eigenrnn.text import number, one_line

EXAMPLES = """\
example:
  scripts/choose_learning_rates.py results/cpu/learning_rates_tomita \\
      --write experiments/include/learning_rates_tomita_cpu.yaml

exit codes: 0 written, or with --check as it should be; 1 a run is missing, or a file cannot be used;
2 bad usage
"""


Problem = str  # the task's options


class Choice(NamedTuple):
    cell: str
    row: str
    rate: float
    means: Dict[float, float]  # of validation results, by learning rate
    lost: Dict[float, int]  # runs without a result

    @property
    def at_edge(self) -> bool:
        return self.rate in (min(self.means), max(self.means))


def _problem(result: Dict[str, Any]) -> Problem:
    return json.dumps(result["spec"]["task"]["options"], sort_keys=True)


def _worst_values(experiment: Experiment) -> Dict[Problem, float]:
    metric = experiment.grid.tables[0]
    values: Dict[Problem, List[float]] = collections.defaultdict(list)
    for result in experiment.results.values():
        value = validation_value(result, metric.metric)
        if value is not None:
            values[_problem(result)].append(value)
    worst = min if metric.higher_is_better else max
    return {problem: worst(found) for problem, found in values.items()}


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


def choose_for(
    experiment: Experiment, worst: Dict[Problem, float], cell: str, row: str
) -> Choice:
    """Throws Broken if a run is missing, or a problem was tried with other rates than the rest."""
    metric = experiment.grid.tables[0]
    tried: Dict[Tuple[Problem, int], Dict[float, float]] = collections.defaultdict(dict)
    lost: Dict[float, int] = collections.Counter()
    for result in _all_results(experiment, cell, row):
        rate = result["spec"]["training"]["learning_rate"]
        value = validation_value(result, metric.metric)
        problem = _problem(result)
        if value is None:
            lost[rate] += 1
            if problem not in worst:
                raise Broken(f"no run of condition {result['spec']['condition']} finished an epoch")
            value = worst[problem]
        tried[problem, result["spec"]["seed"]][rate] = value
    rates = sorted({rate for values in tried.values() for rate in values})
    for values in tried.values():
        if sorted(values) != rates:
            raise Broken(f"{cell}, {row}: a problem was tried with {sorted(values)} and not {rates}")
    mean_of = {rate: means.mean([values[rate] for values in tried.values()]) for rate in rates}
    sign = -1 if metric.higher_is_better else 1
    best = min(rates, key=lambda rate: (sign * mean_of[rate], rate))
    return Choice(cell, row, best, mean_of, lost)


def choose_all(experiment: Experiment) -> List[Choice]:
    """Throws Broken as choose_for does."""
    worst = _worst_values(experiment)
    grid = experiment.grid
    return [choose_for(experiment, worst, cell.name, row) for cell in grid.cells for row in grid.rows]


def _facts(choice: Choice, scale: float) -> str:
    return ", ".join(
        f"{rate!r}: {number(mean * scale, 1)}"
        + (f" ({choice.lost[rate]} lost)" if choice.lost[rate] else "")
        for rate, mean in choice.means.items()
    )


def manifest_text(experiment: Experiment, choices: List[Choice]) -> str:
    metric = experiment.grid.tables[0]
    label = one_line(metric.label).replace("test ", "validation ")
    lines = [
        f"# Written by scripts/choose_learning_rates.py from the results of {experiment.grid.experiment},",
        f"# profile {experiment.grid.profile}; do not edit. Under each choice: every learning rate that was",
        f"# tried, with the mean {label}.",
        "profiles:",
        f"  {experiment.grid.profile}:",
        "    overrides:",
    ]
    for choice in choices:
        row = json.dumps(choice.row, ensure_ascii=False)
        lines += [
            f"      - {{cells: [{choice.cell}], initializers: [{row}], training: {{learning_rate: {choice.rate!r}}}}}",
            f"        # {_facts(choice, metric.scale)}",
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
        choices = choose_all(experiment)
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
    command.run(main)
