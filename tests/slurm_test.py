"""Submits small grids to a Slurm of its own on this machine (scripts/slurm-local.sh), and disturbs them.

The program is given by $EIGENRNN. Skipped where Slurm is not installed; `scripts/setup.sh --slurm` installs it.
"""

import pathlib
import re
import shutil
import tempfile
import time
import unittest

from grid_fixture import EIGENRNN, complaints, manifest, outcomes, result_files
from slurm_fixture import MISSING, WHY_NOT, LocalSlurm

RUNS = 16
TASK = ("--tasks", "2", "--jobs", "1", "--sbatch-arg=--mem-per-cpu=400M", "--sbatch-arg=--time=20")


@unittest.skipIf(MISSING, WHY_NOT)
class Slurm(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = pathlib.Path(tempfile.mkdtemp(prefix="eigenrnn-slurm-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.home)
        cls.slurm = LocalSlurm(cls.home)
        cls.addClassCleanup(cls.slurm.stop)
        cls.call = staticmethod(cls.slurm.call)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="grid-", dir=self.home))
        self.results = self.folder / "results"
        self.manifest = self.folder / "small.yaml"

    def write_manifest(self, train=100, epochs=2):
        self.manifest.write_text(manifest(train=train, epochs=epochs))

    def submit(self):
        """The number of the array."""
        output = self.call(EIGENRNN, "run", self.manifest, "--results", self.results,
                           "--launcher", "slurm", *TASK)
        return re.search(r"job (\d+) works", output)[1]

    def keys(self):
        return result_files(self.results)

    def wait_until(self, what, condition, seconds=600):
        deadline = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), deadline, f"{what}: not within {seconds} s\n{self.logs()}\n"
                            + self.call("squeue"))
            time.sleep(0.1)

    def wait_for_the_end(self):
        self.wait_until("all jobs end", lambda: not self.call("squeue", "-h"))

    def logs(self, name="*.log"):
        return "\n".join(path.read_text() for path in sorted(self.results.glob(f"cpu/.slurm/*/{name}")))

    def assert_whole(self):
        """All results, as an undisturbed grid makes them, collated; and no lease left."""
        undisturbed = self.folder / "undisturbed"
        self.call(EIGENRNN, "run", self.manifest, "--results", undisturbed, "--jobs", "2")
        self.assertEqual(len(self.keys()), RUNS, self.logs())
        self.assertEqual(outcomes(self.results), outcomes(undisturbed))
        self.assertEqual(complaints(self.results), "")
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
        self.slurm.set_node_down()
        done = len(self.keys())
        self.assertLess(done, RUNS, "it failed too late to be a test")
        self.wait_until("the node is back", self.slurm.is_node_up_again)
        self.wait_for_the_end()
        self.assert_whole()
        self.assertIn("DUE TO NODE FAILURE", self.logs("*_*.log"))
        # Asked to end, a task says how far it came, if it is given the time to.
        finished = [int(n) for n in re.findall(r"(\d+) finished now", self.logs("*_*.log"))]
        self.assertGreaterEqual(len(finished), 2, self.logs())
        self.assertLessEqual(sum(finished), RUNS, self.logs())

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
