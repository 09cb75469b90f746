"""A grid under faults: killed workers and parents, two launches at once, a full disk, a read-only folder,
files cut short, clocks that jump, a machine that goes, a cluster's node that fails. At the end every run
must be there exactly once, with the metrics of a grid that nothing disturbed.

Takes minutes (`make test-faults`). What this machine does not permit is counted as not injected: mounts
need root or user namespaces, clocks libfaketime, the node Slurm; `scripts/setup.sh --faults` installs
the latter two. The program is given by $EIGENRNN. Exit codes: 0 all as it must be, 1 violations.
"""

import argparse
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import sys
import tempfile
import time

from fault_fixture import WORKERS, DisturbedGrid, NotInjected, Violation, enter_own_mounts
from fault_phases import PHASES
from fault_report import books, check, report
from grid_fixture import manifest, outcome, result_files

RUN_SECONDS = 2.5  # of each of 112 runs, with its start: the grid must outlast the faults, on a fast machine too
DISK = 4  # times what the grid takes at its end: leases, checkpoints and what was killed while it wrote come on top
MOST_LAUNCHES = 10  # until the grid is done: a run that crashed twice waits for the next


def carry_out(grid, phase):
    name = phase.__name__.replace("_", " ")
    print(f"{name} …", flush=True)
    grid.begin_timing()
    try:
        phase(grid)
    except NotInjected as reason:
        grid.rows.append((name, 0, f"NOT INJECTED: {reason}"))
        print(f"  not injected: {reason}", flush=True)
    grid.end_timing(name)


def finish(grid):
    """Launches it until it is done, as a user would. What killed writers left is removed on the way."""
    long_ago = time.time() - 3600  # within 10 minutes, somebody might be at them
    for path in grid.results.rglob("*.tmp"):
        os.utime(path, (long_ago, long_ago))
    grid.begin_timing()
    for _ in range(MOST_LAUNCHES):
        launch = grid.start()
        code = launch.wait(600)
        grid.expect(code in (0, 1), f"exit code {code} of an undisturbed launch")
        if code == 0:
            break
    grid.expect(code == 0, f"the grid is not done after {MOST_LAUNCHES} launches")
    grid.end_timing("the rest, undisturbed")
    again = grid.start()
    grid.expect(again.wait() == 0, f"exit code {again.wait()} of a launch on a finished grid")
    grid.expect_message(again, f"0 finished now, {len(grid.undisturbed)} were finished before")
    grid.watch.stop()


def grid_of(epochs):
    return manifest(train=1000, epochs=epochs, seeds=4, grammars=range(1, 8),
                    more="recording: {keep_weights: true}\n")


def choose_epochs(grid):
    """As many as make a run take RUN_SECONDS of processor time here, which other load does not change."""
    epochs = 100
    grid.manifest.write_text(grid_of(epochs))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    trial = grid.start("--only", "seed=0,condition=1,init=xavier", jobs=1, results=grid.home / "trial")
    if trial.wait(300) != 0:
        raise Violation(f"a trial failed:\n{trial.output()}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    grid.launches.clear()
    runs = len(result_files(grid.home / "trial"))
    seconds = (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime) / runs
    epochs = max(1, round(epochs * RUN_SECONDS / seconds))
    grid.manifest.write_text(grid_of(epochs))
    return epochs


def undisturbed(grid):
    """Outcomes by key, the seconds that it takes, and the bytes."""
    folder = grid.home / "undisturbed"
    began = time.monotonic()
    launch = grid.start(results=folder)
    if launch.wait(900) != 0:
        raise Violation(f"the undisturbed grid failed:\n{launch.output()[-2000:]}")
    seconds = time.monotonic() - began
    grid.launches.clear()
    taken = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return {key: outcome(path) for key, path in result_files(folder).items()}, seconds, taken


def disturb(grid, phases):
    """The figures. After what must not happen no more faults follow, but the grid must still be finished."""
    epochs = choose_epochs(grid)
    grid.undisturbed, seconds, taken = undisturbed(grid)
    print(f"undisturbed: {len(grid.undisturbed)} runs of {epochs} epochs in {seconds:.0f} s, "
          f"{taken / 2**20:.0f} MiB", flush=True)
    grid.make_folder(DISK * taken)
    try:
        for phase in phases:
            if grid.left() < WORKERS:
                raise Violation(f"{grid.left()} runs are left for {phase.__name__}: RUN_SECONDS must be more")
            carry_out(grid, phase)
    except (Violation, AssertionError) as violation:
        grid.expect(False, str(violation))
        grid.kill_all()
    finish(grid)
    figures = books(grid)
    check(grid, figures)
    return report(grid, figures, seconds)


def parse_arguments():
    names = [phase.__name__ for phase in PHASES]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=None,
                        help="of what is random: victims, signals, moments (default: another each time)")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="FAULT",
                        help=f"some of: {', '.join(names)}")
    parser.add_argument("--report", type=pathlib.Path, help="write the figures to this file too, as JSON")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    enter_own_mounts()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nothing it started outlives it
    seed = random.SystemRandom().randrange(1 << 32) if arguments.seed is None else arguments.seed
    home = pathlib.Path(tempfile.mkdtemp(prefix="eigenrnn-faults-"))
    began = time.monotonic()
    print(f"seed {seed}; files in {home}", flush=True)
    grid = DisturbedGrid(home, random.Random(seed))
    try:
        figures = disturb(grid, [phase for phase in PHASES if phase.__name__ in arguments.only])
    finally:
        grid.kill_all()
    figures.update(seed=seed, violations=grid.violations, seconds=round(time.monotonic() - began))
    if arguments.report:
        arguments.report.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n")
    print(f"{figures['seconds']} s in all; violations: {len(grid.violations)}")
    for violation in grid.violations:
        print(f"VIOLATION: {violation}")
    if grid.violations:
        print(f"what the launches said: {home}/launch-*.log; repeat with --seed {seed}")
        return 1
    grid.unmount()
    shutil.rmtree(home)
    return 0


if __name__ == "__main__":
    sys.exit(main())
