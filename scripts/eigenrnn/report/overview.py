"""What the page shows at once, kept small: names by their index, values with six digits."""

import collections
import math
from typing import Any, Dict, List, Optional, Tuple

from eigenrnn import palette
from eigenrnn.results import OVERFLOW, Experiment, Grid, GridEntry, TableSpec, test_value
from eigenrnn.statistics import document as statistics
from eigenrnn.statistics import render, rules
from eigenrnn.statistics.comparisons import ALL_CONDITIONS, Comparison
from eigenrnn.statistics.values import initializer_names, task_name
from eigenrnn.tables.entries import Entry, table_entries
from eigenrnn.tables.layout import entry_text, make_document
from eigenrnn.text import duration

from .conditions import condition_labels
from .forest import forest
from .rates import rates

STATUSES = ["finished", "diverged", "failed", "missing"]  # the page knows them by index


def chunk_name(experiment: Experiment, cell: str, condition: str) -> str:
    """Of the file with the details of the runs of one cell and condition."""
    cells = [c.name for c in experiment.grid.cells]
    return (
        f"{experiment.grid.experiment}-{cells.index(cell)}-"
        f"{experiment.grid.conditions.index(condition)}"
    )


def _entry(entry: Entry, table: TableSpec, usual_n: int) -> Dict[str, Any]:
    text = entry_text(entry, table.digits, usual_n)
    return {
        "mean": render.rounded(entry.mean),
        "text": text.main,
        "detail": text.detail,
        "bold": text.bold,
    }


def _gain(comparison: Optional[Comparison], table: TableSpec) -> Optional[Dict[str, Any]]:
    """None: it is compared with itself, or there is nothing to compare with."""
    if comparison is None or comparison.mean is None:
        return None
    text = statistics.gain_text(comparison, table.digits, comparison.n)
    return {
        "mean": render.rounded(comparison.mean),
        "text": text.main,
        "p": render.rounded(comparison.p_holm),
        "outcome": comparison.outcome,
        "rival": comparison.rival,
        "n": comparison.n,
    }


class _Gains:
    """The comparisons of a document, by where they stand."""

    def __init__(self, document: statistics.Document, experiment: Experiment) -> None:
        self.found: Dict[tuple, Comparison] = {}
        only = experiment.grid.conditions[0] if len(experiment.grid.conditions) == 1 else None
        for values, against, family in document.families:
            if values.experiment is not experiment:
                continue
            for c in family.comparisons:
                start = (values.table.metric, against, c.cell)
                self.found[(*start, c.condition, c.row)] = c
                if only is not None:  # the mean over one condition is that condition
                    self.found[(*start, only, c.row)] = c

    def of(
        self, table: TableSpec, cell: str, condition: str, row: str
    ) -> List[Optional[Dict[str, Any]]]:
        """On Xavier and on the best baseline."""
        place = (cell, condition, row)
        kinds = (rules.REFERENCE, "best baseline")
        return [_gain(self.found.get((table.metric, kind, *place)), table) for kind in kinds]


def _quantity(name: str, label: str, scale: float, is_logarithmic: bool) -> Dict[str, Any]:
    return {"name": name, "label": label, "scale": scale, "logarithmic": is_logarithmic}


def quantities(experiment: Experiment) -> List[Dict[str, Any]]:
    """What there are learning curves of, with the tables' units and the scale of the axis."""
    grid = experiment.grid
    results = experiment.results.values()
    found = []
    for name in sorted({name for result in results for e in result["epochs"][:1] for name in e["validation"]}):
        metric = grid.metrics.get(name)
        if metric is None:
            found.append(_quantity(f"validation {name}", f"validation {name}", 1.0, False))
            continue
        # A metric and the loss may be the same error.
        label = f"loss ({metric.label})" if name == "loss" else metric.label
        found.append(_quantity(f"validation {name}", f"validation {label}", metric.scale, metric.logarithmic))
    return found + [_quantity(curve.label, curve.label, 1.0, curve.logarithmic) for curve in grid.curves]


def _order(grid: Grid, place: GridEntry) -> Tuple[int, int, int]:
    """As in the tables."""
    cells = [cell.name for cell in grid.cells]
    return (
        cells.index(place.cell),
        grid.conditions.index(place.condition),
        grid.rows.index(place.row),
    )


def _value(result: Optional[dict], table: TableSpec) -> Any:
    """A number without the table's scale, "overflow", or null."""
    if result is None or result["status"] != "finished":
        return None
    value = test_value(result, table)
    if value is not None and math.isinf(value):
        return OVERFLOW
    return render.rounded(result["metrics"][table.metric])


def _experiment(experiment: Experiment, document: statistics.Document) -> Dict[str, Any]:
    grid = experiment.grid
    usual_n = make_document(experiment).usual_n
    gains = _Gains(document, experiment)
    tables = [table_entries(experiment, table)[0] for table in grid.tables]
    cells = [cell.name for cell in grid.cells]
    places = []
    for place in sorted(grid.entries, key=lambda place: _order(grid, place)):
        key = (place.cell, place.condition, place.row)
        runs = []
        for seed, run_key in sorted(place.keys.items()):
            result = experiment.results.get(run_key)
            status = STATUSES.index(result["status"] if result else "missing")
            runs.append([seed, run_key, status, *(_value(result, t) for t in grid.tables)])
        places.append(
            {
                "cell": cells.index(place.cell),
                "condition": grid.conditions.index(place.condition),
                "row": grid.rows.index(place.row),
                "outside": place.outside_definition,
                "entries": [_entry(e[key], t, usual_n) for e, t in zip(tables, grid.tables)],
                "gains": [gains.of(table, *key) for table in grid.tables],
                "runs": runs,
            }
        )
    means = [
        {"cell": c, "row": r, "gains": [gains.of(t, cell, ALL_CONDITIONS, row) for t in grid.tables]}
        for c, cell in enumerate(cells)
        for r, row in enumerate(grid.rows)
    ]
    names, looks = initializer_names(experiment), palette.of_rows(grid.rows)
    return {
        "name": grid.experiment,
        "title": grid.title,
        "caption": grid.caption,
        "command": grid.command,
        "task": task_name(experiment),
        "label": grid.task.label if grid.task else grid.experiment,
        "search": rules.is_search(grid.experiment),
        "rates": rates(experiment) if rules.is_search(grid.experiment) else None,
        "quantities": quantities(experiment),
        "tables": [vars(t) for t in grid.tables],
        "metrics": {
            name: {"label": metric.label, "scale": metric.scale, "never": metric.null_is_never}
            for name, metric in grid.metrics.items()
        },
        "cells": [{"name": cell.name, "label": cell.label} for cell in grid.cells],
        "conditions": grid.conditions,
        "condition_labels": condition_labels(experiment),
        "rows": [{"label": row, "initializer": names[row], **looks[row]} for row in grid.rows],
        "places": places,
        "means": means,  # of the gains, over the conditions
    }


def _machine(experiments: List[Experiment]) -> Dict[str, Any]:
    results = [result for e in experiments for result in e.results.values()]
    facts = [result["provenance"] for result in results]
    commits = {f["commit"][:12] + (", changed" if f["dirty"] else "") for f in facts}
    return {
        "commits": sorted(commits),
        "devices": sorted(
            {f"{(f.get('gpu') or f).get('name', f['device'])} ({f['cpu']})" for f in facts}
        ),
        "libtorch": sorted({f["libtorch"] for f in facts}),
        "duration": duration(sum(result["timing"]["seconds"] for result in results)),
        "statuses": dict(collections.Counter(result["status"] for result in results)),
    }


def overview(experiments: List[Experiment], document: statistics.Document) -> Dict[str, Any]:
    record = render.verdicts_record(document)
    planned = {name: place for place, name in enumerate(document.plan.experiments)}
    return {
        "profile": document.profile,
        **{name: record[name] for name in ("question", "proposal", "alpha", "answers", "summary")},
        "forests": [forest(document, answer) for answer in document.answers],
        "method": statistics.method(document.plan),
        # Those that vary a task after those that are named for it, in the plan's order; searches last.
        "experiments": sorted(
            (_experiment(experiment, document) for experiment in experiments),
            key=lambda e: (e["search"], e["name"] != e["task"], planned.get(e["name"], len(planned))),
        ),
        "machine": _machine(experiments),
    }
