"""A proposal against a rival in several places at once: strata with two unpaired samples of runs each.

The gain is the mean over strata of the difference of means, in units of the stratum's smallest difference
that matters, positive where the proposal is better. Labels are exchanged within strata only, so what makes
one stratum harder than another plays no part.
"""

import dataclasses
import functools
import itertools
import math
from typing import List, Optional, Sequence, Tuple

import numpy

from .means import mean_and_deviation

EXACT_UP_TO = 200_000  # ways to exchange labels: those of 10 runs against 10 are 184,756
RANDOM_PERMUTATIONS = 99_999
_SEED = 20151
_TIE = 1e-12  # of the largest gain that any exchange could give: rounding errors are none


@dataclasses.dataclass(frozen=True)
class Stratum:
    """Values of runs of one place, in the table's units. Throws ValueError."""

    proposal: Tuple[float, ...]
    rival: Tuple[float, ...]
    smallest: float  # difference that matters, in the same units
    higher_is_better: bool = True

    def __post_init__(self) -> None:
        if not self.proposal or not self.rival:
            raise ValueError(
                f"a stratum has {len(self.proposal)} runs of the proposal and {len(self.rival)} of the rival; "
                "each needs at least one"
            )
        for value in (*self.proposal, *self.rival):
            if not math.isfinite(value):
                raise ValueError(f"a run's value is {value!r}; it must be finite")
        if not (math.isfinite(self.smallest) and self.smallest > 0.0):
            raise ValueError(f"the smallest difference that matters is {self.smallest!r}; it must be above 0")

    @property
    def exchanges(self) -> int:
        return math.comb(len(self.proposal) + len(self.rival), len(self.proposal))


@dataclasses.dataclass(frozen=True)
class Estimate:
    """A gain with what is known of its error, by Welch and Satterthwaite. Without variance the error is 0,
    and the degrees of freedom are infinite."""

    gain: float
    error: Optional[float]  # standard error; None where a sample has one run
    freedom: Optional[float]


Samples = List[Tuple[numpy.ndarray, numpy.ndarray]]


def _in_units(strata: Sequence[Stratum]) -> Tuple[Samples, int]:
    """Oriented samples in units of the smallest difference, times 2^-exponent: the largest is near 1, so
    that nothing overflows, and no bit changes."""
    samples, exponents = [], []
    for stratum in strata:
        largest = max(abs(value) for value in (*stratum.proposal, *stratum.rival))
        unit, unit_exponent = math.frexp(stratum.smallest)
        unit = unit if stratum.higher_is_better else -unit
        exponent = math.frexp(largest)[1]
        both = [numpy.ldexp(numpy.array(values), -exponent) for values in (stratum.proposal, stratum.rival)]
        samples.append((both[0] / unit, both[1] / unit))
        exponents.append(exponent - unit_exponent)
    most = max(exponents)
    scaled = [(numpy.ldexp(a, e - most), numpy.ldexp(b, e - most)) for (a, b), e in zip(samples, exponents)]
    return scaled, most


def _check(strata: Sequence[Stratum]) -> None:
    if not strata:
        raise ValueError("there are no strata; a gain needs at least one")


def estimate(strata: Sequence[Stratum]) -> Estimate:
    _check(strata)
    samples, exponent = _in_units(strata)
    gain, variance, weighted = 0.0, 0.0, 0.0  # sums over strata
    known = True
    for proposal, rival in samples:
        parts = [mean_and_deviation(list(sample)) for sample in (proposal, rival)]
        gain += parts[0][0] - parts[1][0]
        for sample, (_, deviation) in zip((proposal, rival), parts):
            known = known and len(sample) > 1
            part = deviation**2 / len(sample)
            variance += part
            weighted += part**2 / max(1, len(sample) - 1)
    with numpy.errstate(over="ignore"):  # infinite is what it is
        gain, error = (
            float(numpy.ldexp(value / len(samples), exponent)) for value in (gain, math.sqrt(variance))
        )
    if not known:
        return Estimate(gain, None, None)
    return Estimate(gain, error, variance**2 / weighted if weighted > 0.0 else math.inf)


@functools.lru_cache(maxsize=8)
def _all_choices(n: int, k: int) -> numpy.ndarray:
    flat = itertools.chain.from_iterable(itertools.combinations(range(n), k))
    return numpy.fromiter(flat, dtype=numpy.intp).reshape(-1, k)


def _gains(pooled: numpy.ndarray, chosen: numpy.ndarray) -> numpy.ndarray:
    """The difference of means, for every row of runs that are called the proposal's."""
    n, k = len(pooled), chosen.shape[1]
    centred = pooled - pooled.mean()  # then the rest has the opposite sum
    return centred[chosen].sum(axis=1) * (1.0 / k + 1.0 / (n - k))


def smallest_p(strata: Sequence[Stratum]) -> float:
    """That permutation_p can give: with equal samples the opposite exchange is always as far from 0."""
    mirrored = all(len(stratum.proposal) == len(stratum.rival) for stratum in strata)
    exchanges = math.prod(stratum.exchanges for stratum in strata)
    return (2.0 if mirrored else 1.0) / exchanges if exchanges <= EXACT_UP_TO else 1.0 / (RANDOM_PERMUTATIONS + 1)


def permutation_p(
    strata: Sequence[Stratum], random: int = RANDOM_PERMUTATIONS, exact_up_to: int = EXACT_UP_TO
) -> float:
    """Two-sided p of the hypothesis that within each stratum labels are exchangeable: the share of exchanges
    with a gain as far from 0. Exact up to so many exchanges; beyond (b + 1)/(m + 1) of m random ones, the
    same every time (Phipson & Smyth 2010)."""
    _check(strata)
    samples, _ = _in_units(strata)
    exact = math.prod(stratum.exchanges for stratum in strata) <= exact_up_to
    generator = numpy.random.default_rng(_SEED)
    totals, observed, largest = numpy.zeros(1 if exact else random), 0.0, 0.0
    for proposal, rival in samples:
        pooled, k = numpy.concatenate((proposal, rival)), len(proposal)
        observed += float(_gains(pooled, numpy.arange(k)[None, :])[0])
        largest += float(pooled.max() - pooled.min())
        if exact:
            totals = numpy.add.outer(totals, _gains(pooled, _all_choices(len(pooled), k))).ravel()
        else:
            order = generator.random((random, len(pooled))).argpartition(k - 1, axis=1)
            totals += _gains(pooled, order[:, :k])
    as_far = int(numpy.count_nonzero(numpy.abs(totals) >= abs(observed) - _TIE * largest))
    return as_far / len(totals) if exact else (as_far + 1) / (random + 1)
