"""Writes a script's files, or says which of those on disk are not what it would write."""

import os
import pathlib
from typing import Any, Callable, Dict, List


def replace_atomically(path: pathlib.Path, write: Callable[[pathlib.Path], Any]) -> None:
    """`write` fills a temporary file beside `path`, which then takes its place: a reader sees the old
    content or the new, never a part. Creates the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        write(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_atomically(path: pathlib.Path, text: str) -> None:
    replace_atomically(path, lambda temporary: temporary.write_bytes(text.encode("utf-8")))


def _differs(path: pathlib.Path, text: str) -> bool:
    try:
        return path.read_bytes() != text.encode("utf-8")
    except FileNotFoundError:
        return True


def stale(files: Dict[pathlib.Path, str]) -> List[str]:
    """What is wrong with each file on disk that is not what would be written."""
    return [
        f"{path} {'does not agree with the results' if path.exists() else 'is missing'}"
        for path, text in files.items()
        if _differs(path, text)
    ]
