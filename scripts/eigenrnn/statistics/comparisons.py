"""Paired comparisons of initializers on the seeds that they share."""

import dataclasses
from typing import Dict, List, Optional

from eigenrnn.inference import hypotheses, means, student
from eigenrnn.results import OVERFLOW

from . import rules
from .values import Values, baselines

BETTER, WORSE, NO_DIFFERENCE, UNDECIDABLE = "better", "worse", "not told apart", "undecidable"
ALL_CONDITIONS = "all"
# Of a pair that is no accident to lack:
DIVERGED, VALUELESS = "diverged", "without a value"
NO_ACCIDENT = (DIVERGED, OVERFLOW, VALUELESS)


@dataclasses.dataclass
class Comparison:
    """`row` against `rival` in one cell. A gain is positive where `row` is better, in the table's
    units. Over several conditions a seed's gain is its mean over them: a seed starts from the same
    weights in each, so its gains are not independent, and it is seeds that are flipped.
    """

    cell: str
    condition: str  # ALL_CONDITIONS: over all
    row: str
    rival: str
    gains: Dict[int, float]  # by seed
    left_out: Dict[str, int]  # seeds without a pair of values: why (missing, failed, …)
    p: Optional[float] = None
    p_holm: Optional[float] = None
    needed: Optional[int] = None  # seeds with which its family could be decided

    @property
    def n(self) -> int:
        return len(self.gains)

    @property
    def mean(self) -> Optional[float]:
        return means.mean(list(self.gains.values())) if self.gains else None

    @property
    def interval(self) -> Optional[student.Interval]:
        return student.interval(list(self.gains.values()))

    @property
    def decidable(self) -> bool:
        """Could the smallest p of so many seeds pass Holm's correction? And is nothing lost that
        would count: a pair that diverged without a value is no accident.
        """
        enough = self.needed is not None and self.n >= self.needed
        return enough and not any(reason in self.left_out for reason in NO_ACCIDENT)

    @property
    def outcome(self) -> str:
        if not self.decidable or self.p_holm is None:
            return UNDECIDABLE
        if self.p_holm > rules.ALPHA:
            return NO_DIFFERENCE
        return BETTER if self.mean > 0 else WORSE


def conditions_of(values: Values, cell: str, condition: str) -> List[str]:
    """All are those that have been started, so that half a grid says something, too."""
    return values.started(cell) if condition == ALL_CONDITIONS else [condition]


def _why_left_out(runs: list) -> str:
    lacking = [run.status for run in runs if run.value is None]
    for status in (DIVERGED, OVERFLOW, "failed", "missing"):
        if status in lacking:
            return status
    return VALUELESS  # finished, but the metric never came to be


def compare(
    values: Values, cell: str, row: str, rival: str, condition: str = ALL_CONDITIONS
) -> Optional[Comparison]:
    """None if the two have no condition in common."""
    common = [
        condition
        for condition in conditions_of(values, cell, condition)
        if all((cell, condition, label) in values.runs for label in (row, rival))
    ]
    if not common:
        return None
    pairs = [
        (values.runs[cell, condition, row], values.runs[cell, condition, rival])
        for condition in common
    ]
    sign = 1.0 if values.table.higher_is_better else -1.0
    gains: Dict[int, float] = {}
    left_out: Dict[str, int] = {}
    for seed in sorted(set.intersection(*(set(mine) & set(other) for mine, other in pairs))):
        runs = [run for mine, other in pairs for run in (mine[seed], other[seed])]
        if any(run.value is None for run in runs):
            reason = _why_left_out(runs)
            left_out[reason] = left_out.get(reason, 0) + 1
            continue
        each = [sign * (mine[seed].value - other[seed].value) for mine, other in pairs]
        gains[seed] = means.mean(each)
    return Comparison(cell, condition, row, rival, gains, left_out)


def correct(family: List[Comparison]) -> List[Comparison]:
    """Tests the comparisons of one table and corrects them for each other."""
    tested = [comparison for comparison in family if comparison.n > 0]
    for comparison in tested:
        comparison.p = hypotheses.sign_flip_p(list(comparison.gains.values()))
    for comparison, p_holm in zip(tested, hypotheses.holm([c.p for c in tested])):
        comparison.p_holm = p_holm
        comparison.needed = hypotheses.seeds_needed(len(tested), rules.ALPHA)
    return family


def best_baseline(values: Values, cell: str, condition: str = ALL_CONDITIONS) -> Optional[str]:
    """The baseline with the best mean on validation, so that the values that it is compared on play
    no part in the choice; the first row if two are equal. None if none has one.
    """
    means = {
        row: values.mean(cell, row, conditions_of(values, cell, condition), of="validation")
        for row in baselines(values.experiment)
    }
    known = {row: mean for row, mean in means.items() if mean is not None}
    if not known:
        return None
    choose = max if values.table.higher_is_better else min
    return choose(known, key=known.get)


@dataclasses.dataclass
class Family:
    """The comparisons of one printed table, which are corrected for each other."""

    rivals: Dict[tuple, str]  # (cell, condition): what the rows are compared with
    comparisons: List[Comparison]

    def find(self, cell: str, condition: str, row: str) -> Optional[Comparison]:
        for comparison in self.comparisons:
            if (comparison.cell, comparison.condition, comparison.row) == (cell, condition, row):
                return comparison
        return None


def make_family(
    values: Values, cells: List[str], conditions: List[str], against_best: bool
) -> Family:
    """Every row of these cells and conditions (ALL_CONDITIONS is one) against one rival each."""
    family = Family({}, [])
    for cell in cells:
        for condition in conditions:
            rival = best_baseline(values, cell, condition) if against_best else rules.REFERENCE
            if rival is None or rival not in values.rows(cell):
                continue
            family.rivals[cell, condition] = rival
            for row in values.rows(cell):
                made = compare(values, cell, row, rival, condition) if row != rival else None
                if made:
                    family.comparisons.append(made)
    correct(family.comparisons)
    return family
