"""Result against learning rate of a search, as in the picture of scripts/eigenrnn/search/figure.py."""

from typing import Any, Dict, List, Optional

from eigenrnn.results import Broken, Experiment
from eigenrnn.search import curve
from eigenrnn.search.choice import Choice, choose_all
from eigenrnn.statistics.render import rounded


def _lines(experiment: Experiment, choices: List[Choice]) -> List[Dict[str, Any]]:
    cells = [cell.name for cell in experiment.grid.cells]
    rows = curve.rows(experiment, choices)
    numbers = ("mean", "lowest", "highest", "loss", "runs", "lost")
    return [
        {
            "cell": cells.index(choice.cell),
            "row": experiment.grid.rows.index(choice.row),
            "chosen": choice.rate,
            "edge": curve.edge_text(choice),
            "points": [
                {"rate": float(row["learning_rate"]), **{name: rounded(row[name]) for name in numbers}}
                for row in rows
                if (row["cell"], row["initializer"]) == (choice.cell, choice.row)
            ],
        }
        for choice in choices
    ]


def rates(experiment: Experiment) -> Optional[Dict[str, Any]]:
    """None where nothing has been searched; in the table's units."""
    grid = experiment.grid
    metric = grid.metrics[grid.tables[0].metric]
    record = {"label": curve.label_of(experiment), "logarithmic": metric.logarithmic, "lines": [], "problem": None}
    try:
        choices = choose_all(experiment)
    except Broken as error:
        return {**record, "problem": str(error)}
    return {**record, "lines": _lines(experiment, choices)} if choices else None
