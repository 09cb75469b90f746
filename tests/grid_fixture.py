"""A small grid of Tomita runs, carried out by the program, and what may be asked of its results.

The program is given by $EIGENRNN.
"""

import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

SOURCE = pathlib.Path(__file__).resolve().parent.parent
EIGENRNN = str(pathlib.Path(os.environ["EIGENRNN"]).resolve())
PATIENCE = 600  # seconds; ends a test that is stuck, never one on a machine with other work

_MANIFEST = """
experiment: %(experiment)s
title: Small
task: {name: tomita, options: {train_size: %(train)d, validation_size: 60, test_size: 60}}
conditions:
%(conditions)s
cells: [%(cells)s]
initializers: [%(initializers)s]
seeds: %(seeds)d
model: {hidden_size: 8}
training: {epochs: %(epochs)d, batch_size: 20%(training)s}
%(more)s"""


def manifest(train=100, epochs=2, seeds=2, grammars=(1, 5), cells="rnn_tanh, gru",
             initializers="xavier, irnn", experiment="small", training="", more=""):
    """A manifest's text: cells × initializers × grammars × seeds, 16 runs if nothing is said.

    `train` is the number of strings; `training` and `more` are YAML to append to the settings of the
    training and to the whole.
    """
    conditions = "\n".join(f'  - {{label: "{g}", options: {{grammar: {g}}}}}' for g in grammars)
    return _MANIFEST % locals()


def result_files(results, experiment="small"):
    """The path of each result, by key."""
    folder = pathlib.Path(results) / "cpu" / experiment
    return {path.stem: path for path in sorted(folder.glob("*.json")) if path.name != "table.json"}


def outcome(path):
    """What a result says but for timing: what must not depend on how a grid was carried out."""
    result = json.loads(path.read_text())
    del result["timing"]
    for epoch in result.get("epochs", []):  # a run that failed has none
        del epoch["seconds"]
    return result


def outcomes(results):
    """The outcome of each result, by key."""
    return {key: outcome(path) for key, path in result_files(results).items()}


def promised_weights(results):
    """The files of weights that results speak of. Raises AssertionError if a checksum is wrong."""
    found = set()
    for path in result_files(results).values():
        weights = json.loads(path.read_text()).get("weights")
        if weights is not None:
            file = path.with_name(weights["file"])
            checksum = hashlib.sha256(file.read_bytes()).hexdigest()
            assert checksum == weights["sha256"], f"{file} has the SHA-256 {checksum}"
            found.add(file)
    return found


def complaints(results):
    """What scripts/validate_results.py says of a folder of results: empty if all are valid."""
    check = subprocess.run([sys.executable, "-B", str(SOURCE / "scripts/validate_results.py"),
                            str(results)], text=True, capture_output=True)
    return "" if check.returncode == 0 else check.stdout + check.stderr


def interruptible():
    """For a new process: act on SIGINT, also where the tests run in the background of a shell."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def workers_of(process):
    """Process numbers of the workers of a launch (a Popen)."""
    out = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)], text=True,
                         capture_output=True).stdout
    return [int(pid) for pid in out.split()]


def kill_all(process):
    """Kills a launch with its workers as a power cut would, before any can put things in order."""
    process.send_signal(signal.SIGSTOP)
    workers = workers_of(process)
    process.kill()
    for pid in workers:
        with contextlib.suppress(ProcessLookupError):  # it ended by itself meanwhile
            os.kill(pid, signal.SIGKILL)


def wait_until(condition, complaint):
    """The first value of `condition()` that is true. Raises AssertionError once patience has ended."""
    deadline = time.monotonic() + PATIENCE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(complaint)
        time.sleep(0.005)


class GridTest(unittest.TestCase):
    """Gives each test a folder of its own with a manifest and, later, results."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="eigenrnn-grid-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.results = self.folder / "results"
        self.manifest = self.folder / "small.yaml"
        self.write_manifest()

    def write_manifest(self, **what):
        self.manifest.write_text(manifest(**what))

    def command(self, *more, results=None):
        return [EIGENRNN, "run", str(self.manifest), "--results", str(results or self.results),
                *more]

    def run_grid(self, *more, results=None):
        return subprocess.run(self.command(*more, results=results), text=True, timeout=PATIENCE,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def start_grid(self, *more):
        return subprocess.Popen(self.command(*more), text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, start_new_session=True,
                                preexec_fn=interruptible)

    def keys(self):
        return result_files(self.results)

    def assert_whole(self):
        """All 16 results, valid, the weights that they promise, and nothing else left behind."""
        self.assertEqual(len(self.keys()), 16)
        self.assertEqual(complaints(self.results), "")
        left = {p for p in self.results.rglob("*")
                if p.is_file() and p.suffix != ".json" and p.name != "runner.log"}
        self.assertEqual(left, promised_weights(self.results))

    def wait_for_workers(self, process, count):
        def started():
            workers = workers_of(process)
            return workers if len(workers) == count else None

        return wait_until(started, f"no {count} workers started")

    def wait_for_results(self, count):
        wait_until(lambda: len(self.keys()) >= count, f"no {count} results were written")
