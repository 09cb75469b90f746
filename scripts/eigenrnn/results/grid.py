"""table.json: everything that an experiment expects, and how its tables look."""

import dataclasses
import pathlib
from typing import Any, Dict, List, Optional

from .files import Broken, read_json


@dataclasses.dataclass(frozen=True)
class TrivialPredictor:
    """What is reached without learning. A run is successful if it beats that clearly."""

    value: float  # of the metric, unscaled
    why: str
    # For a share of right answers None: better than chance by the binomial law. For a loss the
    # factor of `value` that a successful run stays below.
    margin: Optional[float]


@dataclasses.dataclass(frozen=True)
class MetricSpec:
    """All that the task says of one of its metrics, whether a table shows it or not."""

    name: str
    label: str
    higher_is_better: bool
    scale: float
    logarithmic: bool  # the axis of its curve
    null_is_never: bool  # a finished run may not get to have it
    # Where there is none, no share of successful runs is given, and runs that diverged are left out
    # of the comparisons and counted.
    trivial: Optional[TrivialPredictor]


@dataclasses.dataclass(frozen=True)
class CurveSpec:
    """What the results' epochs hold besides the metrics on validation."""

    name: str  # in an epoch
    label: str
    logarithmic: bool


@dataclasses.dataclass(frozen=True)
class TaskSpec:
    """What the experiment's task is called, and by which figures group it."""

    name: str
    label: str  # as a heading
    phrase: str  # in a sentence
    kind: Optional[str]  # of its answers: "regression", "classification", …


@dataclasses.dataclass(frozen=True)
class TableSpec:
    """One metric that the experiment tabulates; a table shows metric × scale."""

    metric: str
    label: str
    higher_is_better: bool
    scale: float
    digits: int
    null_is_never: bool  # the run never got there: such metrics are summarised by medians, not compared


@dataclasses.dataclass(frozen=True)
class CellSpec:
    name: str
    label: str
    gates: Dict[str, str]  # its recurrent blocks with what they are called, in the order shown


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
    task: Optional[TaskSpec]  # None where an older program wrote the file
    tables: List[TableSpec]
    metrics: Dict[str, MetricSpec]  # by name
    curves: List[CurveSpec]
    cells: List[CellSpec]
    conditions: List[str]
    rows: List[str]
    entries: List[GridEntry]
    references: List[Reference]


def _fields(record: Dict[str, Any], kind: type) -> Any:
    return kind(**{field.name: record[field.name] for field in dataclasses.fields(kind)})


def _metric(record: Dict[str, Any]) -> MetricSpec:
    trivial = record["trivial"]
    return _fields({**record, "trivial": trivial and _fields(trivial, TrivialPredictor)}, MetricSpec)


def _table(table: Dict[str, Any], metrics: Dict[str, MetricSpec]) -> TableSpec:
    metric = table["metric"]
    if metric not in metrics:
        raise Broken(f"a table shows {metric!r}, which is none of the metrics {list(metrics)}")
    return _fields({**table, "null_is_never": metrics[metric].null_is_never}, TableSpec)


def _cell(record: Dict[str, Any]) -> CellSpec:
    gates = {gate["name"]: gate["label"] for gate in record["gates"]}
    return _fields({**record, "gates": gates}, CellSpec)


def _check_age(record: Dict[str, Any]) -> None:
    """Throws Broken if an older program wrote it, without the facts on metrics and gates."""
    absent = [name for name in ("metrics", "curves") if name not in record]
    absent += ["cells/gates" for cell in record["cells"][:1] if "gates" not in cell]
    if absent:
        raise Broken(
            f"lacks {', '.join(absent)}, as an older program wrote it; "
            f"write it again with: {record['command']}"
        )


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
        _check_age(record)
        metrics = {metric["name"]: _metric(metric) for metric in record["metrics"]}
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
            "task": _fields(record["task"], TaskSpec) if "task" in record else None,
            "metrics": metrics,
            "curves": [_fields(curve, CurveSpec) for curve in record["curves"]],
            "tables": [_table(table, metrics) for table in record["tables"]],
            "cells": [_cell(cell) for cell in record["cells"]],
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
