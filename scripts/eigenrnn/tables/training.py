"""By what the runs of a table were trained, in a line: the optimizer, and the learning rate of each row."""

import dataclasses
from typing import Dict, List, Optional, Set, Tuple

from eigenrnn.results import Experiment


@dataclasses.dataclass(frozen=True)
class _Training:
    optimizer: str
    weight_decay: float
    learning_rate: float

    @property
    def method(self) -> str:
        decay = f" with weight decay {self.weight_decay:g}" if self.weight_decay else ""
        return f"{self.optimizer}{decay}"


def _found(experiment: Experiment) -> Dict[Tuple[str, str], Set[_Training]]:
    """By cell and row."""
    found: Dict[Tuple[str, str], Set[_Training]] = {}
    for entry in experiment.grid.entries:
        for key in entry.keys.values():
            if key not in experiment.results:
                continue
            settings = experiment.results[key]["spec"]["training"]
            training = _Training(*(settings[field.name] for field in dataclasses.fields(_Training)))
            found.setdefault((entry.cell, entry.row), set()).add(training)
    return found


def training_note(experiment: Experiment) -> Optional[str]:
    """None without results, and where a row was trained in several ways, as in a search."""
    found = _found(experiment)
    if not found or any(len(several) > 1 for several in found.values()):
        return None
    trainings = {place: next(iter(several)) for place, several in found.items()}
    methods = sorted({training.method for training in trainings.values()})
    rates = {training.learning_rate for training in trainings.values()}
    if len(rates) == 1:
        return f"Trained by {' and '.join(methods)} at a learning rate of {min(rates):g}."
    cells: List[str] = []
    for cell in experiment.grid.cells:
        rows = [row for row in experiment.grid.rows if (cell.name, row) in trainings]
        if rows:
            words = ", ".join(f"{row} {trainings[cell.name, row].learning_rate:g}" for row in rows)
            cells.append(f"{cell.label}: {words}")
    return f"Trained by {' and '.join(methods)}; learning rates, {'; '.join(cells)}."
