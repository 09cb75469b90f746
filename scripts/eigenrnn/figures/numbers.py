"""Quantiles, intervals, and the measures of a spectrum."""

import math
from typing import Any, Dict, List, Optional, Sequence, Tuple

from eigenrnn.inference import means, student

TOLERANCE = 1e-6  # as in docs/result.schema.json: outside means a modulus above 1 + this
MODULUS_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)  # those in a result's spectra.epochs

Number = Optional[float]


def quantile(values: Sequence[float], share: float) -> float:
    """Linear between neighbours (Hyndman & Fan 1996, type 7), as in the results."""
    ascending = sorted(values)
    place = share * (len(ascending) - 1)
    below = int(place)
    above = min(below + 1, len(ascending) - 1)
    if ascending[below] == ascending[above]:  # also if both are infinite
        return ascending[below]
    weight = place - below
    return (1 - weight) * ascending[below] + weight * ascending[above]


def median(values: Sequence[float]) -> float:
    """The lower of the two in the middle if their number is even, so that −∞ mixes with nothing."""
    return sorted(values)[(len(values) - 1) // 2]


def finite(values: Sequence[Number]) -> List[float]:
    return [value for value in values if value is not None and math.isfinite(value)]


def mean(values: Sequence[Number]) -> Number:
    """Of those that are numbers; None if none is."""
    numbers = finite(values)
    return means.mean(numbers) if numbers else None


def interval(values: Sequence[float]) -> Tuple[float, Number]:
    """Mean, and half the width of its 95 % t-interval (None for one value)."""
    half = student.half_width(list(values))
    return means.mean_and_deviation(list(values))[0], half


def moduli(eigenvalues: Sequence[Sequence[float]]) -> List[float]:
    return [math.hypot(real, imaginary) for real, imaginary in eigenvalues]


def spectrum_measures(block: Dict[str, Any]) -> Optional[Dict[str, float]]:
    """What regression and classification are compared by; None without eigenvalues."""
    eigenvalues = block["eigenvalues"]
    if not eigenvalues:
        return None
    sizes, count = moduli(eigenvalues), len(eigenvalues)
    phases = [abs(math.atan2(imaginary, real)) for real, imaginary in eigenvalues]
    return {
        "fraction_outside": sum(size > 1 + TOLERANCE for size in sizes) / count,
        "spectral_radius": max(sizes),
        "mean_phase": math.fsum(phases) / count,
        "fraction_real": sum(imaginary == 0 for _, imaginary in eigenvalues) / count,
        "relative_departure": block["relative_departure"],
    }
