#!/usr/bin/env python3
"""Writes the runs of a profile as files that TensorBoard opens: a run of TensorBoard for each run of the grid, called
<experiment>/<condition>/<cell>/<initializer>/seed<N>.

SCALARS has the curves of training and validation, the spectral radius of each recurrent block and, at the best epoch,
the metrics on test; HISTOGRAMS the moduli of the eigenvalues; HPARAMS a row per place of the grid, averaged over
seeds; TEXT what became of each run. Epoch 0 is the network as it was initialized.
"""

import argparse
import os
import pathlib
import sys
from typing import Dict, List

from eigenrnn import command
from eigenrnn.results import UNUSABLE, Broken, experiment_folders, read_experiment
from eigenrnn.tensorboard import only, runs

MANY = 500

EXAMPLES = """\
examples:
  make tensorboard PROFILE=quick EXPERIMENT=tomita               writes, and starts TensorBoard
  .tensorboard/bin/python3 scripts/tensorboard_events.py results/quick --only init=eigen,cell=lstm
  .tensorboard/bin/tensorboard --logdir results/quick/tensorboard     looks at them again

exit codes: 0 done; 1 a file is broken or missing; 2 bad usage, or the Python module tensorboard is missing
"""


def fail(message: str) -> None:
    print(f"tensorboard_events.py: {message}", file=sys.stderr)


def folders_of(profile: pathlib.Path, names: List[str]) -> List[pathlib.Path]:
    """Throws Broken."""
    there = {folder.name: folder for folder in experiment_folders(profile)} if profile.is_dir() else {}
    make = f"make reproduce-tomita PROFILE={profile.name}"
    if not there:
        raise Broken(f"{profile} has no results; run an experiment first, for instance: {make}")
    for name in names:
        if name not in there:
            manifest = f"experiments/{name}.yaml"
            make = command.shown("build/eigenrnn", "run", manifest, "--profile", profile.name)
            raise Broken(f"{profile} has no {name!r}; there are: {', '.join(there)}. To make it: {make}")
    return [there[name] for name in names or there]


def read(folders: List[pathlib.Path]) -> "tuple[List[runs.Run], bool]":
    """The runs that have a result, and whether all that is there could be read."""
    found, good = [], True
    for folder in folders:
        try:
            experiment = read_experiment(folder)
        except Broken as error:
            fail(f"{folder / 'table.json'}: {error}")
            good = False
            continue
        for problem in experiment.problems:
            fail(problem)
            good = False
        there = runs.runs_of(experiment)
        if not there:
            fail(f"{folder.name} has no results yet; to make them: {experiment.grid.command}")
        found += there
    return found, good


def write(selected: List[runs.Run], target: pathlib.Path) -> int:
    """Returns how many runs were written. Throws ModuleNotFoundError, OSError."""
    from eigenrnn.tensorboard import events

    contents: Dict[str, bytes] = {}
    usable = []
    for run in selected:
        try:
            contents[run.name] = events.content_of(run)
            usable.append(run)
        except UNUSABLE as error:
            fail(f"{run.name} is left out: {type(error).__name__} in its result {run.result['key']}: {error}")
    if usable:
        contents["."] = events.overview(usable)
    events.write(target, contents)
    return len(usable)


def serve(folder: pathlib.Path, port: int) -> None:
    """Becomes TensorBoard, which stands beside this Python."""
    words = [sys.executable, "-m", "tensorboard.main", "--logdir", str(folder), "--port", str(port)]
    sys.stdout.flush()
    os.execv(sys.executable, words)


def work(arguments: argparse.Namespace) -> int:
    """The exit code. Throws only.Mistake, Broken, ModuleNotFoundError, OSError."""
    found, good = read(folders_of(arguments.profile, arguments.experiment))
    if not found:
        return 1
    selected = runs.select(found, arguments.only)
    target = arguments.out or arguments.profile / "tensorboard"
    written = write(selected, target)
    print(f"{written} runs for TensorBoard: {target}")
    if written > MANY:
        print("so many take TensorBoard a while; EXPERIMENT=… and ONLY=… (--experiment, --only) choose some")
    if written and arguments.port is not None:
        serve(target, arguments.port)
    return 0 if good and written == len(selected) else 1


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("profile", type=pathlib.Path, metavar="RESULTS_PROFILE_DIR", help="such as results/quick")
    parser.add_argument(
        "--experiment", action="append", default=[], metavar="NAME", help="only this one; may be repeated"
    )
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="KEY=VALUE,…",
        help="a part of the grid, as in init=eigen,cell=lstm,seed=0; several values of a key are alternatives",
    )
    parser.add_argument(
        "--out", type=pathlib.Path, metavar="DIR", help="default: RESULTS_PROFILE_DIR/tensorboard"
    )
    parser.add_argument("--port", type=int, metavar="N", help="then start TensorBoard there")
    arguments = parser.parse_args()
    try:
        return work(arguments)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != "tensorboard":
            raise
        fail(f"{sys.executable} has no module tensorboard. `make tensorboard` puts it into .tensorboard/; "
             "then use .tensorboard/bin/python3")  # fmt: skip
        return 2
    except only.Mistake as mistake:
        fail(str(mistake))
        return 2
    except Broken as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or arguments.profile}: {error.strerror or error}")
    return 1


if __name__ == "__main__":
    command.run(main)
