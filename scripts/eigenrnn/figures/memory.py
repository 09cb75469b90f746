"""Memory curves: how well a linear readout of the state tells the input of k steps ago."""

from typing import Any, Dict, Iterator, List, Optional

from . import curves
from .curves import Panels, Point
from .study import Study

NAME = "memory"
SUMMARY = "memory curves m(k) by initializer and cell, before and after training"
NEEDS_ANALYSES = True
_SHOWN = 0.02  # lags beyond which no curve is above this are cut off


def memory_points(analysis: Dict[str, Any]) -> Optional[List[Point]]:
    by_lag = ((analysis.get("memory") or {}).get("network") or {}).get("by_lag") or []
    return [(lag, value) for lag, value in enumerate(by_lag) if value is not None] or None


def _last_lag(found: List[curves.Curve]) -> float:
    lags = [x for curve in found for x, middle, _, _ in curve.points if middle > _SHOWN]
    return max(10.0, 1.05 * max(lags, default=0.0))


def pictures(study: Study) -> Iterator[Any]:
    for task in study.tasks():
        found = curves.before_and_after(study, task, memory_points)
        if not found:
            continue
        panels = Panels(
            title=f"Memory of networks for {task.phrase}: what a linear readout of the state "
            "still tells of the input k steps ago",
            note="Random input along the direction that drives the layer most. Line: median over "
            "runs (seeds and conditions); band: from the smallest to the largest run.",
            x_label="lag k (steps)",
            y_labels=curves.before_and_after_labels("memory m(k) (R²)"),
            x_scale=curves.lag_scale,
            y_limits=(-0.03, 1.03),
            x_limits=(0, _last_lag(found)),
        )
        yield curves.picture(study, f"{NAME}_{task.name}", found, panels, "lag")
