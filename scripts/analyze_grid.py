#!/usr/bin/env python3
"""Analyses every trained network of the experiments on dynamics, as it was before training and
after its best validation epoch.

For each result in results/<profile>/dynamics_*/ whose weights were kept it runs `eigenrnn analyze`
and writes results/<profile>/analysis/<key>.best.json and <key>.start.json; docs/analysis.md says
what they hold. What is there and newer than the result and its weights is skipped, so that an
interrupted run goes on where it stopped. scripts/figures.py draws from these files.
"""

import argparse
import concurrent.futures
import dataclasses
import os
import pathlib
import subprocess
import sys
import threading
import time
from typing import Iterator, List, Optional, Set

from eigenrnn import command
from eigenrnn.results import archive
from eigenrnn.text import duration

PREFIX = "dynamics_"
MOMENTS = ("best", "start")

EXAMPLES = """\
examples:
  scripts/analyze_grid.py results/quick
  scripts/analyze_grid.py results/cpu --jobs 2
  scripts/analyze_grid.py results/quick --experiment tomita     another experiment's networks; its
                                                                manifest must keep weights

cost: seconds per network with 64 units; the files take about 100 kB each

exit codes: 0 all analyses are there; 1 some failed, or there is nothing to analyse; 2 bad usage;
130 interrupted
"""


@dataclasses.dataclass(frozen=True)
class Job:
    """One analysis: a result's file, at one moment, into a file."""

    result: pathlib.Path
    moment: str
    output: pathlib.Path

    def is_done(self) -> bool:
        if not self.output.exists():
            return False
        made = self.output.stat().st_mtime
        weights = self.result.with_suffix(".weights.pt")
        return all(made >= path.stat().st_mtime for path in (self.result, weights))


def say(message: str) -> None:
    print(f"analyze_grid.py: {message}", file=sys.stderr)


def results_in(folder: pathlib.Path) -> Iterator[pathlib.Path]:
    """The finished results of a grid whose weights were kept."""
    without = 0

    def unreadable(place: str, reason: str) -> None:
        say(f"{place} cannot be read and is left out: {reason}")

    for key, _, result in archive.results(folder, unreadable):
        path = folder / f"{key}.json"  # what is in an archive has no weights beside it
        if not isinstance(result, dict) or result.get("status") != "finished":
            continue
        if path.exists() and path.with_suffix(".weights.pt").exists():
            yield path
        else:
            without += 1
    if without:
        say(
            f"{without} results in {folder} have no weights beside them and are left out; with "
            "recording: {keep_weights: true} in the manifest, eigenrnn run --force keeps them"
        )


def jobs_of(profile: pathlib.Path, experiments: List[str]) -> List[Job]:
    folders = [profile / name for name in experiments] or sorted(profile.glob(f"{PREFIX}*"))
    return [
        Job(path, moment, profile / "analysis" / f"{path.stem}.{moment}.json")
        for folder in folders
        for path in results_in(folder)
        for moment in MOMENTS
    ]


class Children:
    """The programs that run now, so that they can be ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: Set[subprocess.Popen] = set()
        self._stopped = False

    def run(self, command: List[str]) -> Optional[str]:
        """Runs to the end. None if all went well, else what the program said last."""
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        with self._lock:
            if self._stopped:
                return "interrupted"
            child = subprocess.Popen(
                command,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
            )
            self._running.add(child)
        errors = child.communicate()[1]
        with self._lock:
            self._running.discard(child)
        if child.returncode == 0:
            return None
        lines = errors.strip().splitlines()
        return f"exit code {child.returncode}: {lines[-1] if lines else 'it said nothing'}"

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            for child in self._running:
                child.terminate()


def analyze(job: Job, program: pathlib.Path, children: Children) -> Optional[str]:
    """None if the analysis was written, else why not. The program writes to a temporary file, syncs
    and renames, so that a file of this name is always a whole one."""
    words = [program, "analyze", job.result, "--at", job.moment, "--output", job.output]
    return children.run([str(word) for word in words])


class Progress:
    """One line: rewritten on a terminal, every twentieth elsewhere."""

    def __init__(self, total: int) -> None:
        self.total, self.done, self.begin = total, 0, time.monotonic()
        self.on_terminal = sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"

    def step(self) -> None:
        self.done += 1
        left = (time.monotonic() - self.begin) / self.done * (self.total - self.done)
        text = f"{self.done} of {self.total} analyses, about {duration(left)} left"
        if self.on_terminal:
            print(f"\r{text}\033[K", end="\n" if self.done == self.total else "", file=sys.stderr)
        elif self.done == self.total or self.done % max(1, self.total // 20) == 0:
            print(text, file=sys.stderr)


def run_all(jobs: List[Job], program: pathlib.Path, at_once: int) -> int:
    """The number of analyses that failed."""
    progress, children, failed = Progress(len(jobs)), Children(), 0
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        futures = {pool.submit(analyze, job, program, children): job for job in jobs}
        try:
            for future in concurrent.futures.as_completed(futures):
                problem, job = future.result(), futures[future]
                if problem:
                    failed += 1
                    say(f"{job.result} at {job.moment}: {problem}")
                progress.step()
        except KeyboardInterrupt:
            children.stop()
            raise
    return failed


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "profile", type=pathlib.Path, metavar="RESULTS_PROFILE_DIR", help="such as results/quick"
    )
    parser.add_argument(
        "--eigenrnn",
        type=pathlib.Path,
        default=pathlib.Path("build/eigenrnn"),
        metavar="PROGRAM",
        help="the program (default: %(default)s)",
    )
    parser.add_argument(
        "--jobs",
        type=int,
        default=os.cpu_count() or 1,
        metavar="N",
        help="how many at a time, one thread each (default: one per core)",
    )
    parser.add_argument(
        "--experiment",
        action="append",
        default=[],
        metavar="NAME",
        help=f"a folder of results (repeatable; default: all that begin with {PREFIX})",
    )
    parser.add_argument("--force", action="store_true", help="analyse again what is up to date")
    arguments = parser.parse_args()
    if arguments.jobs < 1:
        parser.error(f"--jobs is {arguments.jobs}, and must be at least 1")
    if not os.access(arguments.eigenrnn, os.X_OK):
        parser.error(f"there is no program {arguments.eigenrnn}; make build builds build/eigenrnn")
    for name in ("", *arguments.experiment):
        if not (arguments.profile / name).is_dir():
            parser.error(f"there is no folder {arguments.profile / name}")
    return arguments


def main() -> int:
    arguments = parse()
    jobs = jobs_of(arguments.profile, arguments.experiment)
    if not jobs:
        say(
            f"no network to analyse in {arguments.profile}; train some with: "
            + command.shown("make", "reproduce-dynamics", f"PROFILE={arguments.profile.name}")
        )
        return 1
    left = [job for job in jobs if arguments.force or not job.is_done()]
    print(f"{len(jobs)} analyses, of which {len(jobs) - len(left)} are up to date", file=sys.stderr)
    (arguments.profile / "analysis").mkdir(exist_ok=True)
    try:
        failed = run_all(left, arguments.eigenrnn.resolve(), arguments.jobs)
    except KeyboardInterrupt:
        print("\ninterrupted; the same command goes on", file=sys.stderr)
        return 130
    if failed:
        say(f"{failed} of {len(left)} analyses failed; the others are there")
    return 1 if failed else 0


if __name__ == "__main__":
    command.run(main)
