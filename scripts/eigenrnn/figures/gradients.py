"""Gradients by lag: the norm of the state's derivative by an earlier state, ‖∂s_L/∂s_{L−k}‖."""

import math
from typing import Any, Dict, Iterator, List, Optional, Tuple

from . import curves, numbers
from .curves import Band, Curve, Panels
from .study import MOMENTS, Run, Study

NAME = "gradients"
SUMMARY = "gradient norm by lag (log), by initializer and cell, before and after training"
NEEDS_ANALYSES = True
_FLOOR = -12.0  # log10; below is nothing to learn from in float32


def gradient_points(analysis: Dict[str, Any]) -> Optional[Dict[float, Tuple[float, float, float]]]:
    """By lag: median and the quantiles 0.1 and 0.9 over a run's sequences. null is a gradient of
    zero, −∞."""
    gradients = analysis.get("gradients")
    if not gradients:
        return None
    norms = gradients["spectral"]
    points = {}
    for i, lag in enumerate(gradients["lags"]):
        if norms["sequences"][i] > 0:
            triple = (norms[name][i] for name in ("median", "low", "high"))
            points[lag] = tuple(-math.inf if value is None else value for value in triple)
    return points


def over_runs(runs: List[Run], moment: str) -> Tuple[int, List[Band]]:
    """Each of the three quantiles as its median over runs, at lags that at least half have."""
    found = [gradient_points(run.analyses[moment]) for run in runs if moment in run.analyses]
    found = [points for points in found if points]
    bands = []
    for lag in sorted({lag for points in found for lag in points}):
        triples = [points[lag] for points in found if lag in points]
        if 2 * len(triples) >= len(found):
            bands.append((lag, *(numbers.median(column) for column in zip(*triples))))
    return len(found), bands


def _curves(study: Study, task: Any) -> List[Curve]:
    found = []
    for moment, words in MOMENTS.items():
        for cell in study.cells:
            for initializer in study.initializers:
                runs = study.select(task=task, cell=cell, initializer=initializer)
                count, points = over_runs(runs, moment)
                if points:
                    found.append(Curve(words, cell, initializer, count, points))
    return found


def _limits(found: List[Curve]) -> Tuple[float, float]:
    values = [y for curve in found for point in curve.points for y in point[1:] if math.isfinite(y)]
    return max(_FLOOR, min(values, default=-1.0)) - 0.5, min(12.0, max(values, default=1.0)) + 0.5


def pictures(study: Study) -> Iterator[Any]:
    for task in study.tasks():
        found = _curves(study, task)
        if not found:
            continue
        panels = Panels(
            title=f"Gradients through time in networks for {task.phrase}: vanishing below 0, "
            "exploding above",
            note="Spectral norm of the derivative of the last state by the state k steps before. "
            "Line: median over a run's sequences; band: 10 to 90 % of them; each as its median "
            "over runs. A line ends where the gradient is exactly 0.",
            x_label="lag k (steps)",
            y_labels=curves.before_and_after_labels("log₁₀ ‖∂s(L)/∂s(L−k)‖"),
            y_limits=_limits(found),
            share_y=True,
            zero_line=True,
        )
        yield curves.picture(study, f"{NAME}_{task.name}", found, panels, "lag")
