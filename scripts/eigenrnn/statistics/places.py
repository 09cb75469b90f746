"""What a pair of rows has in one place, a cell in a condition of an experiment: runs to compare, or why it
says nothing. The reason comes from the pooled runs alone, whoever's they are, so that the permutation test
stays exact.
"""

import dataclasses
from typing import List, Optional

from eigenrnn.inference import means
from eigenrnn.inference.stratified import Stratum

from .plan import TRIVIAL, Measure, Plan
from .values import Run, Values

OUTSIDE = "outside a definition"
UNSEARCHED = "at an unsearched rate"
TOO_FEW = "too few runs"
LOST = "diverged without a value"
CEILING = "at the ceiling"
CHANCE = "at chance"
SILENT = (CEILING, CHANCE, OUTSIDE, UNSEARCHED, TOO_FEW, LOST)


@dataclasses.dataclass(frozen=True)
class Place:
    values: Values
    measure: Measure
    cell: str
    condition: str
    rival: str
    proposals: List[Run]
    rivals: List[Run]
    silent: Optional[str]  # why it says nothing

    @property
    def experiment(self) -> str:
        return self.values.experiment.grid.experiment

    @property
    def cell_label(self) -> str:
        return next(cell.label for cell in self.values.experiment.grid.cells if cell.name == self.cell)

    @property
    def missing(self) -> int:
        """Runs that failed or have not been run."""
        return sum(run.value is None for run in (*self.proposals, *self.rivals))

    @property
    def stratum(self) -> Stratum:
        return Stratum(
            tuple(_valued(self.proposals)),
            tuple(_valued(self.rivals)),
            self.measure.smallest_difference,
            self.values.table.higher_is_better,
        )

    def solved(self, runs: List[Run]) -> List[bool]:
        """Of the runs that have a value; empty where results are not all or nothing."""
        if self.measure.solved is None:
            return []
        return [_beyond(self.values, value, self.measure.solved) for value in _valued(runs)]


def _valued(runs: List[Run]) -> List[float]:
    return [run.value for run in runs if run.value is not None]


def _beyond(values: Values, value: float, bound: float) -> bool:
    return value >= bound if values.table.higher_is_better else value <= bound


def _silence(values: Values, measure: Measure, proposals: List[Run], rivals: List[Run]) -> Optional[str]:
    pooled = [*proposals, *rivals]
    if any(run.value is None and run.status in ("diverged", "overflow") for run in pooled):
        return LOST
    if min(len(_valued(proposals)), len(_valued(rivals))) < 2:
        return TOO_FEW
    if measure.ceiling is not None and _beyond(values, means.mean(_valued(pooled)), measure.ceiling):
        return CEILING
    if measure.chance == TRIVIAL and not any(run.successful for run in pooled):
        return CHANCE
    return None


def place_of(values: Values, plan: Plan, cell: str, condition: str, rival: str) -> Optional[Place]:
    """None where the plan does not compare the two in this cell, or the experiment has not both."""
    cells = plan.rivals[rival]
    rows = (plan.proposal, rival)
    if (cells is not None and cell not in cells) or any((cell, condition, row) not in values.runs for row in rows):
        return None
    measure = plan.experiments[values.experiment.grid.experiment]
    proposals, rivals = (
        [run for _, run in sorted(values.runs[cell, condition, row].items())] for row in rows
    )
    if any(values.outside[cell, row] for row in rows):
        silent: Optional[str] = OUTSIDE
    elif any((cell, row) in values.unsearched for row in rows):
        silent = UNSEARCHED
    else:
        silent = _silence(values, measure, proposals, rivals)
    return Place(values, measure, cell, condition, rival, proposals, rivals, silent)
