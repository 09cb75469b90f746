"""An experiment's results in one file: <profile>/<experiment>.jsonl.gz has a line of JSON for each, in
the order of their keys. The same results give the same bytes. A result that lies in the experiment's
folder, too, counts as it is there: it is the newer one.
"""

import gzip
import io
import json
import pathlib
import re
import zlib
from typing import Any, Callable, Container, Dict, Iterable, Iterator, List, Optional, Tuple

from eigenrnn.output import replace_atomically

from .files import Broken, decoded, parsed

ENDING = ".jsonl.gz"
_TOKEN = re.compile(r'("(?:[^"\\]|\\.)*")|\s+')
_KEY = re.compile(r"[0-9a-f]{16}")


def archive_of(folder: pathlib.Path) -> pathlib.Path:
    """Of an experiment's folder."""
    return folder.with_name(folder.name + ENDING)


def one_line(text: str) -> str:
    """JSON without white space, every number and string as it was written."""
    return _TOKEN.sub(lambda match: match[1] or "", text)


def lines(archive: pathlib.Path) -> Iterator[Tuple[int, str]]:
    """Throws Broken after what could be read."""
    try:
        with gzip.open(archive, "rt", encoding="utf-8-sig", newline="\n") as stream:
            yield from enumerate(stream, 1)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise Broken(f"it ends early, or is no archive: {reason}") from error


def key_of(value: Any) -> str:
    """Throws Broken."""
    key = value.get("key") if isinstance(value, dict) else None
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise Broken(f"its key is {key!r}, not 16 hexadecimal digits")
    return key


def loose_results(folder: pathlib.Path) -> Dict[str, pathlib.Path]:
    """By key, which is the file's name."""
    paths = sorted(folder.glob("*.json"))
    return {path.stem: path for path in paths if path.name != "table.json"}


def results(
    folder: pathlib.Path,
    problem: Callable[[str, str], None],
    wanted: Optional[Container[str]] = None,
) -> Iterator[Tuple[str, str, Any]]:
    """Key, place in words and JSON of each result, in the folder or in the archive beside it; of those
    that are not wanted no JSON. Calls `problem` with place and reason for what cannot be read."""
    loose = loose_results(folder)
    for key, path in loose.items():
        try:
            yield key, str(path), decoded(path) if wanted is None or key in wanted else None
        except Broken as error:
            problem(str(path), str(error))
    archive = archive_of(folder)
    if not archive.exists():
        return
    seen = set(loose)
    try:
        for number, line in lines(archive):
            place = f"{archive}, line {number}"
            try:
                value = parsed(line)
                key = key_of(value)
            except Broken as error:
                problem(place, str(error))
                continue
            if key in seen:
                if key not in loose:
                    problem(place, f"a second result {key}")
                continue
            seen.add(key)
            yield key, place, value if wanted is None or key in wanted else None
    except Broken as error:
        problem(str(archive), str(error))


def compressed(texts: Iterable[str]) -> bytes:
    """A line each; the same lines give the same bytes."""
    buffer = io.BytesIO()
    with gzip.GzipFile("", "wb", 9, buffer, mtime=0) as stream:
        for text in texts:
            stream.write(text.encode("utf-8") + b"\n")
    return buffer.getvalue()


def _packed(texts: Dict[str, str]) -> bytes:
    return compressed(texts[key] for key in sorted(texts))


def _texts_of(archive: pathlib.Path) -> Dict[str, str]:
    """The lines by key. Throws Broken."""
    texts = {}
    for number, line in lines(archive) if archive.exists() else ():
        try:
            texts[key_of(parsed(line))] = line.rstrip("\n")
        except Broken as error:
            raise Broken(f"line {number}: {error}") from error
    return texts


def pack(folder: pathlib.Path) -> List[pathlib.Path]:
    """Puts the folder's results into the archive beside it, and returns their paths, which may then be
    removed. Throws Broken, with nothing changed, if one cannot be used."""
    archive = archive_of(folder)
    texts = _texts_of(archive)
    loose = loose_results(folder)
    for key, path in loose.items():
        try:
            if key_of(decoded(path)) != key:
                raise Broken("its key is not its file's name")
        except Broken as error:
            raise Broken(f"{path}: {error}") from error
        texts[key] = one_line(path.read_text(encoding="utf-8-sig"))
    content = _packed(texts)
    if texts and (not archive.exists() or archive.read_bytes() != content):
        replace_atomically(archive, lambda path: path.write_bytes(content))
    if {key: json.loads(text) for key, text in _texts_of(archive).items()} != {
        key: json.loads(text) for key, text in texts.items()
    }:
        raise Broken(f"{archive} does not hold what was put into it")
    return list(loose.values())


def prune(folder: pathlib.Path, wanted: Container[str]) -> int:
    """Drops all results but those with the keys that are wanted from the archive beside the folder; returns how
    many. Loose ones stay. Throws Broken, with nothing changed."""
    archive = archive_of(folder)
    texts = _texts_of(archive)
    kept = {key: text for key, text in texts.items() if key in wanted}
    if len(kept) < len(texts):
        content = _packed(kept)
        replace_atomically(archive, lambda path: path.write_bytes(content))
    return len(texts) - len(kept)


def unpack(folder: pathlib.Path) -> int:
    """Writes the archive's results into the folder, but for those that are there already; returns their
    number. The archive stays. Throws Broken."""
    count = 0
    folder.mkdir(exist_ok=True)
    for key, text in _texts_of(archive_of(folder)).items():
        path = folder / f"{key}.json"
        if not path.exists():
            replace_atomically(path, lambda p, t=text: p.write_text(t + "\n", encoding="utf-8"))
            count += 1
    return count
