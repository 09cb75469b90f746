"""Eigenvalues of the recurrent weights on the complex plane, before and after training."""

import collections
import math
from typing import Any, Dict, Iterator, List, Optional, Tuple

from . import numbers, style
from .study import CLASSIFICATION, REGRESSION, Study

NAME = "spectra"
SUMMARY = "spectra before and after training on the complex plane, regression beside classification"
NEEDS_ANALYSES = False

_COLUMNS = ("start", REGRESSION, CLASSIFICATION)
_TITLES = {"start": "at start", REGRESSION: "regression,\ntrained",
           CLASSIFICATION: "classification,\ntrained"}  # fmt: skip


def block_label(study: Study, cell: str, gate: str) -> str:
    gate_label = study.gates.get(cell, {}).get(gate)
    return study.cells.get(cell, cell) + (f"\n{gate_label}" if gate_label else "")


def eigenvalue_rows(study: Study, initializer: str) -> List[Dict[str, Any]]:
    """One row per eigenvalue: at the start, once per seed and cell (the first task's run, since
    all tasks start alike), and of every trained network."""
    rows = []
    for run in study.select(initializer=initializer):
        for moment in ("start", "best"):
            for block in run.blocks(moment):
                place = {
                    "moment": "start" if moment == "start" else "trained",
                    "task": run.task.name,
                    "condition": run.condition,
                    "cell": run.cell,
                    "gate": block["gate"],
                    "seed": run.seed,
                }
                rows += [{**place, "real": r, "imaginary": i} for r, i in block["eigenvalues"]]
    first = {(r["cell"], r["seed"]): (r["task"], r["condition"]) for r in reversed(rows)}
    return [
        row
        for row in rows
        if row["moment"] == "trained"
        or first[row["cell"], row["seed"]] == (row["task"], row["condition"])
    ]


def _limit(rows: List[Dict[str, Any]]) -> float:
    """Half the panels' side: all but the farthest 0.5 % of the eigenvalues, and the circle."""
    sizes = [math.hypot(row["real"], row["imaginary"]) for row in rows]
    return max(1.25, 1.05 * numbers.quantile(sizes, 0.995))


def _draw_panel(
    axes: Any, rows: List[Dict[str, Any]], limit: float, looks: Optional[Dict[str, Tuple[str, str]]]
) -> None:
    """`looks` is by task; none at the start, where tasks do not differ."""
    circle = style.pyplot.Circle((0, 0), 1, fill=False, color=style.GREY, linewidth=0.9, zorder=2)
    axes.add_patch(circle)
    for task in dict.fromkeys(row["task"] for row in rows):
        mine = [row for row in rows if row["task"] == task]
        color, marker = looks[task] if looks else (style.BLACK, "o")
        axes.scatter(
            [row["real"] for row in mine],
            [row["imaginary"] for row in mine],
            s=5,
            c=color,
            marker=marker,
            alpha=0.45,
            linewidths=0,
            zorder=3,
            rasterized=True,  # thousands of points: an SVG of them would be megabytes
        )
    beyond = sum(max(abs(row["real"]), abs(row["imaginary"])) > limit for row in rows)
    if beyond:
        box = {"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.85}
        place = {"transform": axes.transAxes, "ha": "right", "zorder": 5}
        axes.text(0.97, 0.03, f"+{beyond} outside", size=8, bbox=box, **place)
    axes.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal")
    step = 1 if limit < 3 else 2 if limit < 6 else 5
    ticks = [t for t in range(-30, 31, step) if abs(t) <= limit]
    axes.set_xticks(ticks)
    axes.set_yticks(ticks)


def _handles(study: Study) -> List[Any]:
    def handle(label: str, color: str, marker: str) -> Any:
        look = {"color": color, "marker": marker, "linestyle": "none", "markersize": 4.5}
        return style.Line2D([], [], label=label, **look)

    handles = [handle("before training", style.BLACK, "o")]
    looks = style.task_styles(study.tasks())
    handles += [handle(f"{t.label} ({t.kind})", *looks[t.name]) for t in study.tasks()]
    handles.append(style.Line2D([], [], label="unit circle", color=style.GREY, linewidth=0.9))
    return handles


def _columns_of_blocks(study: Study, rows: List[Dict[str, Any]]) -> List[List[Tuple[str, str]]]:
    """Two columns of small multiples, one for each block: the cell with the most blocks has the
    second to itself."""
    present = {(row["cell"], row["gate"]) for row in rows}
    blocks = [block for block in study.blocks() if block in present]
    counts = collections.Counter(cell for cell, _ in reversed(blocks))
    largest = counts.most_common(1)[0][0]
    columns = [[b for b in blocks if b[0] != largest], [b for b in blocks if b[0] == largest]]
    return [column for column in columns if column]


def picture(study: Study, initializer: str, rows: List[Dict[str, Any]]) -> style.Picture:
    columns, limit = _columns_of_blocks(study, rows), _limit(rows)
    kinds = {task.name: task.kind for task in study.tasks()}
    looks = style.task_styles(study.tasks())
    figure, axes = style.frame(
        (max(map(len, columns)), 3 * len(columns)),
        (1.27, 1.27),
        f"Eigenvalues of the recurrent weights, initialized by {initializer}: where training moves "
        "them in regression and in classification",
        "Real part across, imaginary part up (no unit); one point per eigenvalue, all seeds and "
        "conditions; trained: at the best validation epoch.",
        _handles(study),
    )
    for panel in axes.flat:
        panel.set_axis_off()
    for c, column in enumerate(columns):
        for r, (cell, gate) in enumerate(column):
            for k, kind in enumerate(_COLUMNS):
                panel = axes[r][3 * c + k]
                panel.set_axis_on()
                mine = [row for row in rows if (row["cell"], row["gate"]) == (cell, gate)]
                if kind == "start":
                    mine = [row for row in mine if row["moment"] == "start"]
                else:
                    mine = [row for row in mine if row["moment"] == "trained"]
                    mine = [row for row in mine if kinds[row["task"]] == kind]
                _draw_panel(panel, mine, limit, None if kind == "start" else looks)
                if not mine:
                    style.say_no_data(panel)
                if r == 0:
                    panel.set_title(_TITLES[kind], size=8.5)
                if k == 0:
                    panel.set_ylabel(block_label(study, cell, gate), weight="bold")
                else:
                    panel.set_yticklabels([])
                if r < len(column) - 1:
                    panel.set_xticklabels([])
    return style.Picture(f"{NAME}_{initializer}", figure, rows)


def pictures(study: Study) -> Iterator[Any]:
    for initializer in study.initializers:
        rows = eigenvalue_rows(study, initializer)
        if rows:
            yield picture(study, initializer, rows)
