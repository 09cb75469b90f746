"""Means and deviations, of numbers up to the largest."""

import math
from typing import Callable, List, Sequence, Tuple

_LARGE = 1e150  # the square of a larger number is none


def without_overflow(measure: Callable[[List[float]], float], values: Sequence[float]) -> float:
    """`measure`, which grows with the values' unit, of values whose sum or squares may be too large for
    a number: in a unit that is a power of two, so that no bit changes. Infinite if it is itself."""
    largest = max(abs(value) for value in values)
    if largest < _LARGE or math.isinf(largest):
        return measure(list(values))
    exponent = math.frexp(largest)[1]
    half = exponent // 2
    scaled = measure([math.ldexp(value, -exponent) for value in values])
    return scaled * 2.0**half * 2.0 ** (exponent - half)


def mean(values: Sequence[float]) -> float:
    return without_overflow(lambda scaled: math.fsum(scaled) / len(scaled), values)


def _deviation(values: List[float]) -> float:
    middle = math.fsum(values) / len(values)
    squares = math.fsum((value - middle) ** 2 for value in values)
    return math.sqrt(squares / (len(values) - 1))


def mean_and_deviation(values: Sequence[float]) -> Tuple[float, float]:
    """Mean and standard deviation (n − 1 in the denominator; 0 for one value)."""
    if max(values) == min(values):  # exactly 0, not what rounding leaves
        return values[0], 0.0
    return mean(values), without_overflow(_deviation, values)
