"""Writes a script's files, or says which of those on disk are not what it would write."""

import os
import pathlib
from typing import Dict, List


def write_atomically(path: pathlib.Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(text.encode("utf-8"))
        os.replace(temporary, path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


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
