"""What all parts of the document are written with."""

from typing import List

from eigenrnn.tables import markdown
from eigenrnn.text import number

NOTHING = "—"


def table(rows: List[List[str]]) -> str:
    """Of texts that need no escaping; the first row is its header."""
    return "\n".join(markdown.aligned(rows))


def signed(value: float, digits: int) -> str:
    text = number(value, digits)
    return (text if text.startswith("-") else f"+{text}").replace("-", "−")
