"""What all parts of the document are written with."""

from typing import List

from eigenrnn.tables import markdown
from eigenrnn.text import number

NOTHING = "—"


def table(rows: List[List[str]]) -> str:
    """Of Markdown, in which only bars are escaped; the first row is its header."""
    return "\n".join(markdown.aligned([[text.replace("|", "\\|") for text in row] for row in rows]))


def signed(value: float, digits: int) -> str:
    text = number(value, digits)
    return (text if text.startswith("-") else f"+{text}").replace("-", "−")
