"""Writing files."""

import os
import pathlib


def write_atomically(path: pathlib.Path, text: str) -> None:
    """A reader sees the old text or the new, never a part. Creates the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(text.encode("utf-8"))
        os.replace(temporary, path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
