"""What `eigenrnn analyze` wrote of a profile's networks (docs/analysis.md): loose in
<profile>/analysis/<key>.<moment>.json, and packed in <profile>/analysis/analyses.jsonl.gz, a line of JSON each.
Packed ones lack what is large and stands in the results, or in no figure but that of the fixed points. A loose
one counts as it is there.
"""

import json
import pathlib
from typing import Any, Container, Dict, Iterator, List, Tuple

from eigenrnn.output import replace_atomically

from . import archive
from .files import Broken, parsed, read_json

MOMENTS = ("start", "best")  # before training, after the best epoch on validation
NOT_PACKED = ("spec", "spectra", "jacobians", "fixed_points", "seconds")

Name = Tuple[str, str]  # of an analysis: the run's key, and the moment


def folder_of(profile: pathlib.Path) -> pathlib.Path:
    return profile / "analysis"


def archive_of(profile: pathlib.Path) -> pathlib.Path:
    return folder_of(profile) / "analyses.jsonl.gz"


def loose(profile: pathlib.Path) -> Dict[Name, pathlib.Path]:
    found = {}
    for path in sorted(folder_of(profile).glob("*.json")):
        key, _, moment = path.stem.partition(".")
        if moment in MOMENTS:
            found[key, moment] = path
    return found


def _packed(profile: pathlib.Path) -> Iterator[Tuple[Name, str]]:
    """Throws Broken after what could be read."""
    path = archive_of(profile)
    for number, line in archive.lines(path) if path.exists() else ():
        try:
            value = parsed(line)
            name = archive.key_of(value), value.get("at")
            if name[1] not in MOMENTS:
                raise Broken(f"it is of the moment {name[1]!r}, not of {' or '.join(MOMENTS)}")
        except Broken as error:
            raise Broken(f"line {number}: {error}") from error
        yield name, line.rstrip("\n")


def read(profile: pathlib.Path, keys: Container[str]) -> Tuple[Dict[Name, Dict[str, Any]], List[str]]:
    """Those of the runs with these keys, and a line for each file that is broken."""
    found, problems = {}, []
    try:
        for name, line in _packed(profile):
            if name[0] in keys:
                found[name] = json.loads(line)
    except Broken as error:
        problems.append(f"{archive_of(profile)}: {error}")
    for name, path in loose(profile).items():
        if name[0] not in keys:
            continue
        try:
            found[name] = read_json(path)
        except Broken as error:
            found.pop(name, None)
            problems.append(f"{path}: {error}")
    return found, problems


def pack(profile: pathlib.Path) -> int:
    """Puts the loose ones into the archive, and returns how many they were; they stay. The same analyses
    give the same bytes. Throws Broken, with nothing changed, if one cannot be used."""
    texts = dict(_packed(profile))
    paths = loose(profile)
    for name, path in paths.items():
        try:
            value = read_json(path)
            if (archive.key_of(value), value.get("at")) != name:
                raise Broken("its key and moment are not its file's name")
        except Broken as error:
            raise Broken(f"{path}: {error}") from error
        kept = {field: part for field, part in value.items() if field not in NOT_PACKED}
        texts[name] = json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    content = archive.compressed(texts[name] for name in sorted(texts))
    target = archive_of(profile)
    if texts and (not target.exists() or target.read_bytes() != content):
        replace_atomically(target, lambda temporary: temporary.write_bytes(content))
    return len(paths)
