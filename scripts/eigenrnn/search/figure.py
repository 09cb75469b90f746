"""The curves of result against learning rate, drawn: a panel per cell, a line per initializer; and where rows of an
initializer compete, a panel per cell and initializer, a line per row.
"""

from typing import Any, List

from eigenrnn.figures import style
from eigenrnn.results import Experiment

from . import curve
from .choice import Choice


def _draw(place: Any, choices: List[Choice], rows: List[str], scale: float) -> None:
    for choice in choices:
        look = style.initializer_style(choice.row, rows)
        heights = {rate: mean * scale for rate, mean in choice.means.items()}
        place.plot(list(heights), list(heights.values()), markersize=3.5, label=choice.row, **look)
        place.plot([choice.rate], [heights[choice.rate]], "o", mfc="none", mec=look["color"], ms=9)
    place.set_xscale("log")
    place.set_xlabel("learning rate")


def picture(experiment: Experiment, choices: List[Choice]) -> style.Picture:
    grid, scale = experiment.grid, experiment.grid.tables[0].scale
    cells = [cell for cell in grid.cells if any(choice.cell == cell.name for choice in choices)]
    rows = list(dict.fromkeys(choice.row for choice in choices))
    initializers = list(dict.fromkeys(choice.initializer for choice in choices))
    are_families = len(initializers) < len(rows)
    figure, axes = style.frame(
        (len(cells), len(initializers)) if are_families else (1, len(cells)),
        (2.3, 2.4) if are_families else (2.6, 2.4),
        f"{grid.title}: result against learning rate",
        f"Mean {curve.label_of(experiment)} over problems and seeds; a run without a result counts as the worst. "
        "Ring: the rate that is chosen" + (" for a row." if are_families else "."),
        [] if are_families else style.initializer_handles(rows),
        sharey=True,
    )
    for i, cell in enumerate(cells):
        of_cell = [choice for choice in choices if choice.cell == cell.name]
        if not are_families:
            _draw(axes[0][i], of_cell, rows, scale)
            axes[0][i].set_title(cell.label)
            continue
        for place, initializer in zip(axes[i], initializers):
            family = [choice for choice in of_cell if choice.initializer == initializer]
            _draw(place, family, [choice.row for choice in family], scale)
            place.set_title(f"{cell.label}, {initializer}")
            place.legend(fontsize=6, loc="best", framealpha=0.5)
    for row in axes:
        row[0].set_ylabel(curve.label_of(experiment))
    return style.Picture(grid.experiment, figure, curve.rows(experiment, choices))
