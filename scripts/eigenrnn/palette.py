"""The colours, and how an initializer looks in every figure and on the page: the one list of both."""

from typing import Any, Dict, NamedTuple, Sequence, Tuple

# Okabe & Ito 2008, "Color Universal Design". The page has shades of the same names for its themes.
COLORS = {
    "ink": "#000000",
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "green": "#009E73",
    "yellow": "#F0E442",
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "purple": "#CC79A7",
    "grey": "#8C8C8C",
}


class Look(NamedTuple):
    color: str
    line: Any  # matplotlib's
    dash: str  # an SVG's stroke-dasharray on the page
    mark: str


INITIALIZERS = {
    "xavier": Look("ink", "-", "", "circle"),
    "kaiming": Look("purple", "-", "", "down"),
    "irnn": Look("orange", (0, (5, 1.5)), "7 3", "square"),
    "sp_rnn": Look("sky", "--", "4 3", "plus"),
    "torch_default": Look("grey", "-.", "2 3", "cross"),
    "orthogonal": Look("green", (0, (6, 1.5, 1, 1.5)), "9 3 2 3", "up"),
    "eigen": Look("vermillion", (0, (1.2, 1)), "", "diamond"),
}
_LINES: Tuple[Tuple[Any, str], ...] = (
    ("-", ""),
    ((0, (5, 1.5)), "7 3"),
    (":", "2 3"),
    ((0, (6, 1.5, 1, 1.5)), "9 3 2 3"),
)
_MARKS = ("circle", "square", "up", "down", "diamond", "plus", "cross")
_OTHERS = ("blue", "purple", "sky", "orange", "green", "yellow", "grey", "vermillion")
_MATPLOTLIB = {
    "circle": "o", "square": "s", "up": "^", "down": "v", "diamond": "D", "plus": "P", "cross": "X",
}  # fmt: skip


def look(label: str, labels: Sequence[str]) -> Look:
    """Of an initializer among all of its study, in their order."""
    if label in INITIALIZERS:
        return INITIALIZERS[label]
    i = [other for other in labels if other not in INITIALIZERS].index(label)
    again = i // len(_OTHERS)
    line, dash = _LINES[(i + again) % len(_LINES)]
    return Look(_OTHERS[i % len(_OTHERS)], line, dash, _MARKS[(i + 3 * again) % len(_MARKS)])


def marker(mark: str) -> str:
    """Matplotlib's."""
    return _MATPLOTLIB[mark]


def of_rows(labels: Sequence[str]) -> Dict[str, Dict[str, str]]:
    """The looks of an experiment's rows, for the page."""
    looks = {label: look(label, labels)._asdict() for label in labels}
    return {label: {part: look[part] for part in ("color", "dash", "mark")} for label, look in looks.items()}
