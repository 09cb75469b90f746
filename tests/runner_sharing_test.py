"""Drives the program as users do who share a folder of results: two at once, other machines, a cluster.

The program is given by $EIGENRNN; the schema check of results by scripts/validate_results.py.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import time
import unittest

from grid_fixture import EIGENRNN, PATIENCE, SOURCE, GridTest, wait_until


class TwoParents(GridTest):
    def test_two_parents_share_the_work(self):
        self.write_manifest(train=300, epochs=20)
        first = self.start_grid("--jobs", "1")
        (worker,) = self.wait_for_workers(first, 1)
        wait_until(lambda: list(self.results.glob("cpu/small/.claims/" + "[0-9a-f]" * 16)), "no lease was taken")
        os.kill(worker, signal.SIGSTOP)  # or it might be through before the second has begun
        second = self.start_grid("--jobs", "1")
        self.wait_for_results(len(self.keys()) + 1)
        os.kill(worker, signal.SIGCONT)
        processes = [first, second]
        outputs = [process.communicate(timeout=PATIENCE)[0] for process in processes]
        self.assertEqual([process.returncode for process in processes], [0, 0], outputs)
        finished = [int(out.rsplit(" finished now", 1)[0].rsplit(" ", 1)[1]) for out in outputs]
        self.assertEqual(sum(finished), 16, outputs)  # none was done twice
        self.assertTrue(all(finished), "one of them did everything")
        self.assert_whole()


class SharedByMachines(GridTest):
    """The other machine is played by this test: it writes leases as a process there would."""

    ONE = ("--only", "cell=gru,init=xavier,condition=5,seed=0", "--jobs", "1")

    def setUp(self):
        super().setUp()
        listed = self.run_grid(*self.ONE)  # to learn its key
        self.assertEqual(listed.returncode, 0, listed.stdout)
        ((self.key, path),) = self.keys().items()
        path.unlink()
        self.lease = path.parent / ".claims" / self.key

    def write_lease(self, renewals, lifetime_ms, **owner):
        record = {"host": "elsewhere", "system": "another", "pid": 1, "start": "1", "nonce": "00ff",
                  "since": "2000-01-01T00:00:00Z", "lifetime_ms": lifetime_ms, **owner}
        new = self.lease.with_suffix(".new")
        new.write_text(json.dumps({"lease": record, "renewals": renewals}))
        new.rename(self.lease)

    def test_a_run_of_a_machine_that_is_gone_is_taken_over_after_its_lifetime(self):
        self.write_lease(renewals=0, lifetime_ms=1500)
        began = time.monotonic()
        output = self.run_grid(*self.ONE).stdout
        self.assertGreater(time.monotonic() - began, 1.5)
        self.assertIn("taken over, its owner is gone", output)
        self.assertIn("1 finished now", output)
        self.assertFalse(self.lease.exists())

    def test_a_run_that_another_machine_is_at_is_waited_for_or_left(self):
        self.write_lease(renewals=0, lifetime_ms=3600_000)
        waiting, leaving = self.start_grid(*self.ONE), self.start_grid(*self.ONE, "--no-wait")
        for renewals in range(1, 1000):
            self.write_lease(renewals, lifetime_ms=3600_000)
            if leaving.poll() is not None:
                break
            time.sleep(0.1)
        output, _ = leaving.communicate(timeout=PATIENCE)
        self.assertEqual(leaving.returncode, 0, output)
        self.assertIn("1 runs are being done by others", output)
        self.assertIsNone(waiting.poll())
        self.lease.unlink()  # given back without a result
        output, _ = waiting.communicate(timeout=PATIENCE)
        self.assertEqual(waiting.returncode, 0, output)
        self.assertIn("1 finished now", output)

    def test_a_lease_left_behind_with_a_result_is_removed_once_its_owner_is_seen_to_have_ended(self):
        self.assertEqual(self.run_grid(*self.ONE).returncode, 0)
        self.write_lease(renewals=0, lifetime_ms=3600_000)  # of another machine: nobody knows
        self.assertEqual(self.run_grid(*self.ONE).returncode, 0)
        self.assertTrue(self.lease.exists())
        boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        ended = subprocess.Popen(["true"])
        ended.wait()
        self.write_lease(renewals=0, lifetime_ms=3600_000, pid=ended.pid,
                         system=f"{boot} {os.readlink('/proc/self/ns/pid')}")
        self.assertEqual(self.run_grid(*self.ONE).returncode, 0)
        self.assertFalse(self.lease.exists())

    def test_status_says_who_is_at_what(self):
        self.write_lease(renewals=0, lifetime_ms=60_000)
        only = ("--only", "init=xavier,condition=5")
        command = [EIGENRNN, "status", str(self.manifest), "--results", str(self.results), *only]
        text = subprocess.run(command, text=True, capture_output=True, timeout=PATIENCE)
        self.assertEqual(text.returncode, 0, text.stderr)
        self.assertIn("small (cpu): 4 runs: 1 running, 3 waiting", text.stdout)
        self.assertIn("on elsewhere (process 1) since 2000-01-01T00:00:00Z", text.stdout)
        told = json.loads(subprocess.run(command + ["--json"], text=True, capture_output=True).stdout)
        self.assertEqual((told["total"], told["running"], told["waiting"]), (4, 1, 3))
        self.assertEqual(told["running_runs"][0]["key"], self.key)
        self.assertEqual(told["experiments"]["small"]["waiting"], 3)

    def first_of_log(self):
        """The line of the run that ended first."""
        return next(line for line in (self.results / "runner.log").read_text().splitlines() if "[1/16]" in line)

    def test_several_begin_at_different_places(self):
        self.run_grid("--begin-at", "0/2", "--jobs", "1")
        self.assertIn("seed 0", self.first_of_log())
        shutil.rmtree(self.results)
        self.run_grid("--begin-at", "1/2", "--jobs", "1")
        self.assertIn("seed 1", self.first_of_log())
        self.assertEqual(self.run_grid("--begin-at", "2/2").returncode, 2)

    def test_a_failure_that_another_recorded_meanwhile_is_not_repeated(self):
        self.write_lease(renewals=0, lifetime_ms=3600_000)
        process = self.start_grid("--only", "cell=gru,init=xavier,condition=5", "--jobs", "1")
        self.wait_for_results(1)  # of the other seed: the grid has begun
        other = json.loads(next(self.results.rglob("[0-9a-f]*.json")).read_text())
        failure = {**other, "key": self.key, "status": "failed",
                   "failure": {"reason": "no memory", "attempts": 2}}
        (self.lease.parent.parent / f"{self.key}.json").write_text(json.dumps(failure))
        self.lease.unlink()
        output, _ = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 1, output)
        self.assertIn("failed elsewhere: ", output)
        self.assertIn("no memory", output)


class Cluster(GridTest):
    def test_a_dry_run_shows_the_jobs_and_submits_nothing(self):
        shown = subprocess.run(self.command("--launcher", "slurm", "--dry-run", "--sbatch-arg=--partition=long"),
                               text=True, capture_output=True, timeout=PATIENCE, cwd=SOURCE)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn("#SBATCH --array=0-3\n", shown.stdout)  # 16 runs, 4 workers a task
        self.assertRegex(shown.stdout, r"\nsbatch --parsable --partition=long \S+/array.sh\n")
        self.assertFalse(self.results.exists())

    def test_what_cannot_work_is_refused(self):
        self.assertEqual(self.run_grid("--launcher", "slurm", "--force").returncode, 2)
        elsewhere = subprocess.run(self.command("--launcher", "slurm"), text=True, capture_output=True,
                                   timeout=PATIENCE, cwd=self.folder)
        self.assertEqual(elsewhere.returncode, 2)
        self.assertIn("must be called in the project's folder", elsewhere.stderr)

    def test_a_cluster_s_warning_ends_it_in_order(self):
        self.write_manifest(train=1000, epochs=4)
        process = self.start_grid("--jobs", "2")
        self.wait_for_results(1)
        os.killpg(process.pid, signal.SIGUSR1)
        output, _ = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 130, output)
        self.assertEqual(list((self.results / "cpu/small/.claims").iterdir()), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
