"""Tests of what is written for TensorBoard, but for its own format: runs, their names and numbers, and mistakes."""

import math
import subprocess
import sys
import unittest

from collate_fixture import SCRIPTS, FolderTest, Study, result
from eigenrnn.results import archive, read_experiment
from eigenrnn.tensorboard import only, runs, series


class Selection(FolderTest):
    def setUp(self):
        super().setUp()
        rows = ["xavier", "ring 0.8–1, phases to π/4"]
        self.study = Study(self.profile, rows=rows, conditions=["1", "T=100, 0.01"], cells=["lstm", "gru"])
        for cell in ("lstm", "gru"):
            self.study.runs("xavier", [0.5, None, 0.7], at=("1", cell))
            self.study.runs(rows[1], [0.5, "diverged", "failed"], at=("T=100, 0.01", cell))
        self.runs = runs.runs_of(read_experiment(self.study.folder))

    def chosen(self, *texts):
        return [run.name for run in runs.select(self.runs, list(texts))]

    def test_a_run_for_each_result_under_a_name_of_its_own(self):
        names = self.chosen()
        self.assertEqual(len(names), 10)
        self.assertEqual(len(set(names)), 10)
        self.assertIn("tomita/1/lstm/xavier/seed2", names)
        self.assertTrue(all(name.count("/") == 4 for name in names), names)
        self.assertTrue(any("ring 0.8-1, phases to π_4" in name for name in names), names)

    def test_archives_are_read_likewise(self):
        for path in archive.pack(self.study.folder):
            path.unlink()
        self.assertEqual(runs.runs_of(read_experiment(self.study.folder)), self.runs)

    def test_a_part_of_the_grid(self):
        self.assertEqual(self.chosen("cell=gru,condition=1"),
                         ["tomita/1/gru/xavier/seed0", "tomita/1/gru/xavier/seed2"])
        self.assertEqual(len(self.chosen("condition=T=100, 0.01,seed=0,seed=1", "cell=lstm,cell=gru")), 4)
        self.assertEqual(len(self.chosen("init=ring 0.8–1, phases to π/4")), 6)
        self.assertEqual(len(self.chosen(f"key={self.runs[3].result['key']}")), 1)

    def test_mistakes_say_what_there_is(self):
        for text, words in (
                ("lstm", "'lstm' must be key=value"),
                ("cells=lstm", "unknown key 'cells'; there are: experiment, condition, cell"),
                ("cell=rnn", "no run has cell=rnn; there are: gru, lstm"),
                ("condition=1,seed=1", "no run is all of that at once")):
            with self.assertRaisesRegex(only.Mistake, words):
                self.chosen(text)


class Numbers(FolderTest):
    def run_of(self, **changes):
        study = Study(self.profile, seeds=1, rows=["xavier"])
        study.add(result(study.key("xavier", 0), **changes))
        return runs.runs_of(read_experiment(study.folder))[0]

    def values(self, run):
        return {(scalar.epoch, scalar.tag): scalar.value for scalar in series.scalars(run)}

    def test_scalars_by_epoch(self):
        run = self.run_of()
        run.result["spec"]["training"]["schedule"] = "cosine"
        values = self.values(run)
        self.assertEqual(values[1, "train/loss"], 0.6)
        self.assertEqual(values[1, "train/gradient_norm"], 0.4)
        self.assertEqual(values[1, "train/learning_rate"], 0.001)
        self.assertEqual(values[1, "validation/accuracy"], 0.9)
        self.assertEqual(values[1, "test/accuracy"], 0.98)
        self.assertEqual(values[1, "train/epochs_to_threshold"], 3)
        self.assertEqual(values[0, "spectral_radius/layer0.h"], 0.559)
        self.assertEqual(series.test_tags(run), ["test/accuracy", "test/loss"])

    def test_a_constant_learning_rate_is_no_curve(self):
        self.assertNotIn((1, "train/learning_rate"), self.values(self.run_of()))

    def test_what_is_not_finite(self):
        run = self.run_of()
        run.result["epochs"][0].update(train_loss=None, gradient_norm=1e300)
        run.result["epochs"][0]["validation"]["loss"] = "overflow"
        run.result["metrics"]["epochs_to_threshold"] = None
        values = self.values(run)
        self.assertTrue(math.isnan(values[1, "train/loss"]))
        self.assertEqual(values[1, "train/gradient_norm"], math.inf)
        self.assertEqual(values[1, "validation/loss"], math.inf)
        self.assertNotIn((1, "train/epochs_to_threshold"), values)

    def test_moduli_at_start_best_and_end(self):
        run = self.run_of()
        self.assertEqual([entry.epoch for entry in series.moduli(run)], [0, 1])
        self.assertEqual(series.moduli(run)[0].values, [math.hypot(0.5, 0.25)] * 2)
        run.result["epochs"] *= 3
        run.result["spectra"]["best"] = run.result["spectra"]["end"]
        self.assertEqual([entry.epoch for entry in series.moduli(run)], [0, 1, 3])

    def test_a_run_that_diverged_ends_after_its_last_whole_epoch(self):
        run = self.run_of(status="diverged",
                          divergence={"epoch": 2, "step": 9, "last_finite_loss": 7.5, "reason": "the loss is NaN"})
        self.assertIn((2, "spectral_radius/layer0.h"), self.values(run))
        self.assertIn("epoch 2: the loss is NaN", series.account(run))

    def test_a_run_that_failed_has_no_numbers(self):
        spectra = {"start": [], "epochs": [], "best": None, "end": []}
        run = self.run_of(status="failed", metrics={}, epochs=[], spectra=spectra,
                          failure={"reason": "killed by signal 9", "attempts": 2})
        self.assertEqual((series.scalars(run), series.moduli(run)), ([], []))
        self.assertIn("killed by signal 9", series.account(run))
        self.assertEqual(list(series.times(run)), [0])


class Command(FolderTest):
    def command(self, *arguments):
        done = subprocess.run([sys.executable, "-B", str(SCRIPTS / "tensorboard_events.py"), str(self.profile),
                               *arguments], capture_output=True, encoding="utf-8", check=False)
        self.assertNotIn("Traceback", done.stderr)
        return done.returncode, done.stderr

    def test_what_is_missing_is_named_with_the_command_that_makes_it(self):
        code, said = self.command()
        self.assertEqual(code, 1)
        self.assertIn("run an experiment first, for instance: make reproduce-tomita PROFILE=quick", said)
        Study(self.profile)
        code, said = self.command()
        self.assertEqual(code, 1)
        self.assertIn("tomita has no results yet; to make them: make reproduce-tomita PROFILE=quick", said)
        code, said = self.command("--experiment", "adding")
        self.assertEqual(code, 1)
        self.assertIn("build/eigenrnn run experiments/adding.yaml --profile quick", said)

    def test_a_mistake_is_bad_usage(self):
        Study(self.profile).runs("xavier", [0.5])
        code, said = self.command("--only", "cell=gru")
        self.assertEqual(code, 2)
        self.assertIn("there are: lstm", said)


if __name__ == "__main__":
    unittest.main()
