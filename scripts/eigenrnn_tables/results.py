"""Reads what the runner wrote. What is broken is named and left out; the rest goes on."""

import dataclasses
import json
import math
import pathlib
import sys
from typing import Any, Dict, List, Optional

SCHEMA = 1
NOT_EXPERIMENTS = ("tables", "analysis", "figures", "report")  # folders of a profile that others write
STATUSES = ("finished", "diverged", "failed")
OVERFLOW = "overflow"  # stands in a result for a number that is not finite

# Metrics whose null means "never". A mean over the rest would flatter: they are summarised by medians,
# and not compared.
CENSORED = ("epochs_to_threshold",)


class Broken(Exception):
    """A file that cannot be used; the text says why."""


# What a script may meet in results that are not as the schema says. It costs their experiment alone.
UNUSABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


@dataclasses.dataclass(frozen=True)
class TableSpec:
    """One metric that the experiment tabulates; a table shows metric × scale."""

    metric: str
    label: str
    higher_is_better: bool
    scale: float
    digits: int


@dataclasses.dataclass(frozen=True)
class CellSpec:
    name: str
    label: str


@dataclasses.dataclass(frozen=True)
class GridEntry:
    """One place of the grid, with the key of each of its runs by seed."""

    row: str
    condition: str
    cell: str
    outside_definition: bool
    keys: Dict[int, str]


@dataclasses.dataclass(frozen=True)
class Reference:
    """A published number in the table's units; no value is a place still to be filled in."""

    metric: str
    condition: str
    cell: Optional[str]
    row: Optional[str]
    label: str
    value: Optional[float]
    citation: str
    note: str


@dataclasses.dataclass(frozen=True)
class Grid:
    """table.json: everything that the experiment expects."""

    experiment: str
    profile: str
    title: str
    caption: str
    command: str
    tables: List[TableSpec]
    cells: List[CellSpec]
    conditions: List[str]
    rows: List[str]
    entries: List[GridEntry]
    references: List[Reference]


@dataclasses.dataclass
class Experiment:
    grid: Grid
    results: Dict[str, Dict[str, Any]]  # by key, only those that the grid names
    ignored: int  # results with a key that the grid does not name
    problems: List[str]  # a line for each broken file


def _reject_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def decoded(path: pathlib.Path) -> Any:
    """A file's JSON; a byte order mark is skipped, as the program does. Throws OSError, ValueError."""
    return json.loads(path.read_text(encoding="utf-8-sig"), parse_constant=_reject_constant)


def read_json(path: pathlib.Path) -> Dict[str, Any]:
    """The object in a file. Throws Broken."""
    try:
        value = decoded(path)
    except OSError as error:
        raise Broken(error.strerror or str(error)) from error
    except (ValueError, RecursionError) as error:  # JSON and UTF-8 alike
        raise Broken(f"not valid JSON: {error}") from error
    if not isinstance(value, dict):
        raise Broken("not a JSON object")
    if value.get("schema") != SCHEMA:
        raise Broken(f"schema is {value.get('schema')!r}; this script reads schema {SCHEMA}")
    return value


def _fields(record: Dict[str, Any], kind: type) -> Any:
    return kind(**{field.name: record[field.name] for field in dataclasses.fields(kind)})


def _check_places(grid: Grid) -> None:
    """Throws Broken if an entry stands nowhere, or two in the same place."""
    seen = set()
    for entry in grid.entries:
        place = (entry.cell, entry.condition, entry.row)
        lists = ([cell.name for cell in grid.cells], grid.conditions, grid.rows)
        for value, known in zip(place, lists):
            if value not in known:
                raise Broken(f"an entry names {value!r}, which is none of {known}")
        if place in seen:
            raise Broken(f"two entries for {place}")
        seen.add(place)


def read_grid(path: pathlib.Path) -> Grid:
    """Throws Broken."""
    record = read_json(path)
    try:
        entries = [
            GridEntry(
                row=entry["row"],
                condition=entry["condition"],
                cell=entry["cell"],
                outside_definition=entry["outside_definition"],
                keys={run["seed"]: run["key"] for run in entry["runs"]},
            )
            for entry in record["entries"]
        ]
        lists = {
            "tables": [_fields(table, TableSpec) for table in record["tables"]],
            "cells": [_fields(cell, CellSpec) for cell in record["cells"]],
            "references": [_fields(reference, Reference) for reference in record["references"]],
            "entries": entries,
        }
        grid = _fields({**record, **lists}, Grid)
        _check_places(grid)
        return grid
    except KeyError as error:
        raise Broken(f"lacks {error}; see docs/table.schema.json") from error
    except (TypeError, AttributeError, ValueError) as error:
        raise Broken(f"{error}; see docs/table.schema.json") from error


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
    for path in sorted(folder.glob("*.json")):
        if path.name == "table.json":
            continue
        if path.stem not in expected:
            experiment.ignored += 1
            continue
        try:
            result = read_json(path)
            _check_result(result, path.stem, grid)
            experiment.results[path.stem] = result
        except Broken as error:
            experiment.problems.append(f"{path}: {error}")
    return experiment


def test_value(result: Dict[str, Any], table: TableSpec) -> Optional[float]:
    """Of a finished run, in the table's units; infinite if it overflowed, None if it never came to be.
    Results of earlier versions have null for an overflow, too."""
    value = result["metrics"].get(table.metric)
    if value == OVERFLOW or (value is None and table.metric not in CENSORED):
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
    """The folders of a profile that hold a grid or results, in order."""
    return [
        folder
        for folder in sorted(profile.iterdir())
        if folder.is_dir() and folder.name not in NOT_EXPERIMENTS and any(folder.glob("*.json"))
    ]
