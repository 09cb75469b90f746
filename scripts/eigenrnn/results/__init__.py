"""What the runner wrote. One direction:

files.py       a file of JSON, or why it cannot be used
grid.py        table.json: what an experiment expects, how its tables look, what its metrics and cells are
archive.py     an experiment's results, loose in its folder or packed beside it
experiment.py  grid and results together
analyses.py    analyses of networks, loose or packed
"""

from .experiment import (
    OVERFLOW,
    RESERVED,
    Experiment,
    experiment_folders,
    read_experiment,
    test_value,
    validation_value,
)
from .files import UNUSABLE, Broken, read_json
from .grid import (
    CellSpec,
    CurveSpec,
    Grid,
    GridEntry,
    MetricSpec,
    Reference,
    TableSpec,
    TaskSpec,
    TrivialPredictor,
    read_grid,
)

__all__ = [
    "OVERFLOW",
    "RESERVED",
    "UNUSABLE",
    "Broken",
    "CellSpec",
    "CurveSpec",
    "Experiment",
    "Grid",
    "GridEntry",
    "MetricSpec",
    "Reference",
    "TableSpec",
    "TaskSpec",
    "TrivialPredictor",
    "experiment_folders",
    "read_experiment",
    "read_grid",
    "read_json",
    "test_value",
    "validation_value",
]
