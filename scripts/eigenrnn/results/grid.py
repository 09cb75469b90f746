"""table.json: everything that an experiment expects, and how its tables look."""

import dataclasses
import pathlib
from typing import Any, Dict, List, Optional

from . import facts
from .files import Broken, read_json


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


def _table(table: Dict[str, Any]) -> TableSpec:
    names = ("metric", "label", "higher_is_better", "scale", "digits")
    known = {name: table[name] for name in names}
    return TableSpec(**known, null_is_never=table["metric"] in facts.NULL_IS_NEVER)


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
            "tables": [_table(table) for table in record["tables"]],
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
