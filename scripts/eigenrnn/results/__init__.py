"""What the runner wrote. One direction:

files.py       a file of JSON, or why it cannot be used
facts.py       what is known of metrics, tasks and cells by name
grid.py        table.json: what an experiment expects, and how its tables look
archive.py     an experiment's results, loose in its folder or packed beside it
experiment.py  grid and results together
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
from .grid import CellSpec, Grid, GridEntry, Reference, TableSpec, read_grid

__all__ = [
    "OVERFLOW",
    "RESERVED",
    "UNUSABLE",
    "Broken",
    "CellSpec",
    "Experiment",
    "Grid",
    "GridEntry",
    "Reference",
    "TableSpec",
    "experiment_folders",
    "read_experiment",
    "read_grid",
    "read_json",
    "test_value",
    "validation_value",
]
