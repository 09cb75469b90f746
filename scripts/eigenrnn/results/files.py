"""Reads a file of JSON, or says why it cannot be used."""

import json
import pathlib
from typing import Any, Dict

SCHEMA = 1


class Broken(Exception):
    """A file that cannot be used; the text says why."""


# What a script may meet in results that are not as the schema says. It costs their experiment alone.
UNUSABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def _reject_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def parsed(text: str) -> Any:
    """Throws Broken."""
    try:
        return json.loads(text, parse_constant=_reject_constant)
    except (ValueError, RecursionError) as error:
        raise Broken(f"not valid JSON: {error}") from error


def decoded(path: pathlib.Path) -> Any:
    """A file's JSON; a byte order mark is skipped, as the program does. Throws Broken."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Broken(error.strerror or str(error)) from error
    except ValueError as error:
        raise Broken(f"not UTF-8: {error}") from error
    return parsed(text)


def record(value: Any) -> Dict[str, Any]:
    """An object of this version's format. Throws Broken."""
    if not isinstance(value, dict):
        raise Broken("not a JSON object")
    if value.get("schema") != SCHEMA:
        raise Broken(f"schema is {value.get('schema')!r}; this script reads schema {SCHEMA}")
    return value


def read_json(path: pathlib.Path) -> Dict[str, Any]:
    """Throws Broken."""
    return record(decoded(path))
