"""What a linear readout finds in the state by lag, for classification: the label, and the input."""

from typing import Any, Callable, Dict, Iterator, List, Optional

from eigenrnn.results import TaskSpec

from . import curves
from .curves import Panels, Point
from .study import CLASSIFICATION, MOMENTS, Study

NAME = "separability"
SUMMARY = "what a linear readout finds of label and input by lag, for classification"
NEEDS_ANALYSES = True

_UNITS = {"information": "information (bits)", "r2": "R²"}


def readout_points(of: str, measure: str) -> Callable[[Dict[str, Any]], Optional[List[Point]]]:
    """Reads `measure` (information or r2) by lag of what the readout is about (label or input)."""

    def read(analysis: Dict[str, Any]) -> Optional[List[Point]]:
        entries = (analysis.get("separability") or {}).get(of) or []
        return [(e["lag"], e[measure]) for e in entries if e.get(measure) is not None] or None

    return read


def _measure(study: Study, task: TaskSpec, of: str) -> Optional[str]:
    for measure in _UNITS:
        read = readout_points(of, measure)
        if any(read(a) for run in study.select(task=task) for a in run.analyses.values()):
            return measure
    return None


def pictures(study: Study) -> Iterator[Any]:
    for task in study.tasks():
        if task.kind != CLASSIFICATION:
            continue
        found, labels = [], {}
        for of, meaning in (("label", "label, "), ("input", "input, ")):
            measure = _measure(study, task, of)
            if not measure:
                continue
            for moment, words in MOMENTS.items():
                row = meaning + words
                labels[row] = f"{row}\n{_UNITS[measure]}"
                found += curves.by_cell_and_initializer(
                    study, task, row, moment, readout_points(of, measure)
                )
        if not found:
            continue
        panels = Panels(
            title=f"What the state of networks for {task.phrase} holds: the label k steps before "
            "the end, and at the end the input of k steps before",
            note="By a linear readout, judged on sequences that it was not fitted on. Label: from "
            "the state k steps before the end. Input: from the last state. Line: median over runs "
            "(seeds and conditions); band: from the smallest to the largest run.",
            x_label="lag k (steps)",
            y_labels=labels,
            x_scale=curves.lag_scale,
            x_limits=(0, 1.05 * max(point[0] for curve in found for point in curve.points)),
        )
        yield curves.picture(study, f"{NAME}_{task.name}", found, panels, "lag")
