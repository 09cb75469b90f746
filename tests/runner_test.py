"""Drives the program as a user does: grids that are interrupted, workers that are killed, two at once.

The program is given by $EIGENRNN; the schema check of results by scripts/validate_results.py.
"""

import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

SOURCE = pathlib.Path(__file__).resolve().parent.parent
EIGENRNN = os.environ["EIGENRNN"]

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


class Grid(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="eigenrnn-runner-"))
        self.results = self.folder / "results"
        self.write_manifest()

    def tearDown(self):
        shutil.rmtree(self.folder)

    def write_manifest(self, train=100, epochs=2, more=""):
        self.manifest = self.folder / "small.yaml"
        self.manifest.write_text(MANIFEST % {"train": train, "epochs": epochs} + more)

    def command(self, *more, results=None):
        return [EIGENRNN, "run", str(self.manifest), "--results", str(results or self.results),
                *more]

    def run_grid(self, *more, results=None, environment=None):
        return subprocess.run(self.command(*more, results=results), text=True, timeout=300,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env={**os.environ, **(environment or {})})

    def start_grid(self, *more):
        return subprocess.Popen(self.command(*more), text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, start_new_session=True)

    def keys(self, results=None):
        folder = (results or self.results) / "cpu" / "small"
        return {path.stem: path for path in folder.glob("*.json") if path.name != "table.json"}

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
        """All 16 results, valid, the weights that they promise, and nothing else left behind."""
        self.assertEqual(len(self.keys()), 16)
        check = subprocess.run([sys.executable, "-B", str(SOURCE / "scripts/validate_results.py"),
                                str(self.results)], text=True, capture_output=True)
        self.assertEqual(check.returncode, 0, check.stdout + check.stderr)
        left = {p for p in self.results.rglob("*")
                if p.is_file() and p.suffix != ".json" and p.name != "runner.log"}
        self.assertEqual(left, self.promised_weights())

    def promised_weights(self):
        """The files of weights that results speak of, whose checksums must be right."""
        found = set()
        for path in self.keys().values():
            weights = json.loads(path.read_text())["weights"]
            if weights is not None:
                file = path.with_name(weights["file"])
                self.assertEqual(hashlib.sha256(file.read_bytes()).hexdigest(), weights["sha256"])
                found.add(file)
        return found

    def workers_of(self, process):
        out = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)], text=True,
                             capture_output=True).stdout
        return [int(pid) for pid in out.split()]

    def wait_for_workers(self, process, count):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            workers = self.workers_of(process)
            if len(workers) == count:
                return workers
            time.sleep(0.02)
        self.fail(f"no {count} workers started")

    def wait_for_results(self, count):
        deadline = time.monotonic() + 60
        while len(self.keys()) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertGreaterEqual(len(self.keys()), count)


class WholeGrid(Grid):
    def test_finishes_skips_and_does_not_depend_on_jobs(self):
        first = self.run_grid("--jobs", "2")
        self.assertEqual(first.returncode, 0, first.stdout)
        self.assert_whole()
        table = json.loads((self.results / "cpu/small/table.json").read_text())
        expected = {run["key"] for entry in table["entries"] for run in entry["runs"]}
        self.assertEqual(set(self.keys()), expected)

        again = self.run_grid("--jobs", "2")
        self.assertEqual(again.returncode, 0)
        self.assertIn("0 finished now, 16 were finished before", again.stdout)

        alone = self.folder / "alone"
        self.assertEqual(self.run_grid("--jobs", "1", results=alone).returncode, 0)
        self.assertEqual(self.outcomes(), self.outcomes(alone))

    def test_only_and_dry_run_and_force(self):
        part = ("--only", "init=irnn,cell=gru,seed=1")
        dry = self.run_grid("--dry-run", *part)
        self.assertEqual(dry.returncode, 0)
        self.assertIn("2 of 2 runs are left", dry.stdout)
        self.assertFalse(self.results.exists())
        self.assertEqual(self.run_grid(*part).returncode, 0)
        self.assertEqual(len(self.keys()), 2)
        before = {key: path.stat().st_mtime_ns for key, path in self.keys().items()}
        dry = self.run_grid("--dry-run")
        self.assertIn("14 of 16 runs are left, about", dry.stdout)
        self.assertEqual(self.run_grid("--force", *part).returncode, 0)
        for key, path in self.keys().items():
            self.assertGreater(path.stat().st_mtime_ns, before[key])

    def test_bad_usage_exits_with_2(self):
        self.assertEqual(self.run_grid("--only", "init=nothing").returncode, 2)
        self.assertEqual(self.run_grid("--jobs", "0").returncode, 2)
        self.assertEqual(self.run_grid("--device", "tpu").returncode, 2)
        self.manifest.write_text("experiment: 3\ncells: [lstn]\n")
        bad = self.run_grid()
        self.assertEqual(bad.returncode, 2)
        self.assertIn("small.yaml:2: unknown cell 'lstn'", bad.stdout)


class Interrupted(Grid):
    def test_interrupt_ends_in_order_and_the_grid_goes_on(self):
        self.write_manifest(train=1000, epochs=4)
        process = self.start_grid("--jobs", "2")
        self.wait_for_results(2)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        output, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, output)
        self.assertIn("To go on where this stopped: ", output)
        done = len(self.keys())
        self.assertLess(done, 16)
        rest = self.run_grid("--jobs", "2")
        self.assertEqual(rest.returncode, 0, rest.stdout)
        self.assertIn(f"{done} were finished before", rest.stdout)
        self.assert_whole()

    def test_killing_the_parent_leaves_no_orphan(self):
        self.write_manifest(train=1000, epochs=4)
        process = self.start_grid("--jobs", "2")
        workers = self.wait_for_workers(process, 2)
        self.wait_for_results(1)
        process.kill()
        process.wait()
        process.stdout.close()
        deadline = time.monotonic() + 20
        while any(pathlib.Path(f"/proc/{pid}").exists() for pid in workers):
            self.assertLess(time.monotonic(), deadline, "a worker outlived the runner")
            time.sleep(0.05)
        self.assertEqual(self.run_grid("--jobs", "2").returncode, 0)
        self.assert_whole()

    def test_a_killed_worker_costs_nothing_but_time(self):
        self.write_manifest(train=1000, epochs=4)
        process = self.start_grid("--jobs", "2")
        os.kill(self.wait_for_workers(process, 2)[0], signal.SIGKILL)
        output, _ = process.communicate(timeout=300)
        self.assertEqual(process.returncode, 0, output)
        self.assertIn("trying once more", output)
        self.assert_whole()

    def test_a_run_that_crashes_twice_is_recorded_and_tried_anew_next_time(self):
        self.write_manifest(train=4000, epochs=20)
        only = ("--only", "cell=gru,init=xavier,condition=5,seed=0", "--jobs", "1")
        process = self.start_grid(*only)
        first = self.wait_for_workers(process, 1)[0]
        os.kill(first, signal.SIGSEGV)
        while True:
            second = self.wait_for_workers(process, 1)[0]
            if second != first:
                break
        os.kill(second, signal.SIGKILL)
        output, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1, output)
        (path,) = self.keys().values()
        result = json.loads(path.read_text())
        self.assertEqual(result["status"], "failed")
        self.assertEqual(result["failure"]["attempts"], 2)
        self.assertIn("signal 9", result["failure"]["reason"])
        self.write_manifest(train=4000, epochs=20)
        again = self.run_grid(*only, "--dry-run")
        self.assertIn("1 of 1 runs are left", again.stdout)

    def test_two_parents_share_the_work(self):
        self.write_manifest(train=300, epochs=2)
        processes = [self.start_grid("--jobs", "1") for _ in range(2)]
        outputs = [process.communicate(timeout=300)[0] for process in processes]
        self.assertEqual([process.returncode for process in processes], [0, 0], outputs)
        finished = [int(out.rsplit(" finished now", 1)[0].rsplit(" ", 1)[1]) for out in outputs]
        self.assertEqual(sum(finished), 16, outputs)  # none was done twice
        self.assertTrue(all(finished), "one of them did everything")
        self.assert_whole()


class SharedByMachines(Grid):
    """The other machine is played by this test: it writes leases as a process there would."""

    ONE = ("--only", "cell=gru,init=xavier,condition=5,seed=0", "--jobs", "1")

    def setUp(self):
        super().setUp()
        listed = self.run_grid(*self.ONE)  # to learn its key
        self.assertEqual(listed.returncode, 0, listed.stdout)
        ((self.key, path),) = self.keys().items()
        path.unlink()
        self.lease = path.parent / ".claims" / self.key

    def write_lease(self, renewals, lifetime_ms):
        record = {"host": "elsewhere", "system": "another", "pid": 1, "start": "1", "nonce": "00ff",
                  "since": "2000-01-01T00:00:00Z", "lifetime_ms": lifetime_ms}
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
        output, _ = leaving.communicate(timeout=60)
        self.assertEqual(leaving.returncode, 0, output)
        self.assertIn("1 runs are being done by others", output)
        self.assertIsNone(waiting.poll())
        self.lease.unlink()  # given back without a result
        output, _ = waiting.communicate(timeout=60)
        self.assertEqual(waiting.returncode, 0, output)
        self.assertIn("1 finished now", output)

    def test_status_says_who_is_at_what(self):
        self.write_lease(renewals=0, lifetime_ms=60_000)
        only = ("--only", "init=xavier,condition=5")
        command = [EIGENRNN, "status", str(self.manifest), "--results", str(self.results), *only]
        text = subprocess.run(command, text=True, capture_output=True, timeout=60)
        self.assertEqual(text.returncode, 0, text.stderr)
        self.assertIn("small (cpu): 4 runs: 1 running, 3 waiting", text.stdout)
        self.assertIn("on elsewhere (process 1) since 2000-01-01T00:00:00Z", text.stdout)
        told = json.loads(subprocess.run(command + ["--json"], text=True, capture_output=True).stdout)
        self.assertEqual((told["total"], told["running"], told["waiting"]), (4, 1, 3))
        self.assertEqual(told["running_runs"][0]["key"], self.key)
        self.assertEqual(told["experiments"]["small"]["waiting"], 3)

    def test_several_begin_at_different_places(self):
        first = self.run_grid("--begin-at", "0/2", "--jobs", "1").stdout
        self.assertIn("seed 0", next(line for line in first.splitlines() if line.startswith("[1/16]")))
        shutil.rmtree(self.results)
        second = self.run_grid("--begin-at", "1/2", "--jobs", "1").stdout
        self.assertIn("seed 1", next(line for line in second.splitlines() if line.startswith("[1/16]")))
        self.assertEqual(self.run_grid("--begin-at", "2/2").returncode, 2)

    def test_a_failure_that_another_recorded_meanwhile_is_not_repeated(self):
        self.write_lease(renewals=0, lifetime_ms=3600_000)
        process = self.start_grid("--only", "cell=gru,init=xavier,condition=5", "--jobs", "1")
        self.wait_for_results(1)  # of the other seed: the grid has begun
        failure = {"schema": 1, "status": "failed", "failure": {"reason": "no memory", "attempts": 2},
                   "timing": {"started": "2000-01-01T00:00:00Z"}}
        (self.lease.parent.parent / f"{self.key}.json").write_text(json.dumps(failure))
        self.lease.unlink()
        output, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1, output)
        self.assertIn("failed elsewhere: ", output)
        self.assertIn("no memory", output)


class Cluster(Grid):
    def test_a_dry_run_shows_the_jobs_and_submits_nothing(self):
        shown = subprocess.run(self.command("--launcher", "slurm", "--dry-run", "--sbatch-arg=--partition=long"),
                               text=True, capture_output=True, timeout=60, cwd=SOURCE)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn("#SBATCH --array=0-3\n", shown.stdout)  # 16 runs, 4 workers a task
        self.assertRegex(shown.stdout, r"\nsbatch --parsable --partition=long \S+/array.sh\n")
        self.assertFalse(self.results.exists())

    def test_what_cannot_work_is_refused(self):
        self.assertEqual(self.run_grid("--launcher", "slurm", "--force").returncode, 2)
        elsewhere = subprocess.run(self.command("--launcher", "slurm"), text=True, capture_output=True,
                                   timeout=60, cwd=self.folder)
        self.assertEqual(elsewhere.returncode, 2)
        self.assertIn("must be called in the project's folder", elsewhere.stderr)

    def test_a_cluster_s_warning_ends_it_in_order(self):
        self.write_manifest(train=1000, epochs=4)
        process = self.start_grid("--jobs", "2")
        self.wait_for_results(1)
        os.killpg(process.pid, signal.SIGUSR1)
        output, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, output)
        self.assertEqual(list((self.results / "cpu/small/.claims").iterdir()), [])


class Checkpoints(Grid):
    """Runs that are cut and go on: long enough to be cut, and to be told from runs done anew."""

    PART = ("--only", "init=xavier,seed=0,condition=1", "--jobs", "2")  # two runs
    EPOCHS = 30
    undisturbed = None  # the outcomes, once they are known

    def setUp(self):
        super().setUp()
        self.write_manifest(train=200, epochs=self.EPOCHS)

    def checkpoints(self):
        return sorted(self.results.rglob("*.checkpoint"))

    def start_and_wait_for_checkpoints(self, *more):
        """A grid in which each of two runs has finished an epoch or more since it was started."""
        start = time.time_ns()
        process = self.start_grid(*self.PART, "--checkpoint-seconds", "0", *more)
        deadline = time.monotonic() + 60
        while sum(self.time_of(path) > start for path in self.checkpoints()) < 2:
            self.assertLess(time.monotonic(), deadline, "no two checkpoints were written")
            time.sleep(0.005)
        return process

    @staticmethod
    def time_of(path):
        try:
            return path.stat().st_mtime_ns
        except FileNotFoundError:  # makes room for a newer one
            return 0

    def kill_all(self, process):
        """As a power cut would, before any of them can put things in order."""
        process.send_signal(signal.SIGSTOP)
        workers = self.workers_of(process)
        process.kill()
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        process.communicate(timeout=60)

    def places_gone_on_at(self, output):
        """Epoch, and steps that were done in it."""
        return [(int(epoch), int(steps)) for epoch, steps in
                re.findall(r"goes on in epoch (\d+) of \d+, after (\d+) of its steps", output)]

    def assert_as_undisturbed(self):
        if Checkpoints.undisturbed is None:
            alone = self.folder / "alone"
            self.assertEqual(self.run_grid(*self.PART, results=alone).returncode, 0)
            Checkpoints.undisturbed = self.outcomes(alone)
        self.assertEqual(len(self.keys()), 2)
        self.assertEqual(self.outcomes(), self.undisturbed)
        self.assertEqual(list(self.results.rglob(".checkpoints/*")), [])
        check = subprocess.run([sys.executable, "-B", str(SOURCE / "scripts/validate_results.py"),
                                str(self.results)], text=True, capture_output=True)
        self.assertEqual(check.returncode, 0, check.stdout + check.stderr)

    def times_resumed(self):
        return sum(json.loads(path.read_text())["timing"].get("resumed", 0)
                   for path in self.keys().values())

    def test_a_grid_that_is_killed_goes_on_to_the_same_results(self):
        for _ in range(2):
            self.kill_all(self.start_and_wait_for_checkpoints())
        rest = self.run_grid(*self.PART)
        self.assertEqual(rest.returncode, 0, rest.stdout)
        places = self.places_gone_on_at(rest.stdout)
        self.assertEqual(len(places), 2, rest.stdout)
        for epoch, steps in places:
            self.assertGreaterEqual(epoch, 3)  # at least one was finished each time, and kept
            self.assertEqual(steps, 0)
        self.assertEqual(self.times_resumed(), 4)
        self.assert_as_undisturbed()

    def test_a_killed_worker_goes_on_from_its_checkpoint(self):
        process = self.start_and_wait_for_checkpoints()
        os.kill(self.workers_of(process)[0], signal.SIGKILL)
        output, _ = process.communicate(timeout=300)
        self.assertEqual(process.returncode, 0, output)
        self.assertIn("trying once more", output)
        self.assertEqual(len(self.places_gone_on_at(output)), 1, output)
        self.assert_as_undisturbed()

    def test_asked_to_stop_it_keeps_what_was_done(self):
        for number in (signal.SIGUSR1, signal.SIGTERM):
            process = self.start_and_wait_for_checkpoints()
            process.send_signal(number)
            output, _ = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 130, output)
        self.assertIn("2 of 2 runs are left (2 of them will go on from a checkpoint)",
                      self.run_grid(*self.PART, "--dry-run").stdout)
        rest = self.run_grid(*self.PART)
        self.assertEqual(rest.returncode, 0, rest.stdout)
        places = self.places_gone_on_at(rest.stdout)
        self.assertEqual(len(places), 2, rest.stdout)
        for epoch, steps in places:
            self.assertGreaterEqual(epoch, 3)
            self.assertGreater(steps, 0)  # of the epoch in which the signal came
        self.assertEqual(self.times_resumed(), 4)
        self.assert_as_undisturbed()

    def test_damaged_ones_are_named_and_force_begins_anew(self):
        process = self.start_and_wait_for_checkpoints()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        damaged, _ = self.checkpoints()
        damaged.with_name(damaged.name + ".previous").unlink()
        content = bytearray(damaged.read_bytes())
        content[len(content) // 2] ^= 1
        damaged.write_bytes(content)
        rest = self.run_grid(*self.PART)
        self.assertEqual(rest.returncode, 0, rest.stdout)
        self.assertIn(f"the checkpoint {damaged} is not used: it is cut short or damaged",
                      rest.stdout)
        self.assertIn("starts afresh", rest.stdout)
        self.assertEqual(len(self.places_gone_on_at(rest.stdout)), 1, rest.stdout)
        self.assert_as_undisturbed()

        process = self.start_and_wait_for_checkpoints("--force")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        self.assertTrue(self.checkpoints())
        forced = self.run_grid(*self.PART, "--force")
        self.assertEqual(forced.returncode, 0, forced.stdout)
        self.assertNotIn("goes on", forced.stdout)
        self.assert_as_undisturbed()


class Recording(Grid):
    KEEP = "recording: {keep_weights: true, epoch_spectra: all}\n"

    def test_what_is_to_be_kept_decides_what_is_done_and_not_the_outcome(self):
        self.assertEqual(self.run_grid("--jobs", "2").returncode, 0)
        plain = self.outcomes()
        self.write_manifest(more=self.KEEP)
        self.assertIn("16 of 16 runs are left", self.run_grid("--dry-run").stdout)
        again = self.run_grid("--jobs", "2")
        self.assertEqual(again.returncode, 0, again.stdout)
        self.assert_whole()
        self.assertEqual(len(self.promised_weights()), 16)
        for key, result in self.outcomes().items():
            self.assertEqual(result["metrics"], plain[key]["metrics"])
            self.assertEqual(result["spectra"]["end"], plain[key]["spectra"]["end"])

        self.promised_weights().pop().unlink()
        self.assertIn("1 of 16 runs are left", self.run_grid("--dry-run").stdout)
        self.write_manifest()  # less is wanted than there is
        self.assertIn("0 of 16 runs are left", self.run_grid("--dry-run").stdout)

    def test_killed_grids_never_promise_weights_that_are_not_there(self):
        self.write_manifest(train=300, epochs=2, more=self.KEEP)
        for count in (1, 4, 8):
            process = self.start_grid("--jobs", "2")
            self.wait_for_results(count)
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate(timeout=60)
            self.promised_weights()
        self.assertEqual(self.run_grid("--jobs", "2").returncode, 0)
        for left in self.results.rglob("*.tmp"):
            left.unlink()  # moments old, so the runner leaves it to its writer
        self.assert_whole()


class Store(Grid):
    def test_a_folder_that_cannot_be_written_is_named(self):
        self.results.write_text("a file where the folder should be")
        bad = self.run_grid()
        self.assertEqual(bad.returncode, 1)
        self.assertIn("results cannot be written", bad.stdout)
        self.assertIn(str(self.results), bad.stdout)

    def test_missing_data_is_said_and_the_rest_goes_on(self):
        other = self.folder / "pixels.yaml"
        other.write_text(MANIFEST.replace("small", "pixels").replace("name: tomita", "name: pixel_mnist")
                         % {"train": 100, "epochs": 1})
        other.write_text("\n".join(
            line for line in other.read_text().splitlines()
            if "grammar" not in line and "conditions" not in line))
        process = subprocess.run(
            [EIGENRNN, "run", str(other), str(self.manifest), "--results", str(self.results)],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300,
            env={**os.environ, "EIGENRNN_DATASETS": str(self.folder / "nowhere")})
        self.assertEqual(process.returncode, 1, process.stdout)
        self.assertIn("8 runs of task pixel_mnist left out", process.stdout)
        self.assertIn("datasets/fetch_mnist.sh", process.stdout)
        self.assertEqual(len(self.keys()), 16)

    def test_a_broken_result_is_made_again(self):
        only = ("--only", "cell=gru,init=xavier,condition=5,seed=0")
        self.assertEqual(self.run_grid(*only).returncode, 0)
        (path,) = self.keys().values()
        whole = path.read_text()
        path.write_text(whole[: len(whole) // 2])
        self.assertEqual(self.run_grid(*only).returncode, 0)
        self.assertEqual(json.loads(path.read_text())["status"], "finished")


if __name__ == "__main__":
    unittest.main(verbosity=2)
