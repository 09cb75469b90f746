"""The linear model h_t = W h_{t−1} + U x_t + b against the network, by scale of the input."""

import dataclasses
from typing import Any, Callable, Dict, Iterator, List, Optional

from . import curves, style
from .curves import Curve, Panels, Point
from .study import MOMENTS, Study

NAME = "linearity"
SUMMARY = "linear model against the network: error and saturated share by input scale"
NEEDS_ANALYSES = True
_LIMITS = (1e-5, 1e10)  # a linear model whose W is outside the unit circle leaves all bounds


def linearity_points(measure: str) -> Callable[[Dict[str, Any]], Optional[List[Point]]]:
    def read(analysis: Dict[str, Any]) -> Optional[List[Point]]:
        entries = analysis.get("linearity") or []
        return [(e["scale"], e[measure]) for e in entries if e[measure] is not None] or None

    return read


_MEASURES = {
    "relative_error": "relative error",
    "saturated": "saturated share",
}


def _curves(study: Study, cell: str) -> List[Curve]:
    """Rows are moment and measure; the columns are tasks here, which stand in `cell`."""
    found = []
    for moment, words in MOMENTS.items():
        for measure, label in _MEASURES.items():
            for task in study.tasks():
                for name in study.initializers:
                    runs = study.select(task=task, cell=cell, initializer=name)
                    count, points = curves.over_runs(runs, moment, linearity_points(measure))
                    if points:
                        found.append(Curve(f"{label}, {words}", task.name, name, count, points))
    return found


def _scales(axes: Any) -> None:
    axes.set_xscale("log")


def picture(study: Study, cell: str, found: List[Curve]) -> style.Picture:
    rows = list(dict.fromkeys(curve.row for curve in found))
    panels = Panels(
        title=f"The linear model of {study.cells[cell]} against the network by scale of the input: "
        "how far off it is, and how many units are saturated",
        note="Relative error ‖h(linear) − h‖ / ‖h‖ of the hidden states, and the share of units "
        "where the activation's slope vanishes (tanh: |h| > 0.99). Scale 1 is the task's own input. "
        "Line: median over runs (seeds and conditions); band: from the smallest to the largest run. "
        "Where W has eigenvalues outside the unit circle the linear model grows without bound; "
        "errors above 10¹⁰ lie on the edge.",
        x_label="scale of the input",
        y_labels={row: "\n".join(reversed(row.split(", "))) for row in rows},
        x_scale=_scales,
    )
    columns = {task.name: task.label for task in study.tasks()}
    figure = curves.draw(study, _within_limits(found), panels, columns, _finish_row)
    rows_of_data = curves.rows_of_data(found, "scale")
    for row in rows_of_data:
        row["task"] = row.pop("cell")
    return style.Picture(f"{NAME}_{cell}", figure, rows_of_data)


def pictures(study: Study) -> Iterator[Any]:
    for cell in study.cells:
        found = _curves(study, cell)
        if found:  # only a cell with an activation has the linear model
            yield picture(study, cell, found)


def _within_limits(found: List[Curve]) -> List[Curve]:
    """As drawn: what is above lies on the upper edge, or whole panels would be empty."""
    top = _LIMITS[1]
    return [
        dataclasses.replace(
            curve, points=[(x, *(min(value, top) for value in band)) for x, *band in curve.points]
        )
        for curve in found
    ]


def _finish_row(row: str, axes: Any) -> None:
    if "error" in row:
        axes.set_yscale("log")
        axes.set_ylim(_LIMITS[0], 3 * _LIMITS[1])
        axes.set_yticks([1e-4, 1, 1e4, 1e8])
        axes.minorticks_off()
    else:
        axes.set_ylim(-0.03, 1.03)
