"""LaTeX: one booktabs table per metric and cell, each complete with its notes.

Needs \\usepackage{booktabs} and a UTF-8 document; nothing else.
"""

import re
from typing import List

from eigenrnn.text import one_line

from .layout import DAGGER, Block, Document, Section, Text
from .notes import table_notes

_LINE_LENGTH = 85  # characters of a line in \footnotesize, in a narrow text of 345 pt
_COLUMN_GAP = 2

_SYMBOLS = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",  # the default font encoding has no straight quote
    "±": r"$\pm$",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "−": "$-$",
    "–": "--",
    "—": "---",
    "…": r"\ldots{}",
    "†": r"$^{\dagger}$",
    "→": r"$\rightarrow$",
    "∞": r"$\infty$",
    "²": r"$^{2}$",
    "³": r"$^{3}$",
    "¹": r"$^{1}$",
    "⁻": r"$^{-}$",
    "ⁿ": r"$^{n}$",
    "ᵀ": r"$^{\top}$",
    "°": r"$^{\circ}$",
    "√": r"$\surd$",
    "‖": r"$\|$",
    "α": r"$\alpha$",
    "β": r"$\beta$",
    "γ": r"$\gamma$",
    "δ": r"$\delta$",
    "ε": r"$\varepsilon$",
    "η": r"$\eta$",
    "θ": r"$\theta$",
    "λ": r"$\lambda$",
    "μ": r"$\mu$",
    "π": r"$\pi$",
    "ρ": r"$\rho$",
    "σ": r"$\sigma$",
    "τ": r"$\tau$",
    "φ": r"$\varphi$",
    "ω": r"$\omega$",
}


def escape(text: str) -> str:
    return "".join(_SYMBOLS.get(character, character) for character in one_line(text))


def label(*parts: str) -> str:
    return "tab:" + "-".join(re.sub(r"[^A-Za-z0-9]+", "-", part).strip("-") for part in parts)


def _cell(text: Text) -> str:
    main = escape(text.main)
    if text.bold:
        main = rf"\textbf{{{main}}}"
    if text.dagger:
        main += escape(DAGGER)
    # A row that begins with [ would be read as the argument of \\ before it.
    main = f"{{}}{main}" if main.startswith(("[", "*")) else main
    if text.detail:
        main = rf"\shortstack{{{main}\\{{\tiny ({escape(text.detail)})}}}}"
    return main


def _length(text: Text) -> int:
    """Roughly the characters that a place takes; bold ones are wider."""
    main = len(text.main) * (1.15 if text.bold else 1.0)
    return int(max(main, 0.8 * (len(text.detail) + 2)))  # the detail stands below, in tiny


def _column_groups(rows: List[List[Text]]) -> List[List[int]]:
    """Splits the columns behind the first into groups that fit on a page beside it."""
    lengths = [max(map(_length, column)) + _COLUMN_GAP for column in zip(*rows)]
    groups: List[List[int]] = [[]]
    used = lengths[0]
    for column in range(1, len(lengths)):
        if groups[-1] and used + lengths[column] > _LINE_LENGTH:
            groups.append([])
            used = lengths[0]
        groups[-1].append(column)
        used += lengths[column]
    return groups


def tabulars(rows: List[List[Text]]) -> List[str]:
    """A table whose first row is its header, in several tabulars under one another if it is too
    wide for one.
    """
    lines: List[str] = []
    for group in _column_groups(rows):
        texts = [" & ".join(_cell(row[c]) for c in (0, *group)) + r" \\" for row in rows]
        lines += [r"\par\medskip"] if lines else []
        lines += [rf"\begin{{tabular}}{{l{'c' * len(group)}}}", r"\toprule", texts[0], r"\midrule"]
        lines += [*texts[1:], r"\bottomrule", r"\end{tabular}"]
    return lines


def _float(document: Document, section: Section, block: Block) -> List[str]:
    grid = document.experiment.grid
    caption = f"{document.title}, {block.cell.label}: {section.heading}. {grid.caption}"
    notes = table_notes(document, [block])
    notes += [document.source(key) for key in block.citations]
    notes += document.footer
    return [
        r"\begin{table}[htbp]",
        r"\centering",
        rf"\caption{{{escape(caption)}}}",
        rf"\label{{{label(grid.experiment, block.table.metric, block.cell.name)}}}",
        r"\footnotesize",
        r"\setlength{\tabcolsep}{4pt}",
        *tabulars([[Text(title) for title in block.header], *block.rows]),
        "",
        r"\smallskip",
        r"\begin{minipage}{\linewidth}",
        r"\scriptsize\raggedright",
        *[escape(note) + r"\par" for note in notes],
        rf"Rerun: \texttt{{{escape(grid.command)}}}\par",
        r"\end{minipage}",
        r"\end{table}",
        "",
    ]


def _others(document: Document, section: Section) -> List[str]:
    """The published models that are no row of any block."""
    used = [key for key in document.citations if any(line.endswith(key) for line in section.others)]
    return [
        rf"\paragraph{{Published, other models: {escape(section.heading)}}}\leavevmode\par",
        *[rf"\noindent {escape(line)}\par" for line in section.others],
        *[rf"{{\scriptsize\noindent {escape(document.source(key))}\par}}" for key in used],
        "",
    ]


def render(document: Document) -> str:
    lines = [
        f"% {one_line(document.title)}",
        r"% In the preamble: \usepackage[utf8]{inputenc} \usepackage{booktabs}",
        "",
    ]
    for section in document.sections:
        for block in section.blocks:
            lines += _float(document, section, block)
        if section.others:
            lines += _others(document, section)
    return "\n".join(lines)
