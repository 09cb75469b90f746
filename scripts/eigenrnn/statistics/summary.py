"""Over the whole grid: mean ranks, wins and losses, successful runs, epochs to threshold."""

import dataclasses
import math
import statistics
from typing import Dict, List, Optional, Tuple

from scipy import stats

from eigenrnn.inference import hypotheses

from . import comparisons, rules
from .values import Values


def whole_grids(all_values: List[Values]) -> List[Values]:
    """The experiments that compare the initializers; others have aims of their own."""
    return [v for v in all_values if set(rules.GRID_ROWS).issubset(v.experiment.grid.rows)]


def common_rows(grids: List[Values]) -> List[str]:
    if not grids:
        return []
    rows = grids[0].experiment.grid.rows
    return [row for row in rows if all(row in v.experiment.grid.rows for v in grids)]


def _places(grids: List[Values]) -> List[Tuple[Values, str, str]]:
    return [
        (values, cell.name, condition)
        for values in grids
        for cell in values.experiment.grid.cells
        for condition in values.experiment.grid.conditions
        if values.rows(cell.name)
    ]


@dataclasses.dataclass
class Ranks:
    """1 is the best. Two mean ranks that differ by less than `difference` cannot be told apart, so
    intervals of half of it on either side that do not overlap differ (Demšar 2006).
    """

    means: Dict[str, float]
    blocks: int  # cells of conditions in which all rows have a value
    left_out: int  # those in which some have none
    difference: Optional[float]
    friedman_p: Optional[float]


def mean_ranks(grids: List[Values]) -> Ranks:
    rows = common_rows(grids)
    ranked: List[List[float]] = []
    left_out = 0
    for values, cell, condition in _places(grids):
        means = [values.mean(cell, row, [condition]) for row in rows]
        if any(mean is None for mean in means):
            left_out += 1
            continue
        sign = -1.0 if values.table.higher_is_better else 1.0
        # Means that differ only by rounding errors are ties.
        signed = [sign * float(f"{mean:.12g}") for mean in means]
        ranked.append([float(rank) for rank in stats.rankdata(signed)])
    if not ranked:
        return Ranks({}, 0, left_out, None, None)
    means = {row: math.fsum(b[i] for b in ranked) / len(ranked) for i, row in enumerate(rows)}
    difference = hypotheses.nemenyi_difference(len(rows), len(ranked), rules.ALPHA)
    return Ranks(means, len(ranked), left_out, difference, hypotheses.friedman_p(ranked))


@dataclasses.dataclass
class Record:
    """The proposal against one rival, over cells of conditions."""

    wins: int = 0  # the 95 % interval of the gain, not corrected, lies above 0
    ties: int = 0  # it does not exclude 0
    losses: int = 0
    ahead: int = 0  # the mean gain is positive, whatever its interval
    behind: int = 0


def records(grids: List[Values]) -> Dict[str, Record]:
    found: Dict[str, Record] = {}
    for values, cell, condition in _places(grids):
        for row in common_rows(grids):
            if row == rules.PROPOSAL:
                continue
            comparison = comparisons.compare(values, cell, rules.PROPOSAL, row, condition)
            interval = comparison.interval if comparison else None
            if interval is None:
                continue
            record = found.setdefault(row, Record())
            record.wins += interval.low > 0
            record.losses += interval.high < 0
            record.ties += interval.low <= 0 <= interval.high
            record.ahead += comparison.mean > 0
            record.behind += comparison.mean < 0
    return found


@dataclasses.dataclass
class Share:
    count: int = 0
    of: int = 0

    def add(self, hit: bool) -> None:
        self.count += hit
        self.of += 1


def successful_runs(values: Values, row: str, cell: Optional[str] = None) -> Share:
    """Runs that beat the trivial predictor; failed and missing ones are not among them."""
    share = Share()
    for (its_cell, _, its_row), runs in values.runs.items():
        if its_row != row or (cell is not None and its_cell != cell):
            continue
        for run in runs.values():
            if run.successful is not None:
                share.add(run.successful)
    return share


@dataclasses.dataclass
class Threshold:
    """Of the finished and diverged runs of a cell and row, over all conditions."""

    reached: Share
    median: Optional[float]  # epochs, where never is infinite; None: half or more never did


def epochs_to_threshold(values: Values, cell: str, row: str) -> Threshold:
    share = Share()
    epochs: List[float] = []
    for (its_cell, _, its_row), runs in values.runs.items():
        if (its_cell, its_row) != (cell, row):
            continue
        for run in runs.values():
            if run.status in ("finished", "diverged"):
                share.add(run.value is not None)
                epochs.append(math.inf if run.value is None else run.value)
    median = statistics.median(epochs) if epochs else math.inf
    return Threshold(share, None if math.isinf(median) else median)
