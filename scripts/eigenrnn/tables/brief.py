"""What came out, on one screen: of each experiment's first metric as many cells as fit."""

import itertools
from typing import List

from eigenrnn import text

from .layout import NOT_YET, Block, Document
from .markdown import aligned, place

LINES = 30  # of 40: the others are the runner's, the verdict's and the paths'


def _has_results(block: Block) -> bool:
    return any(t.main not in ("", NOT_YET) for row in block.rows for t in row[1:])


def one_line(document: Document) -> str:
    """Of an experiment without a single result."""
    return f"{document.experiment.grid.experiment}: no results yet"


def _block_lines(block: Block, title: str) -> List[str]:
    titles = [text.one_line(t) for t in (title, *block.header[1:])]
    header, _, *rows = aligned([titles, *([place(t) for t in row] for row in block.rows)])
    return [line[2:-2].rstrip() for line in [header, *rows]]


def _lines(document: Document, blocks: List[Block]) -> List[str]:
    """The first line names the metric, and what is not shown."""
    section = document.sections[0]
    more = sum(len(s.blocks) for s in document.sections) - len(blocks)
    lines = [f"{document.experiment.grid.experiment}: {text.one_line(section.heading)}"
             + (f"; {more} more in tables/{document.experiment.grid.experiment}.md" if more else "")]
    for block in blocks:
        lines += _block_lines(block, block.cell.label)
    return lines


def render(documents: List[Document]) -> str:
    """A line for each experiment, and tables in turns while they fit on LINES."""
    waiting = {
        id(document): [block for block in document.sections[0].blocks if _has_results(block)]
        for document in documents
        if document.experiment.results and document.sections
    }
    shown = {key: [] for key in waiting}
    left = LINES - len(documents)
    for key in itertools.chain.from_iterable(itertools.repeat(list(waiting), LINES)):
        if waiting[key] and len(waiting[key][0].rows) + 1 <= left:
            block = waiting[key].pop(0)
            left -= len(block.rows) + 1
            shown[key].append(block)
    lines: List[str] = []
    for document in documents:
        lines += _lines(document, shown[id(document)]) if id(document) in shown else [one_line(document)]
    return "\n".join(lines)
