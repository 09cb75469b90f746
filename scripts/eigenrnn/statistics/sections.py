"""What a document is made of, and how its numbers are written."""

import dataclasses
from typing import List

from eigenrnn.tables.layout import Text


@dataclasses.dataclass
class Section:
    heading: str
    level: int
    texts: List[str]
    table: List[List[Text]]  # the first row is its header; empty: none
    notes: List[str]


def p_number(p: float) -> str:
    return f"{p:.2g}" if p >= 0.001 else "< 0.001"


def p_text(p: float) -> str:
    return f"p {p_number(p)}"
