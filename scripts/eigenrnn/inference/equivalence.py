"""What an estimated gain says against a bound below which no difference matters: four outcomes.

Equivalence is shown by two one-sided tests (Schuirmann 1987): the 90 % interval lies within the bounds.
A small gain that is certain is therefore equivalent, and no benefit.
"""

import dataclasses
import math
from typing import Optional

from scipy import special

from .stratified import Estimate
from .student import Interval

BENEFIT, EQUIVALENT, HARM, CANNOT_TELL = "benefit", "equivalent", "harm", "cannot tell"
OUTCOMES = (BENEFIT, EQUIVALENT, HARM, CANNOT_TELL)


def _quantile(freedom: float, share: float) -> float:
    return float(special.ndtri(share) if math.isinf(freedom) else special.stdtrit(freedom, share))


def interval(estimate: Estimate, level: float = 0.95) -> Optional[Interval]:
    """Of the gain; None where its error is unknown."""
    if estimate.error is None or not math.isfinite(estimate.gain):
        return None
    half = _quantile(estimate.freedom, 0.5 + level / 2.0) * estimate.error
    return Interval(estimate.gain - half, estimate.gain + half)


def detectable(estimate: Estimate, alpha: float = 0.05, power: float = 0.8) -> Optional[float]:
    """The smallest true gain that a two-sided t-test with this error finds with such a power; None where
    the error is unknown. The chance to find it with the wrong sign is left out: it is none to speak of."""
    if estimate.error is None:
        return None
    if estimate.error == 0.0:
        return 0.0
    critical = _quantile(estimate.freedom, 1.0 - alpha / 2.0)
    if math.isinf(estimate.freedom):
        return (critical + float(special.ndtri(power))) * estimate.error
    return float(special.nctdtrinc(estimate.freedom, 1.0 - power, critical)) * estimate.error


@dataclasses.dataclass(frozen=True)
class Judgement:
    outcome: str
    interval: Optional[Interval]  # of level 1 - alpha
    detectable: Optional[float]  # only where it cannot be told; infinite: nothing is


def judge(
    estimate: Estimate,
    p: float,
    bound: float = 1.0,
    alpha: float = 0.05,
    power: float = 0.8,
    tests: int = 1,
    smallest_p: float = 0.0,
) -> Judgement:
    """`p`: of no difference, corrected for the `tests` that are made. `bound` is in the gain's unit. What is
    detectable is so at the first step of Holm's correction, and infinite where not even the smallest p that
    there is, not corrected, could pass it. Throws ValueError."""
    if not (math.isfinite(bound) and bound > 0.0):
        raise ValueError(f"the bound of equivalence is {bound!r}; it must be above 0")
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"p is {p!r}; it must be between 0 and 1")
    narrow, wide = interval(estimate, 1.0 - 2.0 * alpha), interval(estimate, 1.0 - alpha)
    if narrow and -bound < narrow.low and narrow.high < bound:
        return Judgement(EQUIVALENT, wide, None)
    if wide and p <= alpha and wide.low > 0.0:
        return Judgement(BENEFIT, wide, None)
    if wide and p <= alpha and wide.high < 0.0:
        return Judgement(HARM, wide, None)
    if smallest_p * tests > alpha:
        return Judgement(CANNOT_TELL, wide, math.inf)
    return Judgement(CANNOT_TELL, wide, detectable(estimate, alpha / tests, power))
