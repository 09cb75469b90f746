"""Texts that others wrote, made fit for one line of a document, and for the name of a file."""

import hashlib
import math
import re
import unicodedata

_LARGE = 1e6  # from here on a number is shown by its order of magnitude


def one_line(text: str) -> str:
    """Line breaks and tabs become spaces; what else steers a terminal or a printer is left out."""
    text = "".join(
        character
        for character in re.sub(r"\s+", " ", text)
        if unicodedata.category(character) not in ("Cc", "Cs")
    )
    return text.strip()


def file_name(text: str) -> str:
    """Such a text as a part of a file's name: what might be taken for a folder or a command to a shell
    is replaced, and a mark tells apart what would then be alike."""
    safe = re.sub(r"[^\w.,=+ ()-]+", "_", text).strip(" .")[:100]
    if safe and safe == text:
        return safe
    return f"{safe or '_'}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def scientific(value: float, digits: int) -> str:
    """As in 1.25e7, with so many digits after the point."""
    mantissa, exponent = f"{value:.{digits}e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def number(value: float, digits: int) -> str:
    if math.isinf(value):
        return "overflow" if value > 0 else "-overflow"
    if abs(value) >= _LARGE:
        return scientific(value, 2)
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0.0 else text
