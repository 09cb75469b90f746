"""Tests and corrections, shares and ranks."""

import math
from typing import List, Optional, Sequence

import numpy
from scipy import stats

from .student import Interval

EXACT_UP_TO = 40  # seeds; beyond, so many random flips that p is known to ±0.001
_RANDOM_FLIPS = 2**20
_ROUNDING = 1e-12  # of a sum of differences of which the largest is 1


def _signed_sums(values: numpy.ndarray) -> numpy.ndarray:
    """Over all 2^n choices of signs."""
    sums = numpy.zeros(1)
    for value in values:
        sums = numpy.concatenate([sums + value, sums - value])
    return sums


def sign_flip_p(differences: Sequence[float]) -> float:
    """Two-sided p of the hypothesis that each paired difference is as likely to have the opposite
    sign (Fisher 1935): the share of all 2^n choices of signs whose mean is as far from 0.
    """
    largest = max(abs(difference) for difference in differences)
    if largest == 0.0:
        return 1.0
    scaled = numpy.asarray(differences) / largest
    if len(scaled) > EXACT_UP_TO:
        return float(
            stats.permutation_test(
                (scaled,),
                lambda x, axis: numpy.mean(x, axis=axis),
                permutation_type="samples",
                n_resamples=_RANDOM_FLIPS,
                batch=2**14,
                vectorized=True,
                random_state=0,
            ).pvalue
        )
    # Each choice is one of the first half's with one of the second's: 2 · 2^(n/2) sums in place of 2^n.
    first, second = (numpy.sort(_signed_sums(half)) for half in numpy.array_split(scaled, 2))
    least = abs(float(numpy.sum(scaled))) - _ROUNDING
    below = numpy.searchsorted(second, least - first)
    as_far = first.size * second.size - int(numpy.sum(below))
    return min(1.0, 2.0 * as_far / (first.size * second.size))


def smallest_p(n: int) -> float:
    """What `sign_flip_p` gives where all n differences point the same way: 2/2^n."""
    return 2.0 ** (1 - n)


def seeds_needed(comparisons: int, alpha: float) -> int:
    """The fewest seeds with which the smallest p passes Holm's first step."""
    n = 1
    while smallest_p(n) > alpha / comparisons:
        n += 1
    return n


def holm(ps: Sequence[float]) -> List[float]:
    """The p values adjusted by Holm's step-down procedure (Holm 1979), in the same order."""
    order = sorted(range(len(ps)), key=lambda i: ps[i])
    adjusted = [0.0] * len(ps)
    highest = 0.0
    for rank, i in enumerate(order):
        highest = max(highest, min(1.0, (len(ps) - rank) * ps[i]))
        adjusted[i] = highest
    return adjusted


def wilson_interval(successes: int, n: int) -> Interval:
    """The 95 % interval of a share (Wilson 1927)."""
    interval = stats.binomtest(successes, n).proportion_ci(0.95, method="wilson")
    return Interval(float(interval.low), float(interval.high))


def shares_p(successes: int, n: int, others: int, of: int) -> float:
    """Two-sided p of the hypothesis that two shares are equal, by Fisher's exact test (Fisher 1935). It is
    more cautious than Boschloo's, whose last digits are those of an optimizer."""
    for count, total in ((successes, n), (others, of)):
        if not 0 <= count <= total:
            raise ValueError(f"{count} of {total} is no share; the count must be between 0 and {total}")
    return float(stats.fisher_exact([[successes, n - successes], [others, of - others]])[1])


def fewest_successes(n: int, chance: float, luck: float) -> int:
    """The fewest of n right answers that guessing gives with a probability of at most `luck`."""
    return int(stats.binom.isf(luck, n, chance)) + 1


def nemenyi_difference(treatments: int, blocks: int, alpha: float) -> float:
    """Mean ranks that differ by less cannot be told apart (Nemenyi 1963; Demšar 2006)."""
    q = float(stats.studentized_range.isf(alpha, treatments, numpy.inf)) / math.sqrt(2)
    return q * math.sqrt(treatments * (treatments + 1) / (6 * blocks))


def friedman_p(ranked: Sequence[Sequence[float]]) -> Optional[float]:
    """p of Friedman's test that no column of blocks × treatments tends to rank higher; None where
    there are too few, or where all are equal in every block.
    """
    if len(ranked) < 2 or len(ranked[0]) < 3 or all(len(set(block)) == 1 for block in ranked):
        return None
    return float(stats.friedmanchisquare(*zip(*ranked)).pvalue)
