"""Lyapunov exponents along the tasks' sequences: the largest one, and the whole spectrum."""

import math
from typing import Any, Dict, Iterator, List, Optional

from . import curves, numbers, style
from .curves import Panels, Point
from .study import MOMENTS, Study

NAME = "lyapunov"
SUMMARY = "Lyapunov exponents: the largest one, and the spectrum"
NEEDS_ANALYSES = True
_FLOOR = -6.0  # nats per step; a direction that shrinks 400-fold in a step is lost


def exponents(analysis: Dict[str, Any]) -> List[float]:
    """The largest first. null is a direction that is lost, −∞."""
    values = (analysis.get("lyapunov") or {}).get("exponents") or []
    return [-math.inf if value is None else value for value in values]


def spectrum_points(analysis: Dict[str, Any]) -> Optional[List[Point]]:
    """Exponents by their place, from 0 (the largest) to 1 (the smallest)."""
    values = exponents(analysis)
    last = max(1, len(values) - 1)
    return [(i / last, value) for i, value in enumerate(values)] or None


def largest_rows(study: Study) -> List[Dict[str, Any]]:
    rows = []
    for task in study.tasks():
        for cell in study.cells:
            for initializer in study.initializers:
                runs = study.select(task=task, cell=cell, initializer=initializer)
                for moment, words in MOMENTS.items():
                    found = [exponents(r.analyses[moment]) for r in runs if moment in r.analyses]
                    values = [largest[0] for largest in found if largest]
                    if values:
                        place = {"task": task.name, "cell": cell, "initializer": initializer}
                        rows.append({**place, "moment": words, **summary(values)})
    return rows


def summary(values: List[float]) -> Dict[str, Any]:
    """Of largest exponents, −∞ where all of the state is lost at once, as in a ReLU network that is
    off; these runs are counted, and the rest is about the others."""
    there = numbers.finite(values)
    mean, half = numbers.interval(there) if there else (None, None)
    return {
        "runs": len(values),
        "lost": len(values) - len(there),
        "mean": mean,
        "half_width_95": half,
        "low": min(there, default=None),
        "high": max(there, default=None),
    }


def _draw_largest(axes: Any, study: Study, rows: List[Dict[str, Any]]) -> None:
    axes.axhline(0, color=style.GREY, linewidth=0.8, zorder=2)
    for row in rows:
        order = study.initializers.index(row["initializer"])
        look = style.initializer_style(row["initializer"], study.initializers)
        before = row["moment"] == MOMENTS["start"]
        x = order + (-0.16 if before else 0.16)
        if row["lost"]:
            place = axes.get_xaxis_transform()  # x in data, y from 0 to 1
            axes.text(x, 0.02, "−∞", transform=place, color=look["color"], size=9,
                      ha="right" if before else "left")  # fmt: skip
        if row["mean"] is None:
            continue
        axes.plot([x, x], [row["low"], row["high"]], color=look["color"], linewidth=1.2, zorder=3)
        axes.plot(
            x,
            row["mean"],
            marker=look["marker"],
            color=look["color"],
            markerfacecolor="white" if before else look["color"],
            markersize=5,
            zorder=4,
        )


def largest_picture(study: Study, rows: List[Dict[str, Any]]) -> style.Picture:
    tasks = [task for task in study.tasks() if any(r["task"] == task.name for r in rows)]
    handles = style.initializer_handles(study.initializers, line=False)
    for words, face in ((MOMENTS["start"], "white"), (MOMENTS["best"], "black")):
        look = {"marker": "o", "linestyle": "none", "color": "black", "markerfacecolor": face}
        handles.append(style.Line2D([], [], label=words, markersize=5, **look))
    figure, axes = style.frame(
        (len(tasks), len(study.cells)),
        (1.78, 1.42),
        "The largest Lyapunov exponent: below 0 the state forgets where it began, above 0 small "
        "differences grow",
        "Over 400 steps of the tasks' sequences. Marker: mean over runs (seeds and conditions); "
        "line: from the smallest to the largest run. −∞: in some run the state does not depend on "
        "the one before.",
        handles,
        sharex=True,
        sharey="row",
    )
    for r, task in enumerate(tasks):
        for c, (cell, label) in enumerate(study.cells.items()):
            panel = axes[r][c]
            mine = [row for row in rows if (row["task"], row["cell"]) == (task.name, cell)]
            _draw_largest(panel, study, mine)
            style.initializer_ticks(panel, study.initializers)
            if not mine:
                style.say_no_data(panel)
            if r == 0:
                panel.set_title(label, weight="bold")
            if c == 0:
                panel.set_ylabel(f"{task.label}\nexponent\n(nats/step)")
    return style.Picture(f"{NAME}_largest", figure, rows)


def pictures(study: Study) -> Iterator[Any]:
    rows = largest_rows(study)
    if not rows:
        return
    yield largest_picture(study, rows)
    for task in study.tasks():
        found = curves.before_and_after(study, task, spectrum_points)
        if not found:
            continue
        values = [y for curve in found for _, y, _, _ in curve.points if y > _FLOOR]
        panels = Panels(
            title=f"Lyapunov spectra of networks for {task.phrase}: how fast each direction of "
            "the state grows or shrinks",
            note="Exponents along the task's sequences, from the largest (rank 0) to the smallest (1). "
            "Line: median over runs "
            "(seeds and conditions); band: from the smallest to the largest run. A line ends where "
            "directions are lost at once, as behind a ReLU that is off.",
            x_label="relative rank",
            y_labels=curves.before_and_after_labels("exponent (nats/step)"),
            y_limits=(max(_FLOOR, min(values, default=-1)) - 0.2, max(values, default=0) + 0.2),
            share_y=True,
            zero_line=True,
        )
        yield curves.picture(study, f"{NAME}_spectrum_{task.name}", found, panels, "rank")
