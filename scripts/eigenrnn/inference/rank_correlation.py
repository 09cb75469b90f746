"""Do treatments that measure more do better? Several places, in each of them a measure and a result for the same
treatments.

The association is the mean over places of Spearman's correlation over treatments. Treatments are what was
sampled, not places: they are permuted in all places at once, and drawn again in all places at once for the
interval, since a treatment that is good in one place may be so in the others for a reason of its own.
"""

import dataclasses
import functools
import itertools
import math
from typing import List, Sequence, Tuple

import numpy

from .student import Interval

EXACT_UP_TO = 8  # treatments, of whose 40,320 permutations all are taken
RANDOM_PERMUTATIONS = 9_999
RESAMPLES = 2_000
_SEED = 1904
_TIE = 1e-12


@dataclasses.dataclass(frozen=True)
class Place:
    """Of each treatment, in the same order in every place. More of a result is better; −∞ is worse than any
    number. Throws ValueError."""

    measures: Tuple[float, ...]
    results: Tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.measures) != len(self.results) or len(self.results) < 3:
            raise ValueError(
                f"a place has {len(self.measures)} measures and {len(self.results)} results; "
                "it needs as many of both, and at least 3"
            )
        if any(math.isnan(value) for value in (*self.measures, *self.results)):
            raise ValueError("a measure or a result is not a number")


@dataclasses.dataclass(frozen=True)
class Association:
    correlation: float  # −1 to 1
    interval: Interval  # 95 %, by drawing treatments with replacement
    p: float  # two-sided, of no association


def _standard_ranks(values: numpy.ndarray) -> numpy.ndarray:
    """Of each row, ranks with mean 0 and length 1; all 0 where all values are equal, so that the place counts as 0."""
    below = (values[..., :, None] > values[..., None, :]).sum(axis=-1)
    alike = (values[..., :, None] == values[..., None, :]).sum(axis=-1)
    ranks = below + 0.5 * alike
    ranks -= ranks.mean(axis=-1, keepdims=True)
    length = numpy.linalg.norm(ranks, axis=-1, keepdims=True)
    return numpy.divide(ranks, length, out=numpy.zeros_like(ranks), where=length > 0.0)


def _mean_correlations(places: Sequence[Place], draws: numpy.ndarray) -> numpy.ndarray:
    """Of each row of draws, which says the treatments that there are."""
    total = numpy.zeros(len(draws))
    for place in places:
        measures, results = (_standard_ranks(numpy.array(v)[draws]) for v in (place.measures, place.results))
        total += (measures * results).sum(axis=1)
    return total / len(places)


@functools.lru_cache(maxsize=2)
def _permutations(count: int) -> numpy.ndarray:
    if count <= EXACT_UP_TO:
        return numpy.array(list(itertools.permutations(range(count))))
    return numpy.random.default_rng(_SEED).random((RANDOM_PERMUTATIONS, count)).argsort(axis=1)


def _permutation_p(places: Sequence[Place], count: int) -> float:
    products = sum(
        numpy.outer(*(_standard_ranks(numpy.array(v)) for v in (place.measures, place.results))) for place in places
    )
    orders = _permutations(count)
    totals = numpy.abs(products[orders, numpy.arange(count)].sum(axis=1))
    as_far = int(numpy.count_nonzero(totals >= abs(numpy.trace(products)) - _TIE * len(places)))
    return as_far / len(orders) if count <= EXACT_UP_TO else (as_far + 1) / (len(orders) + 1)


def association(places: List[Place]) -> Association:
    """Throws ValueError if there is no place, or if places differ in how many treatments they have."""
    counts = {len(place.results) for place in places}
    if len(counts) != 1:
        raise ValueError(f"places have {sorted(counts)} treatments; all must have the same, and there must be one")
    count = counts.pop()
    draws = numpy.random.default_rng(_SEED).integers(0, count, (RESAMPLES, count))
    several = [draw for draw in draws if len(set(draw)) > 2]
    low, high = numpy.quantile(_mean_correlations(places, numpy.array(several)), (0.025, 0.975))
    correlation = float(_mean_correlations(places, numpy.arange(count)[None, :])[0])
    return Association(correlation, Interval(float(low), float(high)), _permutation_p(places, count))
