"""The notes under a table: what its numbers and marks mean. Only those that apply."""

from typing import List

from eigenrnn.results import OVERFLOW

from .layout import DAGGER, NOT_YET, NOTHING, Block, Document


def _bold_notes(document: Document, blocks: List[Block]) -> List[str]:
    notes = []
    if any(entry.bold for block in blocks for entry in block.entries):
        notes.append(
            "Bold: the best mean among the initializers of one cell and condition, and every other "
            "that a paired t-test on their common seeds does not tell from it (two-sided, 5 %, not "
            "corrected for the number of comparisons)."
        )
    several_tables = len(document.sections) > 1 and len(blocks) > 1
    reasons = dict.fromkeys(reason for block in blocks for reason in block.undecided)
    for reason in reasons:
        places = []
        for block in blocks:
            conditions = block.undecided.get(reason)
            if conditions:
                whole = len(conditions) == len(document.experiment.grid.conditions)
                place = block.cell.label + ("" if whole else f" {', '.join(conditions)}")
                places.append(f"{block.table.metric} {place}" if several_tables else place)
        everywhere = all(
            block.undecided.get(reason) == document.experiment.grid.conditions for block in blocks
        )
        where = "anywhere" if everywhere else f"in {'; '.join(places)}"
        notes.append(f"No bold {where}: {reason}, so nothing can be told apart.")
    return notes


def table_notes(document: Document, blocks: List[Block]) -> List[str]:
    """Notes for a choice of the document's blocks, without the list of sources."""
    entries = [entry for block in blocks for entry in block.entries]
    notes = []
    if any(entry.n > 1 for entry in entries):
        notes.append(
            "Entries: mean ± half-width of the 95 % confidence interval (Student t over seeds); "
            f"n = {document.usual_n} seeds where nothing else is said."
        )
    elif any(entry.n for entry in entries):
        notes.append("Entries: a single run each (n = 1), so without an interval.")
    notes += _bold_notes(document, blocks)
    if any(entry.diverged for entry in entries):
        notes.append(
            "Diverged runs (loss not finite) are counted in their entry and have no part in its "
            "mean, which is over the runs that finished: read the two together."
        )
    if any(entry.failed for entry in entries):
        notes.append(
            "Failed runs (crashed) are counted in their entry and have no part in its mean."
        )
    if any(entry.overflowed for entry in entries):
        notes.append(
            f"{OVERFLOW}: the run finished, but this number is too large to be one (above 1.8e308). "
            "Such runs are counted in their entry and have no part in its mean, and their entry is not "
            "compared (never bold)."
        )
    devices = sorted({device for entry in entries for device in entry.devices})
    if len(devices) > 1:
        notes.append(
            f"Runs of different kinds of device stand side by side: {', '.join(devices)}. Their sums "
            "are rounded in another order, so that one seed does not give the same numbers on each."
        )
    if any(0 < entry.unfinished < entry.expected for entry in entries):
        notes.append("k/m run: only k of m runs have ended so far.")
    if any(entry.unfinished == entry.expected for entry in entries):
        notes.append(f"{NOT_YET}: no run has ended so far.")
    if any(
        entry.n == 0 and entry.finished == 0 and entry.unfinished < entry.expected
        for entry in entries
    ):
        notes.append(f"{NOTHING}: no run gave a value.")
    if any(entry.not_reached for entry in entries):
        notes.append(
            "k/m reached: the mean is over the k of m finished runs that got there; never: none "
            "did. Entries where not every finished run got there are not compared (never bold)."
        )
    if any(entry.outside_definition for entry in entries):
        notes.append(
            f"{DAGGER} The initializer's source defines it for other cells; run here to compare."
        )
    if document.citations and any(block.citations for block in blocks):
        notes.append(
            "Published values are their authors', at their sizes and settings; they are no part of "
            "the comparison in bold."
        )
    return notes
