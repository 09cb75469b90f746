"""Of which rows a learning rate was searched, by the searches among a profile's experiments."""

from typing import Dict, FrozenSet, List, Tuple

from eigenrnn.results import Experiment

from . import rules

Rows = FrozenSet[Tuple[str, str]]  # cell, row


def _rows_of(experiment: Experiment) -> Rows:
    return frozenset((entry.cell, entry.row) for entry in experiment.grid.entries)


def _subject(search: str, names: List[str]) -> str:
    """The experiment that a search is for: learning_rates_pixel_mnist_gated is for pixel_mnist. Empty without it."""
    of = search[len(rules.SEARCH_PREFIX) :]
    return max((name for name in names if of == name or of.startswith(f"{name}_")), key=len, default="")


def unsearched_rows(everything: List[Experiment]) -> Dict[str, Rows]:
    """By experiment the cells and rows that its searches leave out; nothing for an experiment without a search, where
    all have one rate.
    """
    names = [e.grid.experiment for e in everything if not rules.is_search(e.grid.experiment)]
    searched: Dict[str, Rows] = {}
    for experiment in everything:
        name = experiment.grid.experiment
        if name.startswith(rules.SEARCH_PREFIX):
            subject = _subject(name, names)
            searched[subject] = searched.get(subject, frozenset()) | _rows_of(experiment)
    rows = {e.grid.experiment: _rows_of(e) for e in everything}
    return {name: rows[name] - searched[name] for name in names if name in searched}
