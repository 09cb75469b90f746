#!/usr/bin/env python3
"""Packs the results of a profile's experiments into one file each, or unpacks them, or drops from these files
what no experiment asks for any more.

results/<profile>/<experiment>.jsonl.gz holds every result of the folder <experiment>/ beside it, one line
of JSON each in the order of their keys; the same results give the same bytes. All that reads results reads
both alike, and a result that lies in the folder, too, counts as it is there: a run goes on writing
<experiment>/<key>.json. table.json, weights and checkpoints stay where they are. analysis/analyses.jsonl.gz holds
in the same way what the figures and docs/findings.md need of the analyses in analysis/, which stay, too.
"""

import argparse
import pathlib
import sys
from typing import List

from eigenrnn import command
from eigenrnn.results import Broken, analyses, archive, experiment_folders, read_grid

EXAMPLES = """\
examples:
  scripts/archive.py pack results/cpu                       packs, and removes the files that are packed
  scripts/archive.py pack results/cpu --experiment tomita   one experiment
  scripts/archive.py pack results/cpu --keep                the files stay, too
  scripts/archive.py unpack results/cpu                     a file for each result; the archives stay
  scripts/archive.py prune results/cpu --experiment tomita  drops results of settings that its manifest had before

exit codes: 0 done; 1 a file cannot be used: its experiment is left as it was; 2 bad usage
"""


def fail(message: str) -> None:
    print(f"archive.py: {message}", file=sys.stderr)


def size(paths: List[pathlib.Path]) -> str:
    return f"{sum(path.stat().st_size for path in paths) / 2**20:.1f} MiB"


def pack(folder: pathlib.Path, keep: bool) -> None:
    """Throws Broken, OSError."""
    packed = archive.pack(folder)
    path = archive.archive_of(folder)
    if packed:
        print(f"{path}: {len(packed)} results packed, {size(packed)} to {size([path])}")
    for loose in [] if keep else packed:
        loose.unlink()


def unpack(folder: pathlib.Path) -> None:
    """Throws Broken, OSError."""
    if archive.archive_of(folder).exists():
        print(f"{folder}: {archive.unpack(folder)} results unpacked")


def prune(folder: pathlib.Path) -> None:
    """Throws Broken, OSError."""
    path = archive.archive_of(folder)
    if not path.exists():
        return
    grid = read_grid(folder / "table.json")
    dropped = archive.prune(folder, {key for entry in grid.entries for key in entry.keys.values()})
    if dropped:
        print(f"{path}: {dropped} results dropped that {folder / 'table.json'} does not expect")


def pack_analyses(profile: pathlib.Path) -> bool:
    try:
        count = analyses.pack(profile)
    except (Broken, OSError) as error:
        fail(f"analyses are left as they were: {error}")
        return False
    if count:
        path = analyses.archive_of(profile)
        print(f"{path}: {count} analyses packed, {size(list(analyses.loose(profile).values()))} to {size([path])}")
    return True


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["pack", "unpack", "prune"])
    parser.add_argument(
        "profile", type=pathlib.Path, metavar="RESULTS_PROFILE_DIR", help="such as results/cpu"
    )
    parser.add_argument(
        "--experiment", action="append", default=[], metavar="NAME", help="only this one (repeatable)"
    )
    parser.add_argument("--keep", action="store_true", help="do not remove what is packed")
    arguments = parser.parse_args()
    if not arguments.profile.is_dir():
        parser.error(f"there is no folder {arguments.profile}")
    folders = {folder.name: folder for folder in experiment_folders(arguments.profile)}
    for name in arguments.experiment:
        if name not in folders:
            parser.error(f"{arguments.profile} has no experiment {name!r}; there are: {', '.join(folders)}")
    good = True
    for name in arguments.experiment or folders:
        try:
            if arguments.what == "pack":
                pack(folders[name], arguments.keep)
            elif arguments.what == "prune":
                prune(folders[name])
            else:
                unpack(folders[name])
        except (Broken, OSError) as error:
            fail(f"{name} is left as it was: {error}")
            good = False
    if arguments.what == "pack" and not arguments.experiment:
        good = pack_analyses(arguments.profile) and good
    return 0 if good else 1


if __name__ == "__main__":
    command.run(main)
