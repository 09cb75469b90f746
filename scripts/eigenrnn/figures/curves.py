"""Lines by initializer, in panels by cell (columns) and by what is looked at (rows)."""

import dataclasses
import math
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from eigenrnn.results import TaskSpec

from . import numbers, style
from .study import MOMENTS, Run, Study

Point = Tuple[float, float]  # x, y
Band = Tuple[float, float, float, float]  # x, middle, low, high


@dataclasses.dataclass
class Curve:
    """One line, with its band."""

    row: str
    cell: str
    initializer: str
    runs: int
    points: List[Band]


@dataclasses.dataclass
class Panels:
    """How the panels look."""

    title: str
    note: str
    x_label: str
    y_labels: Dict[str, str]  # by row: what it and its axis show, with the unit
    x_scale: Optional[Callable[[Any], None]] = None  # sets up an axis
    y_limits: Optional[Tuple[float, float]] = None
    x_limits: Optional[Tuple[float, float]] = None
    share_y: Any = "row"
    zero_line: bool = False
    size: Tuple[float, float] = (1.78, 1.5)


def lag_scale(axes: Any) -> None:
    """Linear up to 10 steps, logarithmic beyond: memory is short, and its tail long."""
    axes.set_xscale("symlog", linthresh=10, linscale=1.2)
    axes.set_xticks([0, 5, 10, 50, 200])
    axes.set_xticklabels(["0", "5", "10", "50", "200"])
    axes.minorticks_off()


def before_and_after_labels(label: str) -> Dict[str, str]:
    return {words: f"{words}\n{label}" for words in MOMENTS.values()}


def spread(values: Sequence[float]) -> Tuple[float, float, float]:
    """Median, smallest and largest over runs."""
    return numbers.median(values), min(values), max(values)


def over_runs(
    runs: Sequence[Run],
    moment: str,
    read: Callable[[Dict[str, Any]], Optional[List[Point]]],
) -> Tuple[int, List[Band]]:
    """How many runs have the curve, and its median, smallest and largest value at each x that at
    least half of them have. `read` gives a run's points from its analysis, or None.
    """
    found = [read(run.analyses[moment]) for run in runs if moment in run.analyses]
    curves = [points for points in found if points]
    by_x: Dict[float, List[float]] = {}
    for points in curves:
        for x, y in points:
            by_x.setdefault(x, []).append(y)
    kept = [x for x in sorted(by_x) if 2 * len(by_x[x]) >= len(curves)]
    return len(curves), [(x, *spread(by_x[x])) for x in kept]


def by_cell_and_initializer(
    study: Study,
    task: TaskSpec,
    row: str,
    moment: str,
    read: Callable[[Dict[str, Any]], Optional[List[Point]]],
) -> List[Curve]:
    curves = []
    for cell in study.cells:
        for initializer in study.initializers:
            runs = study.select(task=task, cell=cell, initializer=initializer)
            count, points = over_runs(runs, moment, read)
            if points:
                curves.append(Curve(row, cell, initializer, count, points))
    return curves


def before_and_after(study: Study, task: TaskSpec, read: Any) -> List[Curve]:
    return [
        curve
        for moment, words in MOMENTS.items()
        for curve in by_cell_and_initializer(study, task, words, moment, read)
    ]


def rows_of_data(curves: Sequence[Curve], x_name: str) -> List[Dict[str, Any]]:
    return [
        {
            "panel": curve.row,
            "cell": curve.cell,
            "initializer": curve.initializer,
            "runs": curve.runs,
            x_name: x,
            "median": middle,
            "low": low,
            "high": high,
        }
        for curve in curves
        for x, middle, low, high in curve.points
    ]


def _draw(axes: Any, curve: Curve, known: Sequence[str]) -> None:
    x, middle, low, high = (list(column) for column in zip(*curve.points))
    gap = lambda values: [v if math.isfinite(v) else math.nan for v in values]  # noqa: E731
    look = style.initializer_style(curve.initializer, known)
    order = list(known).index(curve.initializer)
    if not any(map(math.isfinite, middle)):
        return  # matplotlib cannot place markers on a line without a point
    # Markers at different places, so that lines on top of one another are both seen.
    axes.plot(
        x,
        gap(middle),
        markersize=3.2,
        markevery=(0.01 + 0.06 * order, 0.25),  # of the diagonal
        zorder=3 + 0.1 * order,
        **look,
    )
    if gap(low) != gap(high):
        filled = [value if math.isfinite(value) else axes.get_ylim()[0] for value in low]
        axes.fill_between(x, filled, gap(high), color=look["color"], alpha=0.12, linewidth=0)


def draw(
    study: Study,
    curves: Sequence[Curve],
    panels: Panels,
    columns: Optional[Dict[str, str]] = None,
    finish: Callable[[str, Any], None] = lambda row, axes: None,
) -> Any:
    """`columns`: label by the name in Curve.cell, by default the cells. `finish` is called last,
    with the row's name and each of its axes."""
    rows, columns = list(panels.y_labels), columns or study.cells
    present = [name for name in study.initializers if any(c.initializer == name for c in curves)]
    figure, axes = style.frame(
        (len(rows), len(columns)),
        panels.size,
        panels.title,
        panels.note,
        style.initializer_handles(present),
        sharex=True,
        sharey=panels.share_y,
    )
    for r, row in enumerate(rows):
        for c, (cell, label) in enumerate(columns.items()):
            panel = axes[r][c]
            if panels.x_scale:
                panels.x_scale(panel)
            if panels.y_limits:
                panel.set_ylim(*panels.y_limits)
            mine = [curve for curve in curves if (curve.row, curve.cell) == (row, cell)]
            for curve in mine:
                _draw(panel, curve, present)
            if not mine:
                style.say_no_data(panel)
            if panels.zero_line:
                panel.axhline(0, color=style.GREY, linewidth=0.8, zorder=2)
            if panels.x_limits:
                panel.set_xlim(*panels.x_limits)
            if r == 0:
                panel.set_title(label, weight="bold")
            if r == len(rows) - 1:
                panel.set_xlabel(panels.x_label)
            if c == 0:
                panel.set_ylabel(panels.y_labels[row])
            finish(row, panel)
    return figure


def picture(
    study: Study, name: str, curves: Sequence[Curve], panels: Panels, x_name: str
) -> style.Picture:
    return style.Picture(name, draw(study, curves, panels), rows_of_data(curves, x_name))
