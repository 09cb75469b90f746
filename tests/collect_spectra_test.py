"""Tests of scripts/collect_spectra.py on small made-up results."""

import copy
import json
import subprocess
import sys
import unittest

from collate_fixture import ACCURACY, EPOCHS, SCRIPTS, FolderTest, Study, diverged, result


def trained(study, row, seed, validation, reached, at=("1", "lstm"), initializer="xavier"):
    """Adds a run with a validation accuracy and an eigenvalue that tells it from the others."""
    record = copy.deepcopy(result(study.key(row, seed, *at)))
    record["spec"].update(condition=at[0], cell=at[1], seed=seed)
    record["spec"]["initializer"] = {"name": initializer, "label": row, "options": {}}
    record["metrics"].update(epochs_to_threshold=reached, best_epoch=1)
    record["epochs"][0]["validation"]["accuracy"] = validation
    record["spectra"]["end"][0]["eigenvalues"] = [
        [validation, 0.25], [validation, -0.25], [0.5, 0.0]
    ]
    study.add(record)
    return record["key"]


class Collect(FolderTest):
    def collect(self, *arguments):
        return subprocess.run(
            [sys.executable, str(SCRIPTS / "collect_spectra.py"), str(self.profile), *arguments],
            capture_output=True, encoding="utf-8", check=False)

    def groups(self, *arguments):
        done = self.collect(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.file = json.loads((self.profile / "observed_spectra.json").read_text())
        return {(g["task"], g["condition"], g["cell"], g["gate"]): g for g in self.file["groups"]}

    def test_a_threshold_decides_where_there_is_one(self):
        study = Study(self.profile, rows=["xavier", "kaiming"], tables=[ACCURACY, EPOCHS])
        good = trained(study, "xavier", 0, 0.99, reached=3)
        trained(study, "xavier", 1, 0.98, reached=None)
        group = self.groups()[("tomita", "1", "lstm", "h")]
        self.assertEqual(group["runs"], [good])
        self.assertEqual(group["eigenvalues"], [[0.99, 0.25], [0.5, 0.0]])
        self.assertIn("threshold", self.file["rule"])
        valid = self.validate(self.profile)
        self.assertEqual(valid.returncode, 0, valid.stderr)
        self.assertEqual(self.file["profile"], "quick")

    def test_one_experiment_can_be_chosen(self):
        one = Study(self.profile, "one", tables=[ACCURACY, EPOCHS])
        key = trained(one, "xavier", 0, 0.99, reached=3)
        two = Study(self.profile, "two", tables=[ACCURACY, EPOCHS], conditions=["2"])
        trained(two, "xavier", 0, 0.99, reached=3, at=("2", "lstm"))
        groups = self.groups("--experiment", "one")
        self.assertEqual([group["runs"] for group in groups.values()], [[key]])
        self.assertIn("there are: one, two", self.collect("--experiment", "three").stderr)

    def test_without_a_threshold_the_best_quarter_of_each_column(self):
        study = Study(self.profile, rows=["xavier", "kaiming"], cells=["lstm", "gru"], seeds=3)
        keys = {}
        for cell in ("lstm", "gru"):
            for seed in range(3):
                keys[cell, "xavier", seed] = trained(
                    study, "xavier", seed, 0.5 + 0.1 * seed, None, ("1", cell))
                keys[cell, "kaiming", seed] = trained(
                    study, "kaiming", seed, 0.55 + 0.1 * seed, None, ("1", cell))
        groups = self.groups()
        self.assertEqual(set(groups), {("tomita", "1", cell, "h") for cell in ("lstm", "gru")})
        for cell in ("lstm", "gru"):  # 6 runs: the best 2
            self.assertEqual(
                set(groups["tomita", "1", cell, "h"]["runs"]),
                {keys[cell, "kaiming", 2], keys[cell, "xavier", 2]})

    def test_lower_may_be_better(self):
        lower = {**ACCURACY, "higher_is_better": False}
        study = Study(self.profile, rows=["xavier"], tables=[lower])
        best = trained(study, "xavier", 0, 0.1, None)
        for seed in (1, 2):
            trained(study, "xavier", seed, 0.5, None)
        self.assertEqual(self.groups()["tomita", "1", "lstm", "h"]["runs"], [best])

    def test_eigen_itself_and_what_did_not_finish_are_left_out(self):
        study = Study(self.profile, rows=["xavier", "eigen, ring"], tables=[ACCURACY, EPOCHS])
        good = trained(study, "xavier", 0, 0.99, reached=3)
        trained(study, "eigen, ring", 0, 1.0, reached=1, initializer="eigen")
        study.add(diverged(study.key("xavier", 1)))
        study.add(result("f" * 16))  # not of this grid
        self.assertEqual(self.groups()["tomita", "1", "lstm", "h"]["runs"], [good])

    def test_nothing_to_collect_is_said(self):
        study = Study(self.profile, rows=["xavier"], tables=[ACCURACY, EPOCHS])
        trained(study, "xavier", 0, 0.5, reached=None)
        done = self.collect()
        self.assertEqual(done.returncode, 1)
        self.assertIn("no well-trained network", done.stderr)
        self.assertFalse((self.profile / "observed_spectra.json").exists())

    def test_a_broken_result_is_named(self):
        study = Study(self.profile, rows=["xavier"])
        study.write(f"{study.key('xavier', 0)}.json", {})
        (study.folder / f"{study.key('xavier', 0)}.json").write_text("{")
        done = self.collect()
        self.assertEqual(done.returncode, 1)
        self.assertIn(study.key("xavier", 0), done.stderr)


if __name__ == "__main__":
    unittest.main()
