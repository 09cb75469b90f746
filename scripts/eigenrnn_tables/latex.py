"""LaTeX: one booktabs table per metric and cell, each complete with its notes.

Needs \\usepackage{booktabs} and a UTF-8 document; nothing else.
"""

import re
from typing import List

from .layout import DAGGER, Block, Document, Section, Text
from .notes import table_notes

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
    return "".join(_SYMBOLS.get(character, character) for character in text)


def _label(*parts: str) -> str:
    return "tab:" + "-".join(re.sub(r"[^A-Za-z0-9]+", "-", part).strip("-") for part in parts)


def _cell(text: Text) -> str:
    main = escape(text.main)
    if text.bold:
        main = rf"\textbf{{{main}}}"
    if text.dagger:
        main += escape(DAGGER)
    # A row that begins with [ would be read as the argument of \\ before it.
    main = f"{{}}{main}" if main.startswith(("[", "*")) else main
    return f"{main} ({escape(text.detail)})" if text.detail else main


def _float(document: Document, section: Section, block: Block) -> List[str]:
    grid = document.experiment.grid
    caption = f"{document.title}, {block.cell.label}: {section.heading}. {grid.caption}"
    notes = table_notes(document, [block])
    notes += [f"{key} {document.citations[key]}" for key in block.citations]
    notes += document.footer
    return [
        r"\begin{table}[htbp]",
        r"\centering",
        rf"\caption{{{escape(caption)}}}",
        rf"\label{{{_label(grid.experiment, block.table.metric, block.cell.name)}}}",
        r"\footnotesize",
        r"\setlength{\tabcolsep}{4pt}",
        rf"\begin{{tabular}}{{l{'c' * (len(block.header) - 1)}}}",
        r"\toprule",
        " & ".join(_cell(Text(title)) for title in block.header) + r" \\",
        r"\midrule",
        *[" & ".join(map(_cell, row)) + r" \\" for row in block.rows],
        r"\bottomrule",
        r"\end{tabular}",
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
        rf"\paragraph{{{escape(section.heading)}: published, other models.}}",
        *[escape(line) + r".\par" for line in section.others],
        *[rf"{{\scriptsize {escape(f'{key} {document.citations[key]}')}\par}}" for key in used],
        "",
    ]


def render(document: Document) -> str:
    lines = [
        f"% {document.title}".replace("\n", " "),
        r"% In the preamble: \usepackage[utf8]{inputenc} \usepackage{booktabs}",
        "",
    ]
    for section in document.sections:
        for block in section.blocks:
            lines += _float(document, section, block)
        if section.others:
            lines += _others(document, section)
    return "\n".join(lines)
