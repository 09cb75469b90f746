"""Which learning rate each cell and initializer gets, by validation results alone."""

import collections
import json
import math
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from eigenrnn.inference import means
from eigenrnn.results import Broken, Experiment, validation_value
from eigenrnn.text import one_line

Problem = str  # the task's options
LOSS = "loss"
_HALF_A_DECADE = math.sqrt(10.0)


class Choice(NamedTuple):
    cell: str
    row: str
    initializer: str
    options: Dict[str, Any]  # of the initializer
    rate: float
    means: Dict[float, float]  # of validation results, by learning rate
    values: Dict[float, List[float]]  # those results, over problems and seeds
    losses: Dict[float, Optional[float]]  # mean validation losses, None where there are none
    lost: Dict[float, int]  # runs without a result

    @property
    def at_edge(self) -> bool:
        return self.rate in (min(self.means), max(self.means))

    @property
    def tied(self) -> bool:
        return sum(mean == self.means[self.rate] for mean in self.means.values()) > 1

    @property
    def next_rates(self) -> List[float]:
        """What the search must be extended to: a step as the last one, beyond the edge that was chosen."""
        rates = sorted(self.means)
        if len(rates) == 1:
            return [_one_digit(rates[0] / _HALF_A_DECADE), _one_digit(rates[0] * _HALF_A_DECADE)]
        steps = {rates[0]: rates[0] ** 2 / rates[1], rates[-1]: rates[-1] ** 2 / rates[-2]}
        return [_one_digit(steps[self.rate])] if self.rate in steps else []


def _merit(mean: float, loss: Optional[float], higher_is_better: bool) -> Tuple[float, float]:
    """Smaller is better: the mean validation result decides, and of equal ones the loss."""
    return -mean if higher_is_better else mean, math.inf if loss is None else loss


def _one_digit(rate: float) -> float:
    return float(f"{rate:.1g}")


def _problem(result: Dict[str, Any]) -> Problem:
    return json.dumps(result["spec"]["task"]["options"], sort_keys=True)


def _worst_values(experiment: Experiment, metric: str, higher_is_better: bool) -> Dict[Problem, float]:
    values: Dict[Problem, List[float]] = collections.defaultdict(list)
    for result in experiment.results.values():
        value = validation_value(result, metric)
        if value is not None:
            values[_problem(result)].append(value)
    worst = min if higher_is_better else max
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


class _Worst(NamedTuple):
    """What a run counts with that has no result of its own."""

    values: Dict[Problem, float]
    losses: Dict[Problem, float]


def _choose_for(experiment: Experiment, worst: _Worst, cell: str, row: str) -> Optional[Choice]:
    """None if the search has no such runs. Throws Broken if a run is missing, or a problem was tried with
    other rates than the rest."""
    metric = experiment.grid.tables[0]
    tried: Dict[Tuple[Problem, int], Dict[float, Tuple[float, Optional[float]]]] = collections.defaultdict(dict)
    lost: Dict[float, int] = collections.Counter()
    initializer: Dict[str, Any] = {}
    for result in _all_results(experiment, cell, row):
        initializer = result["spec"]["initializer"]
        rate, problem = result["spec"]["training"]["learning_rate"], _problem(result)
        value, loss = validation_value(result, metric.metric), validation_value(result, LOSS)
        if value is None:
            lost[rate] += 1
            if problem not in worst.values:
                raise Broken(f"no run of condition {result['spec']['condition']} finished an epoch")
            value, loss = worst.values[problem], None
        tried[problem, result["spec"]["seed"]][rate] = value, worst.losses.get(problem) if loss is None else loss
    if not tried:
        return None
    rates = sorted({rate for values in tried.values() for rate in values})
    for found in tried.values():
        if sorted(found) != rates:
            raise Broken(f"{cell}, {row}: a problem was tried with {sorted(found)} and not {rates}")
    values = {rate: [found[rate][0] for found in tried.values()] for rate in rates}
    mean_of = {rate: means.mean(values[rate]) for rate in rates}
    loss_of: Dict[float, Optional[float]] = {}
    for rate in rates:
        found_losses = [found[rate][1] for found in tried.values()]
        loss_of[rate] = None if None in found_losses else means.mean(found_losses)
    best = min(rates, key=lambda rate: (*_merit(mean_of[rate], loss_of[rate], metric.higher_is_better), rate))
    name, options = initializer["name"], initializer["options"]
    return Choice(cell, row, name, options, best, mean_of, values, loss_of, lost)


def choose_all(experiment: Experiment) -> List[Choice]:
    """Throws Broken as _choose_for does."""
    metric = experiment.grid.tables[0]
    worst = _Worst(
        _worst_values(experiment, metric.metric, metric.higher_is_better),
        _worst_values(experiment, LOSS, higher_is_better=False),
    )
    grid = experiment.grid
    made = [_choose_for(experiment, worst, cell.name, row) for cell in grid.cells for row in grid.rows]
    return [choice for choice in made if choice]


def best_of_families(experiment: Experiment, choices: List[Choice]) -> List[Choice]:
    """Of the rows that an initializer fills, the best with its rate, per cell.

    Throws Broken if two families were tried with unequal numbers of configurations: the larger would win by that.
    """
    higher_is_better = experiment.grid.tables[0].higher_is_better
    families: Dict[Tuple[str, str], List[Choice]] = collections.defaultdict(list)
    for choice in choices:
        families[choice.cell, choice.initializer].append(choice)
    for cell in {cell for cell, _ in families}:
        sizes = {
            name: sum(len(choice.means) for choice in rows) for (c, name), rows in families.items() if c == cell
        }
        if len(set(sizes.values())) > 1:
            told = ", ".join(f"{one_line(name)} {size}" for name, size in sorted(sizes.items()))
            rule = "the families must be tried with the same number of configurations"
            raise Broken(f"{cell}: {rule}, and are not: {told}")

    def merit(choice: Choice) -> Tuple[float, float]:
        return _merit(choice.means[choice.rate], choice.losses[choice.rate], higher_is_better)

    return [min(rows, key=merit) for rows in families.values()]


def options_that_differ(choices: List[Choice]) -> Dict[str, List[str]]:
    """By initializer the options in which its rows differ: all that an override must set."""
    values: Dict[str, Dict[str, set]] = collections.defaultdict(lambda: collections.defaultdict(set))
    for choice in choices:
        for option, value in choice.options.items():
            values[choice.initializer][option].add(json.dumps(value, sort_keys=True))
    return {name: sorted(o for o, found in options.items() if len(found) > 1) for name, options in values.items()}
