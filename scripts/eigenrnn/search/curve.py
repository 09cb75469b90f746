"""The whole curve of validation result against learning rate, of every cell and initializer."""

import csv
import io
from typing import Any, Dict, List

from eigenrnn.results import Experiment
from eigenrnn.tables import markdown
from eigenrnn.text import number, one_line

from .choice import Choice

LOSS_DIGITS = 3


def label_of(experiment: Experiment) -> str:
    return one_line(experiment.grid.tables[0].label).replace("test ", "validation ")


def rows(experiment: Experiment, choices: List[Choice]) -> List[Dict[str, Any]]:
    """One per cell, initializer and rate, in the table's units; mean, lowest and highest are over problems
    and seeds."""
    scale = experiment.grid.tables[0].scale
    return [
        {
            "cell": choice.cell,
            "initializer": choice.row,
            "learning_rate": repr(rate),
            "mean": mean * scale,
            "lowest": min(choice.values[rate]) * scale,
            "highest": max(choice.values[rate]) * scale,
            "loss": choice.losses[rate],
            "runs": len(choice.values[rate]),
            "lost": choice.lost[rate],
            "chosen": "yes" if rate == choice.rate else "",
        }
        for choice in choices
        for rate, mean in choice.means.items()
    ]


def csv_text(experiment: Experiment, choices: List[Choice]) -> str:
    found = rows(experiment, choices)
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(found[0]) if found else [], lineterminator="\n")
    writer.writeheader()
    for row in found:
        writer.writerow({key: f"{v:.6g}" if isinstance(v, float) else v for key, v in row.items()})
    return stream.getvalue()


def _place(choice: Choice, rate: float, scale: float, digits: int) -> str:
    if rate not in choice.means:
        return ""
    text = number(choice.means[rate] * scale, digits)
    loss = choice.losses[rate]
    details = [f"loss {number(loss, LOSS_DIGITS)}"] if choice.tied and loss is not None else []
    details += [f"{choice.lost[rate]} lost"] if choice.lost[rate] else []
    text = f"**{text}**" if rate == choice.rate else text
    return f"{text} ({', '.join(details)})" if details else text


def edge_text(choice: Choice) -> str:
    """What to do about a choice at the edge; empty where there is nothing to do."""
    return f"extend the search to {' and '.join(map(repr, choice.next_rates))}" if choice.at_edge else ""


def markdown_text(experiment: Experiment, choices: List[Choice]) -> str:
    grid, metric = experiment.grid, experiment.grid.tables[0]
    better = "higher" if metric.higher_is_better else "lower"
    lines = [
        f"# {markdown.escape(grid.title)} (profile {markdown.escape(grid.profile)}): result against rate",
        "",
        f"Mean {markdown.escape(label_of(experiment))} by learning rate, over problems and seeds; {better} is better. "
        "Bold: chosen. Of equal means, which show their loss, the lower validation loss decides.",
        "",
    ]
    for cell in grid.cells:
        mine = [choice for choice in choices if choice.cell == cell.name]
        rates = sorted({rate for choice in mine for rate in choice.means})
        table = [["initializer", *map(repr, rates), "at the edge"]]
        for choice in mine:
            places = [_place(choice, rate, metric.scale, metric.digits) for rate in rates]
            table.append([markdown.escape(choice.row), *places, edge_text(choice)])
        if mine:
            lines += [f"## {markdown.escape(cell.label)}", "", *markdown.aligned(table), ""]
    return "\n".join(lines)
