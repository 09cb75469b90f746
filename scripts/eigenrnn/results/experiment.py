"""Reads what the runner wrote. What is broken is named and left out; the rest goes on."""

import dataclasses
import math
import pathlib
import sys
from typing import Any, Dict, List, Optional

from . import archive
from .files import Broken, record
from .grid import Grid, TableSpec, read_grid

RESERVED = ("tables", "analysis", "figures", "report", "tensorboard")  # folders of a profile that others write
STATUSES = ("finished", "diverged", "failed")
OVERFLOW = "overflow"  # stands in a result for a number that is not finite


@dataclasses.dataclass
class Experiment:
    grid: Grid
    results: Dict[str, Dict[str, Any]]  # by key, only those that the grid names
    ignored: int  # results with a key that the grid does not name
    problems: List[str]  # a line for each broken file


def _check_value(value: Any, what: str) -> None:
    """Throws Broken."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if value in (None, OVERFLOW) or (is_number and abs(value) <= sys.float_info.max):
        return
    raise Broken(f"{what} is {value!r}, not a finite number, null or {OVERFLOW!r}")


def _check_curve(result: Dict[str, Any], grid: Grid) -> None:
    """Throws Broken if the value at the best epoch on validation could not be read."""
    epochs, best = result.get("epochs"), result["metrics"].get("best_epoch")
    if not isinstance(epochs, list):
        raise Broken("finished, but without epochs")
    if best is None:
        return
    if not isinstance(best, int) or not 1 <= best <= len(epochs):
        raise Broken(f"best_epoch is {best!r}, and there are {len(epochs)} epochs")
    record = epochs[best - 1]
    if not isinstance(record, dict) or not isinstance(record.get("validation"), dict):
        raise Broken(f"epoch {best} has no validation")
    for table in grid.tables:
        _check_value(record["validation"].get(table.metric), f"epoch {best}: {table.metric!r}")


def _check_result(result: Dict[str, Any], key: str, grid: Grid) -> None:
    """Throws Broken if a table could not be made from the result."""
    if result.get("key") != key:
        raise Broken(f"its key is {result.get('key')!r}, which is not its file's name")
    if result.get("status") not in STATUSES:
        raise Broken(f"status is {result.get('status')!r}; it must be one of {', '.join(STATUSES)}")
    if result["status"] != "finished":
        return
    metrics = result.get("metrics")
    if not isinstance(metrics, dict):
        raise Broken("finished, but without metrics")
    for table in grid.tables:
        if table.metric not in metrics:
            raise Broken(f"finished, but without the metric {table.metric!r}")
        _check_value(metrics[table.metric], f"metric {table.metric!r}")
    _check_curve(result, grid)


def read_experiment(folder: pathlib.Path) -> Experiment:
    """The grid and the results in results/<profile>/<experiment>. Throws Broken without a grid."""
    grid = read_grid(folder / "table.json")
    if grid.experiment != folder.name:
        raise Broken(f"it is the grid of {grid.experiment!r}, but its folder is {folder.name!r}")
    expected = {key for entry in grid.entries for key in entry.keys.values()}
    experiment = Experiment(grid, {}, 0, [])

    def note(place: str, reason: str) -> None:
        experiment.problems.append(f"{place}: {reason}")

    for key, place, value in archive.results(folder, note, expected):
        if key not in expected:
            experiment.ignored += 1
            continue
        try:
            result = record(value)
            _check_result(result, key, grid)
            experiment.results[key] = result
        except Broken as error:
            note(place, str(error))
    return experiment


def test_value(result: Dict[str, Any], table: TableSpec) -> Optional[float]:
    """Of a finished run, in the table's units; infinite if it overflowed, None if it never came to be.
    Results of earlier versions have null for an overflow, too."""
    value = result["metrics"].get(table.metric)
    if value == OVERFLOW or (value is None and not table.null_is_never):
        return math.inf
    return None if value is None else float(value) * table.scale


def validation_value(result: Dict[str, Any], metric: str) -> Optional[float]:
    """At the best epoch; None if there is none, if it overflowed, or if the metric is not validated."""
    best = result["metrics"].get("best_epoch") if result["metrics"] else None
    if result["status"] != "finished" or best is None:
        return None
    value = result["epochs"][best - 1]["validation"].get(metric)
    return None if value == OVERFLOW else value


def experiment_folders(profile: pathlib.Path) -> List[pathlib.Path]:
    """The folders of a profile that hold a grid or results, or have an archive beside them, in order."""
    archived = {path.name[: -len(archive.ENDING)] for path in profile.glob(f"*{archive.ENDING}")}
    loose = {path.name for path in profile.iterdir() if path.is_dir() and any(path.glob("*.json"))}
    return [profile / name for name in sorted((archived | loose) - set(RESERVED))]
