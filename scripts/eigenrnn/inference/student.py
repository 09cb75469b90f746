"""Student's t: intervals of a mean, and the paired test. The distribution is SciPy's."""

import dataclasses
import math
from typing import Optional, Sequence

from scipy import special

from .means import mean_and_deviation


@dataclasses.dataclass(frozen=True)
class Interval:
    low: float
    high: float


def half_width(values: Sequence[float], level: float = 0.95) -> Optional[float]:
    """Half the width of the mean's confidence interval, t·s/√n; None for fewer than 2 values."""
    n = len(values)
    if n < 2:
        return None
    quantile = float(special.stdtrit(n - 1, 0.5 + level / 2.0))
    return quantile * mean_and_deviation(values)[1] / math.sqrt(n)


def interval(values: Sequence[float], level: float = 0.95) -> Optional[Interval]:
    """The confidence interval of the mean; None for fewer than 2 values."""
    half = half_width(values, level)
    if half is None:
        return None
    middle = mean_and_deviation(values)[0]
    return Interval(middle - half, middle + half)


def paired_p(differences: Sequence[float]) -> float:
    """Two-sided p of the paired t-test that the mean difference is 0; needs 2 or more.

    If all differences are the same there is no variance to compare with: p is 1 if they are 0,
    and 0 otherwise.
    """
    n = len(differences)
    if n < 2:
        raise ValueError("a paired test needs at least 2 differences")
    middle, deviation = mean_and_deviation(differences)
    if deviation == 0.0:
        return 1.0 if middle == 0.0 else 0.0
    if math.isinf(deviation):  # or their ratio would be none
        return paired_p([difference / 4.0 for difference in differences])
    return 2.0 * float(special.stdtr(n - 1, -abs(middle) * math.sqrt(n) / deviation))
