"""Submits small grids to a Slurm of its own on this machine (scripts/slurm-local.sh), and disturbs them.

The program is given by $EIGENRNN. Skipped where Slurm is not installed; `scripts/setup.sh --slurm` installs it.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

SOURCE = pathlib.Path(__file__).resolve().parent.parent
EIGENRNN = str(pathlib.Path(os.environ["EIGENRNN"]).resolve())
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch")
PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"
MISSING = [name for name in PROGRAMS if shutil.which(name, path=PATH) is None]

MANIFEST = """
experiment: small
title: Small
task: {name: tomita, options: {train_size: %(train)d, validation_size: 60, test_size: 60}}
conditions:
  - {label: "1", options: {grammar: 1}}
  - {label: "5", options: {grammar: 5}}
cells: [rnn_tanh, gru]
initializers: [xavier, irnn]
seeds: 2
model: {hidden_size: 8}
training: {epochs: %(epochs)d, batch_size: 20}
"""
RUNS = 16
TASK = ("--tasks", "2", "--jobs", "1", "--sbatch-arg=--mem-per-cpu=400M", "--sbatch-arg=--time=20")


@unittest.skipIf(MISSING, f"not installed: {', '.join(MISSING)}; scripts/setup.sh --slurm installs them")
class Slurm(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = pathlib.Path(tempfile.mkdtemp(prefix="eigenrnn-slurm-test-"))
        cls.home.chmod(0o755)  # munge wants its socket where everybody could reach it
        cls.environment = {**os.environ, "PATH": PATH, "SLURM_LOCAL_FOLDER": str(cls.home / "slurm"),
                           "SLURM_LOCAL_PORT": "26917", "SLURM_CONF": str(cls.home / "slurm/slurm.conf")}
        cls.addClassCleanup(shutil.rmtree, cls.home)
        cls.addClassCleanup(subprocess.run, [SOURCE / "scripts/slurm-local.sh", "stop"], env=cls.environment)
        # Not through pipes: the daemons would hold them open.
        subprocess.run([SOURCE / "scripts/slurm-local.sh", "start"], env=cls.environment, check=True,
                       stdout=subprocess.DEVNULL)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="grid-", dir=self.home))
        self.results = self.folder / "results"
        self.manifest = self.folder / "small.yaml"

    def write_manifest(self, train=100, epochs=2):
        self.manifest.write_text(MANIFEST % {"train": train, "epochs": epochs})

    def call(self, *words):
        process = subprocess.run([str(word) for word in words], text=True, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, timeout=600, env=self.environment, cwd=SOURCE)
        self.assertEqual(process.returncode, 0, process.stdout)
        return process.stdout

    def submit(self):
        """The number of the array."""
        output = self.call(EIGENRNN, "run", self.manifest, "--results", self.results,
                           "--launcher", "slurm", *TASK)
        return re.search(r"job (\d+) works", output)[1]

    def keys(self, results=None):
        folder = (results or self.results) / "cpu" / "small"
        return {path.stem: path for path in folder.glob("*.json") if path.name != "table.json"}

    def wait_until(self, what, condition, seconds=600):
        deadline = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), deadline, f"{what}: not within {seconds} s\n{self.logs()}\n"
                            + self.call("squeue"))
            time.sleep(0.1)

    def wait_for_the_end(self):
        self.wait_until("all jobs end", lambda: not self.call("squeue", "-h"))

    def resume_node(self):
        """It may come back by itself (ReturnToService=2), and then there is nothing to resume."""
        subprocess.run(["scontrol", "update", "nodename=localhost", "state=resume"], env=self.environment)
        self.wait_until("the node is back", lambda: "down" not in self.call("sinfo", "-h", "-o", "%t"))

    def logs(self, name="*.log"):
        return "\n".join(path.read_text() for path in sorted(self.results.glob(f"cpu/.slurm/*/{name}")))

    def outcomes(self, results=None):
        """What must not depend on how a grid was carried out, by key."""
        found = {}
        for key, path in self.keys(results).items():
            result = json.loads(path.read_text())
            del result["timing"]
            for epoch in result["epochs"]:
                del epoch["seconds"]
            found[key] = result
        return found

    def assert_whole(self):
        """All results, as an undisturbed grid makes them, collated; and no lease left."""
        undisturbed = self.folder / "undisturbed"
        self.call(EIGENRNN, "run", self.manifest, "--results", undisturbed, "--jobs", "2")
        self.assertEqual(len(self.keys()), RUNS, self.logs())
        self.assertEqual(self.outcomes(), self.outcomes(undisturbed))
        self.call(sys.executable, "-B", SOURCE / "scripts/validate_results.py", self.results)
        self.assertIn(f"{RUNS} runs: {RUNS} finished", self.logs("report.log"))
        self.assertTrue((self.results / "cpu/tables/small.md").exists(), self.logs("report.log"))
        self.assertEqual(list(self.results.glob("cpu/small/.claims/*")), [])

    def test_every_run_is_done_once_and_the_tables_are_collated(self):
        self.write_manifest()
        self.submit()
        self.wait_for_the_end()
        self.assert_whole()
        finished = [int(n) for n in re.findall(r"(\d+) finished now", self.logs("*_*.log"))]
        self.assertEqual(len(finished), 2, self.logs())
        self.assertEqual(sum(finished), RUNS, self.logs())
        again = self.call(EIGENRNN, "run", self.manifest, "--results", self.results, "--launcher", "slurm", *TASK)
        self.assertIn("nothing is submitted", again)

    def test_a_node_that_fails_costs_nothing_but_time(self):
        self.write_manifest(train=1000, epochs=4)
        self.submit()
        self.wait_until("three results", lambda: len(self.keys()) >= 3)
        self.call("scontrol", "update", "nodename=localhost", "state=down", "reason=test")
        done = len(self.keys())
        self.assertLess(done, RUNS, "it failed too late to be a test")
        self.resume_node()
        self.wait_for_the_end()
        self.assert_whole()
        # The first life of each task was cut off before it could say anything.
        self.assertEqual(len(re.findall("finished now", self.logs("*_*.log"))), 2, self.logs())

    def test_a_task_whose_time_is_up_is_queued_again_and_goes_on(self):
        self.write_manifest(train=1000, epochs=4)
        array = self.submit()
        self.wait_until("three results", lambda: len(self.keys()) >= 3)
        self.call("scancel", "--batch", "--signal=USR1", f"{array}_0")
        self.wait_until("the task is queued again", lambda: re.search(
            "Requeue=1 Restarts=1", self.call("scontrol", "show", "job", f"{array}_0")))
        self.wait_for_the_end()
        self.assert_whole()
        self.assertIn("stopping; what is under way is kept first", self.logs("*_0.log"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
