"""What all parts of the document are written with."""

import math
from typing import List

from eigenrnn.tables import markdown
from eigenrnn.text import number, scientific

NOTHING = "—"


def table(rows: List[List[str]]) -> str:
    """Of Markdown, in which only bars are escaped; the first row is its header."""
    return "\n".join(markdown.aligned([[text.replace("|", "\\|") for text in row] for row in rows]))


def short(value: float, digits: int) -> str:
    """With an exponent from a thousand on, where only the size tells something."""
    return scientific(value, 1) if 1000 <= abs(value) < math.inf else number(value, digits)


def signed(value: float, digits: int) -> str:
    text = number(value, digits)
    return (text if text.startswith("-") else f"+{text}").replace("-", "−")
