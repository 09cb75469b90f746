"""Drives the program as a user does: grids that are interrupted, workers that are killed, folders that fail.

The program is given by $EIGENRNN; the schema check of results by scripts/validate_results.py.
"""

import json
import os
import pathlib
import signal
import subprocess
import unittest

from grid_fixture import EIGENRNN, PATIENCE, GridTest, manifest, outcomes, promised_weights, wait_until


class WholeGrid(GridTest):
    def test_finishes_skips_and_does_not_depend_on_jobs(self):
        first = self.run_grid("--jobs", "2")
        self.assertEqual(first.returncode, 0, first.stdout)
        self.assert_whole()
        # A line for each run is in the log, not on the screen.
        counts, summary = first.stdout.split("\n\n")[-2:]
        self.assertEqual(counts.splitlines()[-1],
                         "16 runs: 16 finished now, 0 were finished before, 0 diverged, 0 failed")
        self.assertRegex(summary, r"^small: test accuracy, %, higher is better, means of 16 runs\n")
        self.assertRegex(summary, r"\n    irnn +\d+\.\d +\d+\.\d\n")
        self.assertNotIn("█", summary)  # no terminal
        self.assertLess(len(first.stdout.splitlines()), 16, first.stdout)
        log = (self.results / "runner.log").read_text()
        self.assertEqual(len([line for line in log.splitlines() if "/16] " in line]), 16, log)
        table = json.loads((self.results / "cpu/small/table.json").read_text())
        expected = {run["key"] for entry in table["entries"] for run in entry["runs"]}
        self.assertEqual(set(self.keys()), expected)

        again = self.run_grid("--jobs", "2")
        self.assertEqual(again.returncode, 0)
        self.assertIn("0 finished now, 16 were finished before", again.stdout)

        alone = self.folder / "alone"
        self.assertEqual(self.run_grid("--jobs", "1", results=alone).returncode, 0)
        self.assertEqual(outcomes(self.results), outcomes(alone))

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


class Interrupted(GridTest):
    def wait_for_the_end_of(self, pid):
        wait_until(lambda: not pathlib.Path(f"/proc/{pid}").exists(), f"process {pid} does not end")

    def wait_for_lease_of(self, pid):
        folder = self.results / "cpu/small/.claims"
        words = ["grep", "-qs", f'"pid":{pid},', "-r", folder]
        wait_until(lambda: subprocess.run(words).returncode == 0, f"process {pid} takes no lease")

    def test_interrupt_ends_in_order_and_the_grid_goes_on(self):
        self.write_manifest(train=1000, epochs=4)
        process = self.start_grid("--jobs", "2")
        self.wait_for_results(2)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        output, _ = process.communicate(timeout=PATIENCE)
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
        for worker in workers:
            self.wait_for_the_end_of(worker)
        self.assertEqual(self.run_grid("--jobs", "2").returncode, 0)
        self.assert_whole()

    def test_a_killed_worker_costs_nothing_but_time(self):
        self.write_manifest(train=1000, epochs=4)
        process = self.start_grid("--jobs", "2")
        os.kill(self.wait_for_workers(process, 2)[0], signal.SIGKILL)
        output, _ = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 0, output)
        self.assertIn("trying once more", output)
        self.assert_whole()

    def test_a_worker_that_is_asked_to_end_has_not_crashed(self):
        self.write_manifest(train=4000, epochs=20)
        process = self.start_grid("--only", "cell=gru,init=xavier,condition=5,seed=0", "--jobs", "1")
        for _ in range(3):  # two crashes would be one too many
            (worker,) = self.wait_for_workers(process, 1)
            self.wait_for_lease_of(worker)
            os.kill(worker, signal.SIGTERM)
            self.wait_for_the_end_of(worker)
        output, _ = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 0, output)
        self.assertNotIn("the worker ended", output)

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
        output, _ = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 1, output)
        (path,) = self.keys().values()
        result = json.loads(path.read_text())
        self.assertEqual(result["status"], "failed")
        self.assertEqual(result["failure"]["attempts"], 2)
        self.assertIn("signal 9", result["failure"]["reason"])
        self.write_manifest(train=4000, epochs=20)
        again = self.run_grid(*only, "--dry-run")
        self.assertIn("1 of 1 runs are left", again.stdout)


class Recording(GridTest):
    KEEP = "recording: {keep_weights: true, epoch_spectra: all}\n"

    def test_what_is_to_be_kept_decides_what_is_done_and_not_the_outcome(self):
        self.assertEqual(self.run_grid("--jobs", "2").returncode, 0)
        plain = outcomes(self.results)
        self.write_manifest(more=self.KEEP)
        self.assertIn("16 of 16 runs are left", self.run_grid("--dry-run").stdout)
        again = self.run_grid("--jobs", "2")
        self.assertEqual(again.returncode, 0, again.stdout)
        self.assert_whole()
        self.assertEqual(len(promised_weights(self.results)), 16)
        for key, result in outcomes(self.results).items():
            self.assertEqual(result["metrics"], plain[key]["metrics"])
            self.assertEqual(result["spectra"]["end"], plain[key]["spectra"]["end"])

        promised_weights(self.results).pop().unlink()
        self.assertIn("1 of 16 runs are left", self.run_grid("--dry-run").stdout)
        self.write_manifest()  # less is wanted than there is
        self.assertIn("0 of 16 runs are left", self.run_grid("--dry-run").stdout)

    def test_killed_grids_never_promise_weights_that_are_not_there(self):
        self.write_manifest(train=300, epochs=2, more=self.KEEP)
        for count in (1, 4, 8):
            process = self.start_grid("--jobs", "2")
            self.wait_for_results(count)
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate(timeout=PATIENCE)
            promised_weights(self.results)
        self.assertEqual(self.run_grid("--jobs", "2").returncode, 0)
        for left in self.results.rglob("*.tmp"):
            left.unlink()  # moments old, so the runner leaves it to its writer
        self.assert_whole()


class Store(GridTest):
    def test_a_folder_that_cannot_be_written_is_named(self):
        self.results.write_text("a file where the folder should be")
        bad = self.run_grid()
        self.assertEqual(bad.returncode, 1)
        self.assertIn("results cannot be written", bad.stdout)
        self.assertIn(str(self.results), bad.stdout)

    def test_missing_data_is_said_and_the_rest_goes_on(self):
        other = self.folder / "pixels.yaml"
        other.write_text("\n".join(
            line for line in manifest(experiment="pixels", epochs=1).replace("name: tomita", "name: pixel_mnist")
            .splitlines() if "grammar" not in line and "conditions" not in line))
        process = subprocess.run(
            [EIGENRNN, "run", str(other), str(self.manifest), "--results", str(self.results)],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE,
            env={**os.environ, "EIGENRNN_DATASETS": str(self.folder / "nowhere")})
        self.assertEqual(process.returncode, 1, process.stdout)
        line = "pixels: 8 runs: 0 finished now, 0 were finished before, 0 diverged, 0 failed, 8 left out: "
        self.assertIn(line, process.stdout)
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
