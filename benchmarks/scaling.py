#!/usr/bin/env python3
"""Measures what the runner costs: a small grid with several numbers of workers, in turn.

    benchmarks/scaling.py                                    one worker and two, three times each
    benchmarks/scaling.py --jobs 1 4 16 --repeats 5
    benchmarks/scaling.py --files                            also counts what is asked of the file system

Prints Markdown. Efficiency is the time of one worker over the workers' time together; the overhead per
run is the workers' time that was not spent in runs (by their own timing). Files are counted by strace
(Debian's package of that name), which slows runs down, so in a grid of its own.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
MANIFEST = """
experiment: scaling
title: Scaling
task: {name: tomita, options: {train_size: %(train)d, validation_size: 100, test_size: 100}}
conditions:
  - {label: "3", options: {grammar: 3}}
cells: [rnn_tanh, gru]
initializers: [xavier, eigen]
seeds: %(seeds)d
model: {hidden_size: 32}
training: {epochs: 5, batch_size: 20}
"""
RUNS_PER_SEED = 4


def main():
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory(prefix="eigenrnn-scaling-") as folder:
        bench = Bench(pathlib.Path(folder), arguments)
        bench.run(max(arguments.jobs))  # not counted: files are read from the disk, the CPU wakes up
        rounds = [{jobs: bench.run(jobs) for jobs in arguments.jobs} for _ in range(arguments.repeats)]
        print(timing_table(rounds, arguments))
        if arguments.files:
            print()
            print(files_table(bench.count_files(), arguments.runs))


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--eigenrnn", type=pathlib.Path, default=ROOT / "build/eigenrnn", help="the program")
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2], help="numbers of workers to compare")
    parser.add_argument("--runs", type=int, default=80, help="runs of the grid, a multiple of 4 (default: 80)")
    parser.add_argument("--train", type=int, default=1000, help="training sequences of a run (default: 1000)")
    parser.add_argument("--repeats", type=int, default=3, help="times that each is measured (default: 3)")
    parser.add_argument("--files", action="store_true", help="count operations on files, with strace")
    arguments = parser.parse_args()
    if arguments.runs < RUNS_PER_SEED or arguments.runs % RUNS_PER_SEED:
        parser.error(f"--runs {arguments.runs}: must be a multiple of {RUNS_PER_SEED}")
    if min(arguments.jobs) < 1 or arguments.repeats < 1:
        parser.error("--jobs and --repeats must be at least 1")
    if not arguments.eigenrnn.exists():
        parser.error(f"--eigenrnn {arguments.eigenrnn}: not found; `make build` makes it")
    return arguments


class Bench:
    def __init__(self, folder, arguments):
        self.folder = folder
        self.program = arguments.eigenrnn.resolve()
        self.manifest = folder / "scaling.yaml"
        self.manifest.write_text(MANIFEST % {"train": arguments.train, "seeds": arguments.runs // RUNS_PER_SEED})

    def run(self, jobs, prefix=()):
        """Seconds of the whole grid, and the sum of its runs' own."""
        results = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        command = [*prefix, self.program, "run", self.manifest, "--results", results, "--jobs", str(jobs)]
        began = time.monotonic()
        process = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                 env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"})
        wall = time.monotonic() - began
        if process.returncode != 0:
            sys.exit(f"{' '.join(map(str, command))} failed:\n{process.stdout}")
        inside = sum(json.loads(path.read_text())["timing"]["seconds"]
                     for path in results.glob("cpu/scaling/*.json") if path.name != "table.json")
        return wall, inside

    def count_files(self):
        """How often each call to the system was made on something in the folder of results."""
        log = self.folder / "strace.log"
        calls = "trace=%file,%desc"
        try:
            self.run(1, ("strace", "-f", "-y", "-qq", "-s", "300", "-e", calls, "-e", "signal=none", "-o", log))
        except FileNotFoundError:
            sys.exit("--files: strace was not found; Debian's package is called strace")
        counts = collections.Counter()
        # A call that another interrupts is logged in two lines; its first has name and arguments.
        begin = re.compile(r"^\d+\s+(\w+)\((.*)")
        with log.open(errors="replace") as lines:
            for line in lines:
                found = begin.match(line)
                if found and f"{self.folder}/" in found[2] and "/cpu/scaling" in found[2]:
                    counts[found[1]] += 1
        return counts


def timing_table(rounds, arguments):
    walls = {jobs: [each[jobs][0] for each in rounds] for jobs in arguments.jobs}
    inside = {jobs: [each[jobs][1] for each in rounds] for jobs in arguments.jobs}
    first = arguments.jobs[0]
    lines = [f"{arguments.runs} runs, medians of {arguments.repeats}", "",
             "| workers | grid, s | runs, s each | efficiency | in runs | overhead per run, ms |",
             "| --- | --- | --- | --- | --- | --- |"]
    for jobs in arguments.jobs:
        wall, spent = statistics.median(walls[jobs]), statistics.median(inside[jobs])
        ratio = statistics.median(first * a / (jobs * b) for a, b in zip(walls[first], walls[jobs]))
        idle = statistics.median(jobs * w - s for w, s in zip(walls[jobs], inside[jobs]))
        lines.append(f"| {jobs} | {wall:.2f} | {spent / arguments.runs:.3f} | {100 * ratio:.1f} % "
                     f"| {100 * spent / (jobs * wall):.1f} % | {1000 * idle / arguments.runs:.1f} |")
    return "\n".join(lines)


def files_table(counts, runs):
    lines = ["| call | per 1,000 runs |", "| --- | --- |"]
    lines += [f"| `{name}` | {1000 * count / runs:,.0f} |" for name, count in counts.most_common()]
    lines.append(f"| all | {1000 * sum(counts.values()) / runs:,.0f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
