"""Tests of `eigenrnn plan`: what it times, and that its sums are right. The program is $EIGENRNN."""

import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from grid_fixture import EIGENRNN, PATIENCE

MANIFEST = """
experiment: small
title: Small
task: {name: tomita, options: {grammar: 1, train_size: 200, validation_size: 60, test_size: 60}}
cells: [rnn_tanh, gru]
initializers: [xavier, irnn]
seeds: 3
model: {hidden_size: 8}
training: {epochs: 2000, batch_size: 20, learning_rate: %s}
"""


def seconds(text):
    """Of '1 h 02 min', '3 min 20 s', '12 s'."""
    units = {"h": 3600, "min": 60, "s": 1}
    return sum(int(n) * units[unit] for n, unit in re.findall(r"(\d+) (h|min|s)\b", text))


class Plan(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="eigenrnn-plan-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.manifest = self.folder / "small.yaml"
        self.manifest.write_text(MANIFEST % "0.001")

    def eigenrnn(self, command, *more):
        return subprocess.run(
            [EIGENRNN, command, str(self.manifest), "--profile", "cpu", "--results",
             str(self.folder / "results"), *more], text=True, capture_output=True, timeout=PATIENCE)

    def test_kinds_are_timed_by_training_and_summed_up(self):
        done = self.eigenrnn("plan", "--probe-seconds", "0.2", "--workers", "4", "--price", "3600")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("12 runs, 0 of them finished before; 12 are left, of 2 kinds", done.stdout)
        self.assertIn("timing 2 of 2: cpu/small/tomita/gru", done.stderr)
        kinds = re.findall(r"cpu/small/tomita/\w+ +6  +(.+?)  +(.+?)  0.2 s of training on cpu",
                           done.stdout)
        self.assertEqual(len(kinds), 2, done.stdout)
        whole = sum(seconds(all_of_it) for _, all_of_it in kinds)
        self.assertGreater(whole, 10)  # 2,000 epochs of 10 steps cannot take less
        one = re.search(r"\n +1  +(.+?)  +([\d.]+) %  +([\d.]+)\n", done.stdout)
        four = re.search(r"\n +4  +(.+?)  +([\d.]+) %  +([\d.]+)\n", done.stdout)
        self.assertLessEqual(abs(seconds(one[1]) - whole - 1), 60)  # 1 s to start; minutes are rounded
        self.assertLessEqual(float(four[2]), 100)
        self.assertLess(seconds(four[1]), seconds(one[1]))
        self.assertGreaterEqual(float(four[3]), float(one[3]))  # four are paid for while one ends

    def test_workers_that_share_gpus_are_counted_and_gpus_paid_for(self):
        done = self.eigenrnn("plan", "--probe-seconds", "0.2", "--gpus", "2", "--jobs-per-gpu", "3",
                             "--price", "3600", "--device", "cpu")
        self.assertEqual(done.returncode, 0, done.stderr)
        one = re.search(r"\n +1  +3  +(.+?)  +([\d.]+) %  +([\d.]+)\n", done.stdout)
        two = re.search(r"\n +2  +6  +(.+?)  +([\d.]+) %  +([\d.]+)\n", done.stdout)
        self.assertLess(seconds(two[1]), seconds(one[1]), done.stdout)
        # 12 runs are 4 turns of 3 workers, and 2 of 6: half the time on twice the GPUs.
        self.assertLess(abs(float(two[3]) / float(one[3]) - 1), 0.2)
        self.assertIn("This is a guess: nothing was timed on a GPU here.", done.stdout)
        self.assertNotIn("share a GPU", self.eigenrnn("plan", "--probe-seconds", "0.1").stdout)

    def test_gpus_and_workers_are_two_questions(self):
        done = self.eigenrnn("plan", "--gpus", "2", "--workers", "4")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--workers excludes --gpus", done.stderr)
        done = self.eigenrnn("plan", "--jobs-per-gpu", "2")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--jobs-per-gpu requires --gpus", done.stderr)

    def test_finished_runs_are_left_out_and_time_their_kind(self):
        self.manifest.write_text(MANIFEST.replace("2000", "1") % "0.001")
        ran = self.eigenrnn("run", "--only", "cell=gru,seed=0")
        self.assertEqual(ran.returncode, 0, ran.stdout)
        done = self.eigenrnn("plan")
        self.assertIn("12 runs, 2 of them finished before; 10 are left", done.stdout)
        self.assertRegex(done.stdout, r"cpu/small/tomita/gru +4 .*finished runs")
        self.assertRegex(done.stdout, r"cpu/small/tomita/rnn_tanh +6 .*3 s of training on cpu")
        self.assertEqual(self.eigenrnn("run").returncode, 0)
        self.assertIn("0 are left", self.eigenrnn("plan").stdout)

    def test_a_bad_number_of_workers_is_named(self):
        done = self.eigenrnn("plan", "--workers", "0")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--workers", done.stderr)


if __name__ == "__main__":
    unittest.main()
