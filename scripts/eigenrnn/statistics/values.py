"""One value per run of one metric, and what became of those that have none."""

import dataclasses
import math
from typing import Dict, FrozenSet, List, Optional, Tuple

from eigenrnn.inference import hypotheses
from eigenrnn.inference.means import without_overflow
from eigenrnn.results import (
    OVERFLOW,
    Experiment,
    TableSpec,
    TrivialPredictor,
    test_value,
    validation_value,
)

from . import rules

Place = Tuple[str, str, str]  # cell, condition, row


@dataclasses.dataclass(frozen=True)
class Run:
    """Values are in the table's units. A run that diverged, or whose metric overflowed, has that of the
    trivial predictor, as one that learned nothing; None where no such predictor is known.
    """

    status: str  # finished, overflow, diverged, failed or missing
    value: Optional[float]
    validation: Optional[float]  # what was known before the test, at the best epoch
    successful: Optional[bool]  # None: it failed or is missing, or there is no rule


@dataclasses.dataclass
class Values:
    """Everything that an experiment has on one metric."""

    experiment: Experiment
    table: TableSpec
    task: str
    trivial: Optional[TrivialPredictor]
    runs: Dict[Place, Dict[int, Run]]
    outside: Dict[Tuple[str, str], bool]  # cell, row: is the initializer defined for other cells?
    unsearched: FrozenSet[Tuple[str, str]] = frozenset()  # cell, row: whose rate no search chose, as it did others'

    def conditions(self, cell: str, row: str) -> List[str]:
        known = self.experiment.grid.conditions
        return [condition for condition in known if (cell, condition, row) in self.runs]

    def started(self, cell: str) -> List[str]:
        """The conditions of which at least one run has ended."""
        return [
            condition
            for condition in self.experiment.grid.conditions
            if any(
                run.status != "missing"
                for place, runs in self.runs.items()
                if place[:2] == (cell, condition)
                for run in runs.values()
            )
        ]

    def rows(self, cell: str) -> List[str]:
        return [row for row in self.experiment.grid.rows if self.conditions(cell, row)]

    def mean(
        self, cell: str, row: str, conditions: List[str], of: str = "value"
    ) -> Optional[float]:
        """The mean over conditions of the mean over seeds, of this field of the runs; None if a
        condition has no value.
        """
        means = []
        for condition in conditions:
            runs = self.runs.get((cell, condition, row), {}).values()
            values = [getattr(run, of) for run in runs if getattr(run, of) is not None]
            if not values:
                return None
            means.append(_average(values))
        return _average(means) if means else None


def _average(values: List[float]) -> float:
    return without_overflow(lambda scaled: sum(scaled) / len(scaled), values)


def task_name(experiment: Experiment) -> str:
    """The task of the experiment's results; the experiment's name while there are none."""
    names = {result["spec"]["task"]["name"] for result in experiment.results.values()}
    return min(names, default=experiment.grid.experiment)


def initializer_names(experiment: Experiment) -> Dict[str, str]:
    """By label: as registered. A row without results has its label's name."""
    names = {row: row for row in experiment.grid.rows}
    for result in experiment.results.values():
        initializer = result["spec"]["initializer"]
        names[initializer["label"]] = initializer["name"]
    return names


def baselines(experiment: Experiment) -> List[str]:
    """The rows that are no variant of the proposal."""
    names = initializer_names(experiment)
    return [row for row in experiment.grid.rows if names[row] != rules.PROPOSAL_NAME]


def _is_successful(
    result: dict, table: TableSpec, trivial: Optional[TrivialPredictor]
) -> Optional[bool]:
    if trivial is None or result["status"] == "failed":
        return None
    if result["status"] != "finished" or test_value(result, table) in (None, math.inf):
        return False
    value = result["metrics"][table.metric]
    if trivial.margin is not None:
        return value < trivial.margin * trivial.value
    items = result["spec"]["task"]["options"].get("test_size")
    if items is None:
        return None
    return round(value * items) >= hypotheses.fewest_successes(items, trivial.value, rules.LUCK)


def _run(
    result: Optional[dict], table: TableSpec, trivial: Optional[TrivialPredictor]
) -> Run:
    if result is None:
        return Run("missing", None, None, None)
    successful = _is_successful(result, table, trivial)
    status = result["status"]
    value = test_value(result, table) if status == "finished" else None
    if value is not None and math.isinf(value):
        status = OVERFLOW
    if status == "finished":
        validation = validation_value(result, table.metric)
        scaled = None if validation is None else validation * table.scale
        return Run(status, value, scaled, successful)
    nothing_learned = None
    if status in ("diverged", OVERFLOW) and trivial is not None:
        nothing_learned = trivial.value * table.scale
    return Run(status, nothing_learned, nothing_learned, successful)


def read_values(
    experiment: Experiment, table: TableSpec, unsearched: FrozenSet[Tuple[str, str]] = frozenset()
) -> Values:
    task = task_name(experiment)
    trivial = experiment.grid.metrics[table.metric].trivial
    runs = {
        (entry.cell, entry.condition, entry.row): {
            seed: _run(experiment.results.get(key), table, trivial)
            for seed, key in sorted(entry.keys.items())
        }
        for entry in experiment.grid.entries
    }
    outside = {
        (entry.cell, entry.row): entry.outside_definition for entry in experiment.grid.entries
    }
    return Values(experiment, table, task, trivial, runs, outside, unsearched)


def check_usable(experiment: Experiment) -> None:
    """Raises one of UNUSABLE if its results lack what is read here."""
    initializer_names(experiment)
    for table in experiment.grid.tables:
        read_values(experiment, table)
