"""Moduli of the eigenvalues by epoch of training: quantile bands and the spectral radius."""

from typing import Any, Dict, Iterator, List, Optional

from eigenrnn.results import TaskSpec

from . import numbers, style
from .spectra import block_label
from .study import Run, Study

NAME = "moduli"
SUMMARY = "moduli by epoch: quantile bands, median and spectral radius, by initializer"
NEEDS_ANALYSES = False
QUANTITIES = ("q05", "q25", "q50", "q75", "q95", "radius")


def _at_start(block: Dict[str, Any]) -> List[Optional[float]]:
    if not block["eigenvalues"]:
        return [None] * len(QUANTITIES)
    sizes = numbers.moduli(block["eigenvalues"])
    return [numbers.quantile(sizes, q) for q in numbers.MODULUS_QUANTILES] + [max(sizes)]


def by_epoch(run: Run, gate: str) -> List[List[Optional[float]]]:
    """The QUANTITIES of the first layer's block at epoch 0 (as initialized), 1, 2, …"""
    epochs = [_at_start(next(b for b in run.blocks("start") if b["gate"] == gate))]
    for record in run.result["spectra"].get("epochs", []):
        block = next(b for b in record["blocks"] if b["gate"] == gate)
        epochs.append([*block["modulus_quantiles"], block["spectral_radius"]])
    return epochs


def rows_of(study: Study, task: TaskSpec) -> List[Dict[str, Any]]:
    """Each of the QUANTITIES as its mean over runs, epoch by epoch."""
    rows = []
    for cell, gate in study.blocks():
        for initializer in study.initializers:
            runs = study.select(task=task, cell=cell, initializer=initializer)
            histories = [by_epoch(run, gate) for run in runs]
            for epoch in range(max(map(len, histories), default=0)):
                there = [history[epoch] for history in histories if epoch < len(history)]
                means = [numbers.mean(column) for column in zip(*there)]
                place = {"cell": cell, "gate": gate, "initializer": initializer, "epoch": epoch}
                rows.append({**place, "runs": len(there), **dict(zip(QUANTITIES, means))})
    return rows


def _draw_panel(axes: Any, rows: List[Dict[str, Any]], look: Dict[str, Any]) -> None:
    rows = [row for row in rows if row["q50"] is not None]
    epochs = [row["epoch"] for row in rows]
    columns = {name: [row[name] for row in rows] for name in QUANTITIES}
    color = look["color"]
    axes.axhline(1, color=style.GREY, linewidth=0.8, zorder=2)
    axes.fill_between(epochs, columns["q05"], columns["q95"], color=color, alpha=0.16, linewidth=0)
    axes.fill_between(epochs, columns["q25"], columns["q75"], color=color, alpha=0.3, linewidth=0)
    axes.plot(epochs, columns["q50"], color=color, linewidth=1.4)
    axes.plot(epochs, columns["radius"], color=color, linewidth=1.1, linestyle=(0, (3, 1.5)))


def _handles() -> List[Any]:
    patch = style.pyplot.Rectangle
    line = style.Line2D
    return [
        line([], [], color=style.BLACK, linestyle=(0, (3, 1.5)), label="spectral radius"),
        line([], [], color=style.BLACK, label="median modulus"),
        patch((0, 0), 1, 1, color=style.BLACK, alpha=0.42, linewidth=0, label="25 to 75 %"),
        patch((0, 0), 1, 1, color=style.BLACK, alpha=0.16, linewidth=0, label="5 to 95 %"),
        line([], [], color=style.GREY, linewidth=0.8, label="unit circle"),
    ]


def picture(study: Study, task: TaskSpec, rows: List[Dict[str, Any]]) -> style.Picture:
    present = {(row["cell"], row["gate"]) for row in rows}
    blocks = [place for place in study.blocks() if place in present]
    names = [n for n in study.initializers if any(row["initializer"] == n for row in rows)]
    figure, axes = style.frame(
        (len(blocks), len(names)),
        (1.78, 1.02),
        f"Moduli of the recurrent eigenvalues while networks learn {task.phrase}",
        "Quantiles over the eigenvalues of each block and its spectral radius, each as the mean "
        "over runs (seeds and conditions). Epoch 0 is the initialization.",
        _handles(),
        sharex=True,
        sharey="row",
    )
    for r, (cell, gate) in enumerate(blocks):
        for c, name in enumerate(names):
            panel = axes[r][c]
            mine = [
                row
                for row in rows
                if (row["cell"], row["gate"], row["initializer"]) == (cell, gate, name)
            ]
            if mine:
                _draw_panel(panel, mine, style.initializer_style(name, study.initializers))
            else:
                style.say_no_data(panel)
            if r == 0:
                panel.set_title(name, weight="bold")
            if r == len(blocks) - 1:
                panel.set_xlabel("epoch")
                panel.xaxis.get_major_locator().set_params(integer=True)
            if c == 0:
                panel.set_ylabel(f"{block_label(study, cell, gate)}\nmodulus")
    for row in axes:
        row[0].set_ylim(bottom=0)  # once all of the row is drawn
    return style.Picture(f"{NAME}_{task.name}", figure, rows)


def pictures(study: Study) -> Iterator[Any]:
    for task in study.tasks():
        rows = rows_of(study, task)
        if rows:
            yield picture(study, task, rows)
