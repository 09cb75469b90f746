"""A part of the grid, as `eigenrnn run --only` has it: init=eigen,cell=lstm,seed=0. Several values of one key are
alternatives."""

import re
from typing import Dict, Iterable, List, Sequence, Set

KEYS = ("experiment", "condition", "cell", "init", "name", "seed", "key")
_SEPARATOR = re.compile(f",(?=(?:{'|'.join(KEYS)})=)")  # labels may hold commas

Shown = Dict[str, Sequence[str]]  # what a run shows for each key; any of them may be asked for


class Mistake(Exception):
    """In what was asked for; the text says what there is."""


def parse(texts: Iterable[str]) -> Dict[str, List[str]]:
    """Throws Mistake."""
    wanted: Dict[str, List[str]] = {}
    for part in (part for text in texts for part in _SEPARATOR.split(text)):
        key, equals, value = part.partition("=")
        if not equals or not value:
            raise Mistake(f"--only: {part!r} must be key=value, as in init=eigen,cell=lstm")
        if key not in KEYS:
            raise Mistake(f"--only: unknown key {key!r}; there are: {', '.join(KEYS)}")
        wanted.setdefault(key, []).append(value)
    return wanted


def check(wanted: Dict[str, List[str]], shown: List[Shown]) -> None:
    """Throws Mistake for a value that no run has."""
    for key, values in wanted.items():
        existing = sorted({value for run in shown for value in run[key]})
        for value in values:
            if value not in existing:
                some = ", ".join(existing[:20]) + (" …" if len(existing) > 20 else "")
                raise Mistake(f"--only: no run has {key}={value}; there are: {some}")


def passes(wanted: Dict[str, List[str]], run: Shown, labels: Set[str]) -> bool:
    """`labels` are those of all rows: such a value of init means that row, another all rows of an initializer."""

    def fits(key: str, value: str) -> bool:
        return value in (run["init"][:1] if key == "init" and value in labels else run[key])

    return all(any(fits(key, value) for value in values) for key, values in wanted.items())
