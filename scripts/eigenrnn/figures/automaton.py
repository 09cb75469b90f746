"""Draws a DFA: its states on a circle, an arrow for each transition."""

import math
from typing import Any, Dict, List, Tuple

from matplotlib.patches import Circle, FancyArrowPatch

from . import style

_RADIUS = 0.24  # of a state; the states stand on the unit circle

# A state of the automaton looks alike in its drawing and among the visited states.
STATES = (
    (style.BLUE, "o"),
    (style.ORANGE, "s"),
    (style.GREEN, "^"),
    (style.PURPLE, "D"),
    (style.SKY, "v"),
)


def state_style(state: int) -> Tuple[str, str]:
    return STATES[state % len(STATES)]


def transitions(automaton: Dict[str, Any]) -> Dict[Tuple[int, int], str]:
    """The symbols that lead from one state to another, as the arrow's label: "0", "1" or "0, 1"."""
    labels: Dict[Tuple[int, int], List[str]] = {}
    for state, targets in enumerate(automaton["next"]):
        for symbol, target in enumerate(targets):
            labels.setdefault((state, target), []).append(str(symbol))
    return {arrow: ", ".join(symbols) for arrow, symbols in labels.items()}


def _places(count: int) -> List[Tuple[float, float]]:
    """Clockwise from the left, where the start is."""
    angles = [math.pi - 2 * math.pi * i / count for i in range(count)]
    return [(math.cos(angle), math.sin(angle)) for angle in angles]


def _arrow(axes: Any, start: Tuple[float, float], end: Tuple[float, float], bend: float) -> None:
    axes.add_patch(
        FancyArrowPatch(
            start,
            end,
            connectionstyle=f"arc3,rad={bend}",
            arrowstyle="-|>",
            mutation_scale=8,
            linewidth=0.9,
            color="#404040",
            zorder=1,
        )
    )


def _text(axes: Any, place: Tuple[float, float], text: str) -> None:
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
    axes.text(*place, text, ha="center", va="center", size=8, zorder=5, bbox=box)


def _loop(axes: Any, place: Tuple[float, float], text: str) -> None:
    """From a state to itself, on the side away from the centre."""
    out = math.atan2(place[1], place[0])
    ends = [
        (place[0] + _RADIUS * math.cos(out + turn), place[1] + _RADIUS * math.sin(out + turn))
        for turn in (0.55, -0.55)
    ]
    _arrow(axes, ends[0], ends[1], -2.2)
    _text(axes, (place[0] + 0.7 * math.cos(out), place[1] + 0.64 * math.sin(out)), text)


def _edge(axes: Any, start: Tuple[float, float], end: Tuple[float, float], text: str) -> None:
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy)
    ux, uy = dx / length, dy / length
    bend = 0.16
    # The arrow leaves and arrives a little to its side, so that the one back does not cover it.
    side = 0.35 * _RADIUS
    near = math.sqrt(_RADIUS**2 - side**2)
    left = (-uy * side, ux * side)
    _arrow(
        axes,
        (start[0] + ux * near + left[0], start[1] + uy * near + left[1]),
        (end[0] - ux * near + left[0], end[1] - uy * near + left[1]),
        -bend,
    )
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    off = side + bend / 2 * length
    _text(axes, (middle[0] - uy * off, middle[1] + ux * off), text)


def draw(axes: Any, automaton: Dict[str, Any]) -> None:
    places = _places(len(automaton["next"]))
    for state, place in enumerate(places):
        color, _ = state_style(state)
        look = {"facecolor": "white", "edgecolor": color, "linewidth": 2}
        axes.add_patch(Circle(place, _RADIUS, zorder=3, **look))
        if automaton["accepting"][state]:
            axes.add_patch(Circle(place, 0.8 * _RADIUS, fill=False, edgecolor=color, zorder=4))
        axes.text(*place, str(state), ha="center", va="center", weight="bold", zorder=5)
    for (start, end), text in transitions(automaton).items():
        if start == end:
            _loop(axes, places[start], text)
        else:
            _edge(axes, places[start], places[end], text)
    _arrow(axes, (-1.25, 0.75), (-1.1, _RADIUS), 0.0)
    axes.text(-1.27, 0.78, "start", ha="center", va="bottom", size=8)
    axes.set(xlim=(-1.75, 1.75), ylim=(-1.75, 1.75), aspect="equal")
    axes.set_axis_off()
