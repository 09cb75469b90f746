"""The runs of experiments that have a result, under names that TensorBoard's filter of runs can tell apart."""

import dataclasses
from typing import Any, Dict, List

from eigenrnn.results import Experiment
from eigenrnn.text import file_name

from . import only


@dataclasses.dataclass(frozen=True)
class Run:
    experiment: Experiment
    condition: str
    cell: str
    row: str  # the initializer's label
    seed: int
    result: Dict[str, Any]

    @property
    def name(self) -> str:
        """Its folder, too. The filter `lstm/eigen/` finds all seeds of a place, in every condition."""
        parts = (self.experiment.grid.experiment, self.condition, self.cell, self.row, f"seed{self.seed}")
        return "/".join(file_name(part.replace("–", "-")) for part in parts)  # a dash that a keyboard has

    @property
    def shown(self) -> only.Shown:
        return {
            "experiment": [self.experiment.grid.experiment],
            "condition": [self.condition],
            "cell": [self.cell],
            "init": [self.row, self.result["spec"]["initializer"]["name"]],
            "name": [self.result["spec"]["initializer"]["name"]],
            "seed": [str(self.seed)],
            "key": [self.result["key"]],
        }


def runs_of(experiment: Experiment) -> List[Run]:
    """Those that have a result, in the grid's order."""
    return [
        Run(experiment, entry.condition, entry.cell, entry.row, seed, experiment.results[key])
        for entry in experiment.grid.entries
        for seed, key in entry.keys.items()
        if key in experiment.results
    ]


def select(runs: List[Run], texts: List[str]) -> List[Run]:
    """Throws only.Mistake."""
    wanted = only.parse(texts)
    only.check(wanted, [run.shown for run in runs])
    labels = {run.row for run in runs}
    selected = [run for run in runs if only.passes(wanted, run.shown, labels)]
    if not selected:
        raise only.Mistake("--only: no run is all of that at once")
    return selected
