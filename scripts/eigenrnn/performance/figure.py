"""Kernels as parts of the speed of a large matrix product, one panel for each machine."""

from typing import Any, Dict, List, Sequence

from matplotlib.lines import Line2D

from eigenrnn.figures import style

from .document import CELLS, heading
from .machines import Machine

_CONTENDERS = {  # key of the time, name, colour, marker, size
    "torch_s": ("LibTorch", style.GREY, "s", 4.0),
    "onednn_s": ("oneDNN", style.SKY, "^", 4.5),
    "ours_s": ("eigenrnn", style.VERMILLION, "D", 5.0),
}


def rows(machine: Machine) -> List[Dict[str, Any]]:
    return [
        {
            "machine": heading(machine),
            **{key: row[key] for key in ("cell", "T", "B", "H", "I")},
            **{
                name: row["gflop"] / row[key] / row["sgemm_gflops"] if row[key] else None
                for key, (name, *_) in _CONTENDERS.items()
            },
        }
        for row in machine["kernels"]["measurements"]
    ]


def _draw(axes: Any, measured: List[Dict[str, Any]]) -> None:
    labels = [f"{CELLS[row['cell']]}  {row['T']}, {row['B']}, {row['H']}, {row['I']}" for row in measured]
    for height, row in enumerate(measured):
        for name, color, marker, size in _CONTENDERS.values():
            if row[name] is not None:
                axes.plot(100 * row[name], height, marker, color=color, markersize=size)
    axes.axvline(100, color=style.BLACK, linewidth=0.8, linestyle="--")
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.set_xlim(0, 105)
    axes.set_xlabel("of the speed of a large matrix product, %")


def picture(machines: Sequence[Machine]) -> style.Picture:
    measured = [rows(machine) for machine in machines]
    handles = [
        Line2D([], [], color=color, marker=marker, markersize=size, linestyle="none", label=name)
        for name, color, marker, size in _CONTENDERS.values()
    ]
    handles.append(Line2D([], [], color=style.BLACK, linewidth=0.8, linestyle="--", label="the limit"))
    tallest = max(len(of) for of in measured)
    figure, axes = style.frame(
        (len(machines), 1),
        (6.2, 0.4 + 0.17 * tallest),
        "Sequence kernels against the processor's limit",
        "Forward and backward with the gradients of weights, one thread; T, B, H, I after the cell. Right is faster.",
        handles,
    )
    for axis, machine, of in zip(axes[:, 0], machines, measured):
        _draw(axis, of)
        axis.set_title(heading(machine), loc="left")
    return style.Picture("performance", figure, [row for of in measured for row in of])
