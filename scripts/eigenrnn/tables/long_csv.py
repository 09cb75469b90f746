"""CSV in long form, for further analysis: values in full, a line per table entry."""

import csv
import io
from typing import Optional

from .layout import Document

COLUMNS = [
    "experiment",
    "profile",
    "metric",
    "cell",
    "condition",
    "initializer",
    "mean",  # in the table's units, like everything that follows from values
    "half_width",  # of the 95 % confidence interval, six digits: more depend on SciPy's version
    "n",
    "expected",
    "diverged",
    "failed",
    "unfinished",
    "not_reached",
    "overflow",
    "outside_definition",
    "bold",  # yes, no, or empty where nothing could be decided
    "seeds",  # seed=value, separated by spaces
    "published",
    "citation",
]


def _number(value: Optional[float]) -> str:
    return "" if value is None else repr(float(value))


def _rounded(value: Optional[float]) -> str:
    return "" if value is None else repr(float(f"{value:.6g}"))


def _yes_no(value: Optional[bool]) -> str:
    return {None: "", True: "yes", False: "no"}[value]


def render(document: Document) -> str:
    grid = document.experiment.grid
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for section in document.sections:
        for block in section.blocks:
            for entry in block.entries:
                references = [
                    r
                    for r in grid.references
                    if (r.metric, r.cell, r.condition, r.row)
                    == (block.table.metric, entry.cell, entry.condition, entry.row)
                ]
                writer.writerow(
                    [
                        grid.experiment,
                        grid.profile,
                        block.table.metric,
                        entry.cell,
                        entry.condition,
                        entry.row,
                        _number(entry.mean),
                        _rounded(entry.half_width),
                        entry.n,
                        entry.expected,
                        entry.diverged,
                        entry.failed,
                        entry.unfinished,
                        entry.not_reached,
                        entry.overflowed,
                        _yes_no(entry.outside_definition),
                        _yes_no(entry.bold),
                        " ".join(f"{seed}={_number(v)}" for seed, v in entry.values.items()),
                        "; ".join(_number(r.value) for r in references),
                        "; ".join(r.citation for r in references),
                    ]
                )
    return stream.getvalue()
