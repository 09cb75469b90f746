"""Writes a script's files, or says which of those on disk are not what it would write."""

import os
import pathlib
import shutil
import stat
import tempfile
from typing import Any, Callable, Dict, List


def _is_device(path: pathlib.Path) -> bool:
    """Something that cannot be replaced, or must not be: a device, a pipe, or an open file's name such
    as /dev/stdout, whatever that leads to."""
    if path.parts[:2] in (("/", "dev"), ("/", "proc")):
        return path.exists()
    try:
        kind = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(kind) or stat.S_ISDIR(kind))


def _write_into(path: pathlib.Path, write: Callable[[pathlib.Path], Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        whole = pathlib.Path(folder) / path.name
        write(whole)
        with whole.open("rb") as source, path.open("ab") as target:
            shutil.copyfileobj(source, target)


def replace_atomically(path: pathlib.Path, write: Callable[[pathlib.Path], Any]) -> None:
    """`write` fills a temporary file beside `path`, which then takes its place: a reader sees the old
    content or the new, never a part. Creates the folder. A link keeps leading where it leads, and what
    is no regular file is written to."""
    if _is_device(path.absolute()):
        _write_into(path, write)
        return
    path = pathlib.Path(os.path.realpath(path))
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
