"""Modes of the linear model: how long each lasts, and where the energy is."""

import math
from typing import Any, Dict, Iterator, List

from eigenrnn.results import TaskSpec

from . import style
from .study import MOMENTS, Run, Study

NAME = "modes"
SUMMARY = "modes of the linear model: time constants, by number and by energy"
NEEDS_ANALYSES = True

# Bins of the time constant in steps: four a decade, and one each for what lies beyond.
EDGES = tuple(10 ** (i / 4) for i in range(-2, 13))
LABELS = ("shorter", *(f"{low:.3g} to {high:.3g}" for low, high in zip(EDGES, EDGES[1:])),
          "longer", "growing")  # fmt: skip
_APART = (len(LABELS) - 0.8, len(LABELS) + 3.4)  # where "longer" and "growing" stand
_SHARES = ("modes", "energy")


def bin_of(mode: Dict[str, Any]) -> int:
    """Where a mode belongs among LABELS. Near |λ| = 1 it lasts, whichever side rounding put it on;
    beyond, it grows."""
    constant = mode["time_constant"]
    if constant is None or constant < -EDGES[-1]:
        return len(LABELS) - 2
    if constant < 0:
        return len(LABELS) - 1
    return sum(constant >= edge for edge in EDGES)


def shares(runs: List[Run], moment: str) -> Dict[str, List[float]]:
    """By bin the share of the modes and of their energy, as the mean over runs. Empty if none has
    modes. Energies of a run are relative to their sum over its modes."""
    totals = {name: [0.0] * len(LABELS) for name in _SHARES}
    count = 0
    for run in runs:
        modes = ((run.analyses.get(moment) or {}).get("modes") or {}).get("list") or []
        energies = [mode["energy"] for mode in modes]
        if not modes or None in energies or sum(energies) <= 0:
            continue
        count += 1
        for mode in modes:
            totals["modes"][bin_of(mode)] += 1 / len(modes)
            totals["energy"][bin_of(mode)] += mode["energy"] / math.fsum(energies)
    return {name: [v / count for v in values] for name, values in totals.items()} if count else {}


def rows_of(study: Study, cell: str) -> List[Dict[str, Any]]:
    rows = []
    for moment, words in MOMENTS.items():
        for task in study.tasks():
            for initializer in study.initializers:
                runs = study.select(task=task, cell=cell, initializer=initializer)
                found = shares(runs, moment)
                for i, label in enumerate(LABELS if found else ()):
                    rows.append(
                        {
                            "cell": cell,
                            "moment": words,
                            "task": task.name,
                            "initializer": initializer,
                            "time_constant": label,
                            "share_of_modes": found["modes"][i],
                            "share_of_energy": found["energy"][i],
                        }
                    )
    return rows


def _draw_panel(axes: Any, study: Study, rows: List[Dict[str, Any]], share: str) -> None:
    """Outlines of the histograms, since bars would hide one another; the bins that are no interval
    stand apart on the right, the initializers side by side."""
    bins = len(LABELS) - 2
    for order, name in enumerate(study.initializers):
        values = [row[f"share_of_{share}"] for row in rows if row["initializer"] == name]
        if values:
            look = style.initializer_style(name, study.initializers)
            linestyle = look.pop("linestyle")
            look.update(markersize=3.4, zorder=3 + 0.1 * order)
            axes.plot(range(bins), values[:bins], linewidth=1.2, drawstyle="steps-mid",
                      linestyle=linestyle, markevery=(order, 4), **look)  # fmt: skip
            aside = 0.45 * (order - (len(study.initializers) - 1) / 2)
            places = [place + aside for place in _APART]
            axes.plot(places, values[bins:], linestyle="none", **look)
    if not rows:
        style.say_no_data(axes)
    decades = [0, 4, 8]  # of the exponents in EDGES
    axes.set_xticks([i + 2 + 0.5 for i in decades] + list(_APART))
    axes.set_xticklabels([f"{10 ** (i // 4):g}" for i in decades] + ["∞", "grows"])
    axes.axvline(bins - 0.3, color=style.GREY, linewidth=0.8)
    axes.set_xlim(-0.6, _APART[1] + 2)
    axes.set_ylim(-0.03, 1.03)


def picture(study: Study, cell: str, tasks: List[TaskSpec], rows: Any) -> style.Picture:
    figure, axes = style.frame(
        (2 * len(MOMENTS), len(tasks)),
        (1.78, 1.3),
        f"Modes of the linear model of {study.cells[cell]}: how long they last, and which hold the "
        "energy",
        "Time constant −1/ln|λ| of the eigenvalues λ of W; ∞: more than 1000 steps to shrink or to "
        "grow e-fold; grows: it does in fewer. Mean over runs of the share of modes, and of the "
        "energy mean |c|² of the task's input in them.",
        style.initializer_handles(study.initializers),
        sharex=True,
        sharey=True,
    )
    for m, words in enumerate(MOMENTS.values()):
        for s, share in enumerate(_SHARES):
            for t, task in enumerate(tasks):
                panel = axes[2 * m + s][t]
                mine = [r for r in rows if (r["moment"], r["task"]) == (words, task.name)]
                _draw_panel(panel, study, mine, share)
                if m == s == 0:
                    panel.set_title(task.label, weight="bold")
                if t == 0:
                    panel.set_ylabel(f"{words}\nshare of {share}")
                if (m, s) == (len(MOMENTS) - 1, 1):
                    panel.set_xlabel("time constant (steps)")
    return style.Picture(f"{NAME}_{cell}", figure, rows)


def pictures(study: Study) -> Iterator[Any]:
    for cell in study.cells:
        rows = rows_of(study, cell)
        if rows:  # only a cell with an activation has the linear model
            yield picture(study, cell, study.tasks(), rows)
