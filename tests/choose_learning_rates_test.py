"""Tests of scripts/choose_learning_rates.py on small made-up searches, with numbers worked by hand."""

import copy
import json
import subprocess
import sys
import unittest

from collate_fixture import SCRIPTS, FolderTest, Study, diverged, result


class Choices(FolderTest):
    def setUp(self):
        super().setUp()
        self.chosen = self.profile / "chosen.yaml"

    def search(self, values):
        """`values`: by grammar and learning rate the validation accuracies of xavier by seed; None for a
        run that diverged."""
        conditions = [f"{grammar}, {rate}" for grammar in values for rate in values[grammar]]
        seeds = len(next(iter(next(iter(values.values())).values())))
        study = Study(self.profile, "search", rows=["xavier"], conditions=conditions, seeds=seeds)
        for grammar, by_rate in values.items():
            for rate, accuracies in by_rate.items():
                for seed, accuracy in enumerate(accuracies):
                    key = study.key("xavier", seed, f"{grammar}, {rate}")
                    record = copy.deepcopy((diverged if accuracy is None else result)(key))
                    record["spec"]["seed"] = seed
                    record["spec"]["task"]["options"] = {"grammar": grammar}
                    record["spec"]["training"]["learning_rate"] = rate
                    record["metrics"]["accuracy"] = 0.123  # test results must not matter
                    record["metrics"]["best_epoch"] = None if accuracy is None else 1
                    if accuracy is not None:
                        record["epochs"][0]["validation"]["accuracy"] = accuracy
                    study.add(record)
        return study

    def choose(self, *arguments):
        return subprocess.run(
            [sys.executable, str(SCRIPTS / "choose_learning_rates.py"),
             str(self.profile / "search"), "--write", str(self.chosen), *arguments],
            capture_output=True, encoding="utf-8", check=False)

    def test_the_best_mean_over_problems_and_seeds_is_chosen(self):
        self.search({3: {0.001: [0.7, 0.9], 0.01: [0.71, 0.51]}, 7: {0.001: [0.6, 0.6], 0.01: [0.61, 0.61]}})
        done = self.choose()
        self.assertEqual(done.returncode, 0, done.stderr)
        text = self.chosen.read_text()
        self.assertIn('{cells: [lstm], initializers: ["xavier"], training: {learning_rate: 0.001}}', text)
        self.assertIn("# 0.001: 70.0, 0.01: 61.0", text)
        self.assertIn("1 at the edge", done.stdout)

    def test_rates_keep_all_their_digits(self):
        self.search({3: {0.00031622776601683794: [0.9, 0.9], 1e-05: [0.1, 0.1]}})
        self.assertEqual(self.choose().returncode, 0)
        self.assertIn("learning_rate: 0.00031622776601683794}}", self.chosen.read_text())

    def test_a_rate_at_which_validation_overflowed_is_not_chosen(self):
        study = self.search({3: {0.001: [0.5, 0.5], 0.01: [0.9, 0.9]}})
        for seed in range(2):
            path = study.folder / f"{study.key('xavier', seed, '3, 0.01')}.json"
            record = json.loads(path.read_text())
            record["epochs"][0]["validation"]["accuracy"] = "overflow"
            path.write_text(json.dumps(record))
        done = self.choose()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("learning_rate: 0.001}}", self.chosen.read_text())
        self.assertIn("0.01: 50.0 (2 lost)", self.chosen.read_text())

    def test_a_run_that_diverged_counts_as_the_worst(self):
        self.search({3: {0.001: [0.8], 0.003: [0.8], 0.01: [None]}, 7: {0.001: [0.4], 0.003: [0.4], 0.01: [1]}})
        self.assertEqual(self.choose().returncode, 0)
        text = self.chosen.read_text()
        self.assertIn("learning_rate: 0.01", text)  # (0.8 + 1) / 2 against 0.6
        self.assertIn("# 0.001: 60.0, 0.003: 60.0, 0.01: 90.0 (1 lost)", text)

    def test_the_smaller_of_equal_rates_is_chosen(self):
        self.search({3: {0.001: [0.8], 0.003: [0.8], 0.01: [0.7]}})
        self.choose()
        self.assertIn("learning_rate: 0.001}", self.chosen.read_text())

    def test_check_names_what_is_stale_and_writes_nothing(self):
        self.search({3: {0.001: [0.8], 0.01: [0.7]}})
        done = self.choose("--check")
        self.assertEqual(done.returncode, 1)
        self.assertIn("is missing", done.stderr)
        self.assertFalse(self.chosen.exists())
        self.choose()
        self.assertEqual(self.choose("--check").returncode, 0)
        self.chosen.write_text("overrides: []\n")
        self.assertIn("does not agree", self.choose("--check").stderr)

    def test_a_missing_run_or_rate_is_an_error(self):
        study = self.search({3: {0.001: [0.8], 0.01: [0.7]}, 7: {0.001: [0.8]}})
        self.assertIn("was tried with [0.001]", self.choose().stderr)
        (study.folder / f"{study.key('xavier', 0, '7, 0.001')}.json").unlink()
        done = self.choose()
        self.assertEqual(done.returncode, 1)
        self.assertIn("seed 0 has not been run", done.stderr)


if __name__ == "__main__":
    unittest.main()
