"""What a table says, in words and numbers, whatever it is written in."""

import collections
import dataclasses
from typing import Dict, Iterable, List, Optional, Tuple

from eigenrnn.results import OVERFLOW, CellSpec, Experiment, Reference, TableSpec
from eigenrnn.text import duration, number

from .entries import Entry, table_entries
from .training import training_note

NOT_YET = "…"  # no run of this entry has ended
NOTHING = "—"  # runs have ended, but none gave a value; or a place to be filled in
DAGGER = "†"
PUBLISHED = ", published"  # ends the title of a column of others' numbers


@dataclasses.dataclass
class Text:
    """One place of a table: `main` may be bold, `detail` is what stands in brackets after it."""

    main: str
    bold: bool = False
    dagger: bool = False
    detail: str = ""


@dataclasses.dataclass
class Block:
    """One cell's table of one metric: initializers × conditions."""

    table: TableSpec
    cell: CellSpec
    header: List[str]
    rows: List[List[Text]]  # the first is the initializer
    entries: List[Entry]
    undecided: Dict[str, List[str]]  # why nothing is bold → conditions
    citations: List[str]  # keys used, in order


@dataclasses.dataclass
class Section:
    """One metric."""

    table: TableSpec
    heading: str
    blocks: List[Block]
    others: List[str]  # published values that belong to no row here


@dataclasses.dataclass
class Document:
    """One experiment."""

    experiment: Experiment
    usual_n: int  # runs of most entries; what differs is said in the entry
    sections: List[Section]
    citations: Dict[str, str]  # key → source
    footer: List[str]

    @property
    def title(self) -> str:
        return f"{self.experiment.grid.title} (profile {self.experiment.grid.profile})"

    def source(self, key: str) -> str:
        return f"{key} {self.citations[key]}"


class Citations:
    """Numbers sources in the order in which they first appear."""

    def __init__(self) -> None:
        self.sources: Dict[str, str] = {}

    def key(self, reference: Reference) -> str:
        parts = [reference.citation.rstrip("."), reference.note.rstrip(".")]
        source = " ".join(f"{part}." for part in parts if part)
        for key, known in self.sources.items():
            if known == source:
                return key
        key = f"[{len(self.sources) + 1}]"
        self.sources[key] = source
        return key


def published(reference: Reference, table: TableSpec) -> str:
    """A published value with all the digits that it was published with."""
    if reference.value is None:
        return NOTHING
    if abs(reference.value) >= 1e6:
        return f"{reference.value:.15g}"
    decimals = f"{reference.value:.10f}".rstrip("0").partition(".")[2]
    return number(reference.value, max(table.digits, len(decimals)))


def _detail(entry: Entry, usual_n: int) -> str:
    parts = []
    ended = entry.expected - entry.unfinished
    lost = entry.overflowed or entry.diverged or entry.failed
    if entry.not_reached and entry.n:
        parts.append(f"{entry.n}/{entry.finished} reached")
    elif entry.n not in (0, usual_n) and (lost or not entry.unfinished):
        parts.append(f"n={entry.n}")
    if entry.overflowed:
        parts.append(f"{entry.overflowed} {OVERFLOW}")
    if entry.diverged:
        parts.append(f"{entry.diverged} diverged")
    if entry.failed:
        parts.append(f"{entry.failed} failed")
    if entry.unfinished:
        parts.append(f"{ended}/{entry.expected} run")
    return ", ".join(parts)


def entry_text(entry: Entry, digits: int, usual_n: int) -> Text:
    if entry.unfinished == entry.expected:
        return Text(NOT_YET)
    detail = _detail(entry, usual_n)
    if entry.n == 0:
        return Text("never" if entry.not_reached else NOTHING, detail=detail)
    main = number(entry.mean, digits)
    if entry.half_width is not None:
        main += f" ± {number(entry.half_width, digits)}"
    return Text(main, bold=bool(entry.bold), detail=detail)


class _BlockMaker:
    """Lays out the blocks of one metric."""

    def __init__(
        self, experiment: Experiment, table: TableSpec, usual_n: int, citations: Citations
    ) -> None:
        self.grid = experiment.grid
        self.table = table
        self.usual_n = usual_n
        self.citations = citations
        self.entries, self.undecided = table_entries(experiment, table)
        self.references = [r for r in self.grid.references if r.metric == table.metric]

    def belongs_to_row(self, reference: Reference) -> bool:
        return (reference.cell, reference.condition, reference.row) in self.entries

    def _published_text(self, found: List[Reference]) -> Text:
        values = [f"{published(r, self.table)} {self.citations.key(r)}" for r in found]
        return Text("; ".join(values))

    def block(self, cell: CellSpec) -> Optional[Block]:
        """None if the grid has no entry for the cell."""
        entries = [entry for place, entry in self.entries.items() if place[0] == cell.name]
        if not entries:
            return None
        mine = [r for r in self.references if r.cell == cell.name and self.belongs_to_row(r)]
        header = ["initializer"]
        for condition in self.grid.conditions:
            header.append(condition)
            if any(r.condition == condition for r in mine):
                header.append(condition + PUBLISHED)
        rows = [
            self._row(cell, label, mine)
            for label in self.grid.rows
            if any(entry.row == label for entry in entries)
        ]
        undecided = {
            reason: cells[cell.name]
            for reason, cells in self.undecided.items()
            if cell.name in cells
        }
        used = list(dict.fromkeys(self.citations.key(r) for r in mine))
        return Block(self.table, cell, header, rows, entries, undecided, used)

    def _row(self, cell: CellSpec, label: str, mine: List[Reference]) -> List[Text]:
        in_row = [e for e in self.entries.values() if e.cell == cell.name and e.row == label]
        whole_row = all(entry.outside_definition for entry in in_row)
        texts = [Text(label, dagger=whole_row)]
        for condition in self.grid.conditions:
            entry = self.entries.get((cell.name, condition, label))
            text = Text("") if entry is None else entry_text(entry, self.table.digits, self.usual_n)
            text.dagger = entry is not None and entry.outside_definition and not whole_row
            texts.append(text)
            if any(r.condition == condition for r in mine):
                texts.append(
                    self._published_text(
                        [r for r in mine if (r.condition, r.row) == (condition, label)]
                    )
                )
        return texts

    def others(self) -> List[str]:
        """A line for each published model that is no row of this grid, with its values."""
        groups: Dict[Tuple[str, str], List[Reference]] = {}
        for reference in self.references:
            known = reference.condition in self.grid.conditions
            if known and not self.belongs_to_row(reference):
                key = (reference.label, self.citations.key(reference))
                groups.setdefault(key, []).append(reference)
        lines = []
        for (label, key), references in groups.items():
            if all(r.value is None for r in references):
                values = NOTHING
            else:
                values = ", ".join(
                    f"{published(r, self.table)} ({r.condition})" for r in references
                )
            lines.append(f"{label}: {values} {key}")
        return lines


def section_heading(table: TableSpec) -> str:
    better = "higher" if table.higher_is_better else "lower"
    return f"{table.label} ({better} is better)"


def make_document(experiment: Experiment) -> Document:
    grid = experiment.grid
    counts = collections.Counter(len(entry.keys) for entry in grid.entries)
    usual_n = max(counts, key=lambda n: (counts[n], n), default=0)
    citations = Citations()
    sections = []
    for table in grid.tables:
        maker = _BlockMaker(experiment, table, usual_n, citations)
        blocks = [block for block in map(maker.block, grid.cells) if block]
        sections.append(Section(table, section_heading(table), blocks, maker.others()))
    return Document(experiment, usual_n, sections, citations.sources, _footer(experiment))


def _unique(values: Iterable[str]) -> str:
    return ", ".join(sorted(set(values)))


def _footer(experiment: Experiment) -> List[str]:
    """What the tables were made from."""
    grid = experiment.grid
    results = [experiment.results[key] for key in sorted(experiment.results)]
    expected = len({key for entry in grid.entries for key in entry.keys.values()})
    statuses = collections.Counter(result["status"] for result in results)
    kinds = ", ".join(
        f"{statuses[s]} {s}" for s in ("finished", "diverged", "failed") if statuses[s]
    )
    lines = [f"Made from {len(results)} of {expected} results" + (f": {kinds}." if kinds else ".")]
    if experiment.problems:
        lines.append(f"Left out: {len(experiment.problems)} broken result file(s).")
    if experiment.ignored:
        lines.append(f"Left out: {experiment.ignored} result(s) that table.json does not name.")
    strangers = [
        r
        for r in grid.references
        if r.condition not in grid.conditions or r.metric not in [t.metric for t in grid.tables]
    ]
    if strangers:
        lines.append(
            f"Left out: {len(strangers)} published value(s) of a metric or condition that is not "
            f"in this grid ({_unique(f'{r.metric}, {r.condition}' for r in strangers)})."
        )
    training = training_note(experiment)
    if training:
        lines.append(training)
    if results:
        lines += _provenance(results)
    return lines


def _device(facts: dict) -> str:
    gpu = facts.get("gpu")
    if not gpu:
        return str(facts.get("device", "unknown device"))
    precision = ", TF32" if gpu["tf32"] else ""
    return f"{gpu['name']}, driver {gpu['driver']}, CUDA {gpu['cuda']}, cuDNN {gpu['cudnn']}{precision}"


def _provenance(results: List[dict]) -> List[str]:
    commits, machines = [], []
    for result in results:
        facts = result.get("provenance") or {}
        commit = str(facts.get("commit", "unknown"))[:12]
        commits.append(commit + (" with uncommitted changes" if facts.get("dirty") else ""))
        machines.append(
            f"{_device(facts)} "
            f"({facts.get('cpu', 'unknown CPU')}, LibTorch {facts.get('libtorch', 'unknown')})"
        )
    seconds = sum((result.get("timing") or {}).get("seconds") or 0.0 for result in results)
    return [
        f"Commit: {_unique(commits)}.",
        f"Device: {_unique(machines)}.",
        f"Compute time, summed over the runs: {duration(seconds)}.",
    ]
