"""From runs to table entries: means, intervals, what is missing, and what is bold."""

import dataclasses
import math
from typing import Dict, List, Optional, Set, Tuple

from eigenrnn.inference import means, student
from eigenrnn.results import Experiment, GridEntry, TableSpec, test_value

SIGNIFICANCE = 0.05


@dataclasses.dataclass
class Entry:
    """One metric of one initializer, cell and condition. Values are in the table's units."""

    row: str
    condition: str
    cell: str
    outside_definition: bool
    expected: int  # runs in the grid
    values: Dict[int, float] = dataclasses.field(default_factory=dict)  # by seed
    not_reached: int = 0  # finished, but the metric is null
    overflowed: int = 0  # finished, but the metric is too large for a number
    diverged: int = 0
    failed: int = 0
    bold: Optional[bool] = None  # None: undecided
    devices: Set[str] = dataclasses.field(default_factory=set)  # kinds that its runs ended on

    @property
    def n(self) -> int:
        return len(self.values)

    @property
    def finished(self) -> int:
        return self.n + self.not_reached + self.overflowed

    @property
    def unfinished(self) -> int:
        return self.expected - self.finished - self.diverged - self.failed

    @property
    def mean(self) -> Optional[float]:
        return means.mean_and_deviation(list(self.values.values()))[0] if self.values else None

    @property
    def half_width(self) -> Optional[float]:
        return student.half_width(list(self.values.values()))

    @property
    def competes(self) -> bool:
        """A mean over only those runs that reached a threshold, or that have a number, flatters: it is
        never the best."""
        return self.n > 0 and self.not_reached == 0 and self.overflowed == 0


def device_kind(result: dict) -> str:
    """What computed a run: "CPU", or the GPU's model where that is known."""
    facts = result.get("provenance") or {}
    gpu = facts.get("gpu") or {}
    on_cpu = str(facts.get("device", "cpu")).startswith("cpu")
    return str(gpu.get("name") or ("CPU" if on_cpu else "a GPU that is not recorded"))


def _entry(place: GridEntry, table: TableSpec, experiment: Experiment) -> Entry:
    entry = Entry(place.row, place.condition, place.cell, place.outside_definition, len(place.keys))
    for seed, key in sorted(place.keys.items()):
        result = experiment.results.get(key)
        if result is None:
            continue
        if result["status"] == "failed":
            entry.failed += 1
            continue
        entry.devices.add(device_kind(result))
        if result["status"] == "diverged":
            entry.diverged += 1
            continue
        value = test_value(result, table)
        if value is None:
            entry.not_reached += 1
        elif math.isinf(value):
            entry.overflowed += 1
        else:
            entry.values[seed] = value
    return entry


def _is_worse(entry: Entry, best: Entry, higher_is_better: bool) -> bool:
    """Does the paired test on the common seeds show `entry` to be worse than `best`?"""
    sign = 1.0 if higher_is_better else -1.0
    differences = [
        sign * (best.values[seed] - entry.values[seed])
        for seed in sorted(best.values)
        if seed in entry.values
    ]
    behind = means.mean_and_deviation(differences)[0] > 0.0
    return behind and student.paired_p(differences) < SIGNIFICANCE


def decide_bold(column: List[Entry], higher_is_better: bool) -> Optional[str]:
    """Sets `bold` in the entries of one cell and condition: the best mean, and all that are not
    shown to be worse. If nothing can be decided, leaves them undecided and returns why.
    """
    rivals = [entry for entry in column if entry.competes]
    if not rivals:
        return None  # nothing to choose from, which the entries themselves show
    if len(rivals) < 2:
        return "only one entry has a value to compare"
    choose = max if higher_is_better else min
    best = choose(rivals, key=lambda entry: entry.mean)  # the first row if two are equal
    for entry in rivals:
        if len(best.values.keys() & entry.values.keys()) < 2:
            return "fewer than two seeds in common with the best"
    for entry in column:
        entry.bold = entry is best or (
            entry.competes and not _is_worse(entry, best, higher_is_better)
        )
    return None


Place = Tuple[str, str, str]  # cell name, condition, row


def table_entries(
    experiment: Experiment, table: TableSpec
) -> Tuple[Dict[Place, Entry], Dict[str, Dict[str, List[str]]]]:
    """All entries of one metric, and why nothing is bold: reason → cell name → conditions."""
    grid = experiment.grid
    entries = {
        (place.cell, place.condition, place.row): _entry(place, table, experiment)
        for place in grid.entries
    }
    undecided: Dict[str, Dict[str, List[str]]] = {}
    for cell in grid.cells:
        for condition in grid.conditions:
            places = [(cell.name, condition, row) for row in grid.rows]
            column = [entries[place] for place in places if place in entries]
            reason = decide_bold(column, table.higher_is_better)
            if reason:
                undecided.setdefault(reason, {}).setdefault(cell.name, []).append(condition)
    return entries, undecided
