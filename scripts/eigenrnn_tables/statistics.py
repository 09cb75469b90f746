"""Student's t distribution, confidence intervals of a mean, and the paired t-test."""

import math
from typing import Callable, List, Optional, Sequence, Tuple

_LARGE = 1e150  # the square of a larger number is none


def _beta_continued_fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of I_x(a, b), by Lentz's method (DLMF 8.17.22)."""
    tiny = 1e-300
    c = 1.0
    d = 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if abs(d) > tiny else tiny)
    fraction = d
    for m in range(1, 1000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for coefficient in (even, odd):
            d = 1.0 + coefficient * d
            d = 1.0 / (d if abs(d) > tiny else tiny)
            c = 1.0 + coefficient / c
            c = c if abs(c) > tiny else tiny
            fraction *= c * d
        if abs(c * d - 1.0) < 1e-15:
            return fraction
    raise ArithmeticError(f"I_x(a, b) did not converge for x={x}, a={a}, b={b}")


def regularised_incomplete_beta(x: float, a: float, b: float) -> float:
    """I_x(a, b) for 0 ≤ x ≤ 1 and a, b > 0."""
    if not 0.0 <= x <= 1.0 or a <= 0.0 or b <= 0.0:
        raise ValueError(f"I_x(a, b) needs 0 <= x <= 1 and a, b > 0, not x={x}, a={a}, b={b}")
    if x in (0.0, 1.0):
        return x
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    # The fraction converges fast on this side of the mean; the other side is its mirror image.
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _beta_continued_fraction(a, b, x) / a
    return 1.0 - front * _beta_continued_fraction(b, a, 1.0 - x) / b


def two_sided_p(t: float, degrees: int) -> float:
    """P(|T| ≥ |t|) for Student's t with `degrees` degrees of freedom."""
    if math.isinf(t):
        return 0.0
    return regularised_incomplete_beta(degrees / (degrees + t * t), degrees / 2.0, 0.5)


def t_quantile(probability: float, degrees: int) -> float:
    """The t with P(T ≤ t) = probability, 0 < probability < 1, by bisection."""
    if not 0.0 < probability < 1.0 or degrees < 1:
        raise ValueError(
            f"no t quantile for probability {probability}, {degrees} degrees of freedom"
        )
    if probability < 0.5:
        return -t_quantile(1.0 - probability, degrees)
    tails = 2.0 * (1.0 - probability)
    low, high = 0.0, 1.0
    while two_sided_p(high, degrees) > tails:
        high *= 2.0
    for _ in range(200):
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        if two_sided_p(middle, degrees) > tails:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


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


def mean_and_deviation(values: List[float]) -> Tuple[float, float]:
    """Mean and standard deviation (n − 1 in the denominator; 0 for one value)."""
    if max(values) == min(values):  # exactly 0, not what rounding leaves
        return values[0], 0.0
    return mean(values), without_overflow(_deviation, values)


def confidence_half_width(values: List[float], level: float = 0.95) -> Optional[float]:
    """Half the width of the mean's confidence interval, t·s/√n; None for fewer than 2 values."""
    n = len(values)
    if n < 2:
        return None
    deviation = mean_and_deviation(values)[1]
    return t_quantile(0.5 + level / 2.0, n - 1) * deviation / math.sqrt(n)


def paired_p(differences: List[float]) -> float:
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
    return two_sided_p(middle * math.sqrt(n) / deviation, n - 1)
