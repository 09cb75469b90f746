"""Markdown whose columns also line up in a terminal."""

import dataclasses
import re
import unicodedata
from typing import List

from eigenrnn.text import one_line

from .layout import DAGGER, PUBLISHED, Block, Document, Text
from .notes import table_notes


def escape(text: str) -> str:
    text = one_line(text)
    for character in ("\\", "|", "*", "<", "`"):
        text = text.replace(character, "\\" + character)
    return text


def code(text: str) -> str:
    """A code span of one line, which may hold backticks itself."""
    text = one_line(text)
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence} {text} {fence}" if "`" in text else f"{fence}{text}{fence}"


def _width(text: str) -> int:
    """Columns that the text takes in a terminal."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) > 0 for c in text)


def place(text: Text) -> str:
    """One place of a table."""
    main = escape(text.main)
    if text.bold:
        main = f"**{main}**"
    if text.dagger:
        main += f" {DAGGER}"
    return f"{main} ({escape(text.detail)})" if text.detail else main


def aligned(rows: List[List[str]]) -> List[str]:
    """A table of escaped texts; the first row is its header."""
    widths = [max(3, *map(_width, column)) for column in zip(*rows)]

    def line(cells: List[str]) -> str:
        padded = [cell + " " * (width - _width(cell)) for cell, width in zip(cells, widths)]
        return "| " + " | ".join(padded) + " |"

    return [line(rows[0]), line(["-" * width for width in widths])] + [line(r) for r in rows[1:]]


def _table(block: Block) -> List[str]:
    header = [escape(title) for title in block.header]
    return aligned([header, *([place(text) for text in row] for row in block.rows)])


def render_quote(document: Document) -> str:
    """The tables of the first metric, without published numbers, whose sources would be missing."""
    lines: List[str] = []
    for block in document.sections[0].blocks:
        kept = [i for i, title in enumerate(block.header) if not title.endswith(PUBLISHED)]
        ours = dataclasses.replace(
            block,
            header=[block.header[i] for i in kept],
            rows=[[row[i] for i in kept] for row in block.rows],
        )
        lines += [f"**{escape(block.cell.label)}**", "", *_table(ours), ""]
    return "\n".join(lines).rstrip("\n")


def render(document: Document) -> str:
    grid = document.experiment.grid
    lines = [f"# {escape(document.title)}", "", escape(grid.caption), ""]
    for section in document.sections:
        lines += [f"## {escape(section.heading[:1].upper() + section.heading[1:])}", ""]
        for block in section.blocks:
            lines += [f"### {escape(block.cell.label)}", "", *_table(block), ""]
        if section.others:
            lines += ["Published, other models:", ""]
            lines += [f"- {escape(line)}" for line in section.others] + [""]
    blocks = [block for section in document.sections for block in section.blocks]
    lines += ["## Notes", ""]
    lines += [f"- {escape(note)}" for note in table_notes(document, blocks)]
    lines += [f"- {escape(document.source(key))}" for key in document.citations]
    lines += [f"- {escape(line)}" for line in document.footer]
    lines += [f"- Rerun: {code(grid.command)}", ""]
    return "\n".join(lines)
