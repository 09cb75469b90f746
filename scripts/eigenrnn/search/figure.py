"""The curves of result against learning rate, drawn: a panel per cell, a line per initializer."""

from typing import List

from eigenrnn.figures import style
from eigenrnn.results import Experiment

from . import curve
from .choice import Choice


def picture(experiment: Experiment, choices: List[Choice]) -> style.Picture:
    grid, scale = experiment.grid, experiment.grid.tables[0].scale
    cells = [cell for cell in grid.cells if any(choice.cell == cell.name for choice in choices)]
    known = list(dict.fromkeys(choice.row for choice in choices))
    figure, axes = style.frame(
        (1, len(cells)),
        (2.6, 2.4),
        f"{grid.title}: result against learning rate",
        f"Mean {curve.label_of(experiment)} over problems and seeds; a run without a result counts as the worst. "
        "Ring: the rate that is chosen.",
        style.initializer_handles(known),
        sharey=True,
    )
    for place, cell in zip(axes[0], cells):
        place.set_title(cell.label)
        place.set_xscale("log")
        place.set_xlabel("learning rate")
        for choice in choices:
            if choice.cell != cell.name:
                continue
            look = style.initializer_style(choice.row, known)
            heights = {rate: mean * scale for rate, mean in choice.means.items()}
            place.plot(list(heights), list(heights.values()), markersize=3.5, **look)
            place.plot([choice.rate], [heights[choice.rate]], "o", mfc="none", mec=look["color"], ms=9)
    axes[0][0].set_ylabel(curve.label_of(experiment))
    return style.Picture(grid.experiment, figure, curve.rows(experiment, choices))
