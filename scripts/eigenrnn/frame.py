"""Results as a pandas DataFrame."""

import pathlib
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Union

from .results import (
    OVERFLOW,
    Broken,
    Experiment,
    experiment_folders,
    read_experiment,
    validation_value,
)

if TYPE_CHECKING:
    import pandas


def _number(value: Any) -> Any:
    return float("inf") if value == OVERFLOW else value


def _rows(experiment: Experiment, folder: pathlib.Path) -> Iterator[Dict[str, Any]]:
    for entry in experiment.grid.entries:
        for seed, key in entry.keys.items():
            result = experiment.results.get(key)
            row: Dict[str, Any] = {
                "key": key,
                "experiment": folder.name,
                "profile": folder.parent.name,
                "condition": entry.condition,
                "cell": entry.cell,
                "initializer": entry.row,
                "seed": int(seed),
                "status": "not yet" if result is None else result["status"],
            }
            if result is not None:
                row["learning_rate"] = result["spec"]["training"]["learning_rate"]
                row["seconds"] = result["timing"]["seconds"]
                metrics = result.get("metrics") or {}
                row.update({name: _number(value) for name, value in metrics.items()})
                for table in experiment.grid.tables:
                    value = validation_value(result, table.metric)
                    if value is not None:
                        row[f"validation_{table.metric}"] = value
            yield row


def load(results: Union[str, pathlib.Path] = "results/cpu") -> "pandas.DataFrame":
    """One row per run of a profile's folder, or of one experiment in it, loose or packed. A run that two experiments
    have in common is a row of each, under the same key.

    Columns: key, experiment, profile, condition, cell, initializer (the row's label), seed, status (finished, diverged,
    failed, or "not yet" for a run that the grid expects and nobody made); then of those that were made learning_rate,
    seconds, every metric on test under its own name, in its own unit (an accuracy from 0 to 1), infinite where it
    overflowed, and `validation_…` of those that tables show, at the best epoch.

    Throws FileNotFoundError if there are no results, and ValueError naming the file if one cannot be used.
    """
    import pandas

    place = pathlib.Path(results)
    if (place / "table.json").is_file():
        folders = [place]
    elif place.is_dir():
        folders = [folder for folder in experiment_folders(place) if (folder / "table.json").is_file()]
    else:
        folders = []
    if not folders:
        raise FileNotFoundError(
            f"{place} has no results: it must be a profile's folder, as results/cpu, or an experiment's in it"
        )
    rows: List[Dict[str, Any]] = []
    for folder in folders:
        try:
            experiment = read_experiment(folder)
        except Broken as error:
            raise ValueError(str(error)) from error
        if experiment.problems:
            raise ValueError(f"{folder}: {experiment.problems[0]}")
        rows += _rows(experiment, folder)
    return pandas.DataFrame(rows)
