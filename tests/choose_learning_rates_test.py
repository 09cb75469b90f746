"""Tests of scripts/choose_learning_rates.py on small made-up searches, with numbers worked by hand."""

import copy
import csv
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

    def test_it_is_said_which_manifests_take_a_choice_up(self):
        self.search({3: {0.001: [0.5], 0.01: [0.9]}})
        for name, text in (("search", "experiment: search"), ("nothing", ""), ("broken", "include: [")):
            (self.chosen.parent / f"{name}.yaml").write_text(f"# writes {self.chosen.name}\n{text}\n")
        said = self.choose().stdout
        self.assertIn(f"takes it up; one does with {self.chosen.name} in its `include`", said)
        (self.chosen.parent / "study.yaml").write_text(f"include: {self.chosen.name}\n")
        self.assertIn(": taken up by study.yaml", self.choose().stdout)

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

    def set_losses(self, study, losses):
        """`losses`: validation losses on grammar 3 by learning rate and seed."""
        for rate, by_seed in losses.items():
            for seed, loss in enumerate(by_seed):
                path = study.folder / f"{study.key('xavier', seed, f'3, {rate}')}.json"
                record = json.loads(path.read_text())
                record["epochs"][0]["validation"]["loss"] = loss
                path.write_text(json.dumps(record))

    def test_of_equal_means_the_lower_loss_decides(self):
        study = self.search({3: {0.001: [1, 1], 0.003: [1, 1], 0.01: [1, 1], 0.03: [0.9, 1]}})
        self.set_losses(study, {0.001: [0.2, 0.2], 0.003: [0.1, 0.1], 0.01: [0.25, 0.05], 0.03: [0, 0]})
        self.choose()
        text = self.chosen.read_text()
        self.assertIn("learning_rate: 0.003}", text)  # 0.1 against 0.15
        self.assertNotIn("at the edge", text)
        self.assertIn("| **100.0** (loss 0.100) |", self.chosen.with_suffix(".md").read_text())

    def test_the_mean_comes_before_the_loss(self):
        study = self.search({3: {0.001: [0.9], 0.003: [0.8]}})
        self.set_losses(study, {0.001: [5.0], 0.003: [0.1]})
        self.choose()
        self.assertIn("learning_rate: 0.001}", self.chosen.read_text())

    def test_a_lost_run_has_the_worst_loss_too(self):
        study = self.search({3: {0.001: [0.5, 1], 0.003: [0.5, None], 0.01: [1, None]}, 7: {
            0.001: [0.5, 0.5], 0.003: [1, 0.5], 0.01: [0.5, 0.5]}})
        self.set_losses(study, {0.001: [0.4, 0.4], 0.003: [0.3], 0.01: [0.3]})
        self.choose()  # all three means are 0.625; losses on grammar 3 are 0.4 0.4, 0.3 0.4 and 0.3 0.4
        self.assertIn("learning_rate: 0.003}", self.chosen.read_text())

    def test_the_smaller_of_rates_that_are_equal_in_both_is_chosen(self):
        self.search({3: {0.001: [0.8], 0.003: [0.8], 0.01: [0.7]}})
        self.choose()
        self.assertIn("learning_rate: 0.001}", self.chosen.read_text())

    def test_a_choice_at_an_edge_says_how_far_the_search_must_go(self):
        for best, rates, expected in (
            (0.001, (0.001, 0.003, 0.01), "to 0.0003"),
            (0.01, (0.001, 0.003, 0.01), "to 0.03"),
            (0.00316, (0.00316, 0.01), "to 0.001"),
            (0.003, (0.001, 0.003, 0.01), None),
            (0.01, (0.01,), "to 0.003 and 0.03"),
        ):
            self.tearDown()
            self.setUp()
            self.search({3: {rate: [0.9 if rate == best else 0.5] for rate in rates}})
            done = self.choose()
            said = f"extend the search {expected}"
            for text in (done.stdout, self.chosen.read_text(), self.chosen.with_suffix(".md").read_text()):
                self.assertEqual(said in text, expected is not None, text)
                if expected is None:
                    self.assertNotIn("extend", text)

    def test_the_whole_curve_is_written_beside_the_choice(self):
        self.search({3: {0.001: [0.7, 0.9], 0.01: [0.5, None]}})
        self.assertEqual(self.choose().returncode, 0)
        rows = csv.DictReader(self.chosen.with_suffix(".csv").read_text().splitlines())
        columns = ("learning_rate", "mean", "lowest", "highest", "runs", "lost", "chosen")
        self.assertEqual(
            [tuple(row[column] for column in columns) for row in rows],
            [("0.001", "80", "70", "90", "2", "0", "yes"), ("0.01", "50", "50", "50", "2", "1", "")],
        )
        self.assertEqual(self.choose("--check").returncode, 0)
        self.chosen.with_suffix(".csv").unlink()
        self.assertIn("chosen.csv is missing", self.choose("--check").stderr)

    def test_cells_may_have_rates_of_their_own(self):
        cells = ["lstm", "rnn_relu"]
        study = Study(self.profile, "search", rows=["xavier"], cells=cells, conditions=["a", "b"], seeds=1)
        for cell, rates in (("lstm", (0.01, 0.03)), ("rnn_relu", (1e-5, 1e-4))):
            for condition, rate in zip("ab", rates):
                record = result(study.key("xavier", 0, condition, cell))
                record["spec"]["training"]["learning_rate"] = rate
                record["epochs"][0]["validation"]["accuracy"] = 0.5 + rate
                study.add(record)
        self.assertEqual(self.choose().returncode, 0)
        text = self.chosen.read_text()
        self.assertIn('{cells: [lstm], initializers: ["xavier"], training: {learning_rate: 0.03}}', text)
        self.assertIn('{cells: [rnn_relu], initializers: ["xavier"], training: {learning_rate: 0.0001}}', text)

    def test_the_curves_are_drawn(self):
        self.search({3: {0.001: [0.7], 0.01: [0.5]}})
        folder = self.profile / "figures"
        self.assertEqual(self.choose("--figure", str(folder)).returncode, 0)
        first = (folder / "search.svg").read_bytes()
        self.assertIn(b"<svg", first)
        self.choose("--figure", str(folder))
        self.assertEqual((folder / "search.svg").read_bytes(), first)

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


class Families(FolderTest):
    """Rows of two initializers, each with two variants and two rates."""

    VALUES = {
        "xavier": ("xavier", {"gain": 1.0}, {0.001: 0.6, 0.01: 0.7}),
        "xavier, gain 2": ("xavier", {"gain": 2.0}, {0.001: 0.9, 0.01: 0.8}),
        "ring": ("eigen", {"radius": [0.95, 1.0], "basis": "orthogonal"}, {0.001: 0.5, 0.01: 0.95}),
        "circle": ("eigen", {"radius": [1.0, 1.0], "basis": "orthogonal"}, {0.001: 0.4, 0.01: 0.3}),
    }

    def setUp(self):
        super().setUp()
        self.chosen = self.profile / "chosen.yaml"

    def choose(self, values):
        rates = sorted({rate for _, _, by_rate in values.values() for rate in by_rate})
        study = Study(self.profile, "tuning", rows=list(values), conditions=[str(rate) for rate in rates], seeds=1)
        for row, (name, options, by_rate) in values.items():
            for rate, accuracy in by_rate.items():
                record = copy.deepcopy(result(study.key(row, 0, str(rate))))
                record["spec"]["initializer"] = {"name": name, "label": row, "options": options}
                record["spec"]["training"]["learning_rate"] = rate
                record["metrics"]["best_epoch"] = 1
                record["epochs"][0]["validation"]["accuracy"] = accuracy
                study.add(record)
        return subprocess.run(
            [sys.executable, str(SCRIPTS / "choose_learning_rates.py"), str(self.profile / "tuning"),
             "--write", str(self.chosen), "--families"],
            capture_output=True, encoding="utf-8", check=False)

    def test_an_initializer_gets_its_best_row_with_the_options_that_differ(self):
        done = self.choose(self.VALUES)
        self.assertEqual(done.returncode, 0, done.stderr)
        text = self.chosen.read_text()
        self.assertIn(
            'initializers: ["xavier"], options: {"gain": 2.0}, training: {learning_rate: 0.001}}\n'
            "        # xavier, gain 2: 0.001: 90.0, 0.01: 80.0", text)
        self.assertIn(
            'initializers: ["eigen"], options: {"radius": [0.95, 1.0]}, training: {learning_rate: 0.01}}', text)
        self.assertEqual(text.count("initializers:"), 2)
        self.assertIn("2 choices, 2 at the edge", done.stdout)

    def test_unequal_budgets_are_refused(self):
        wide = ("eigen", {"radius": [0.5, 1.0], "basis": "orthogonal"}, {0.001: 0.5, 0.01: 0.5})
        done = self.choose({**self.VALUES, "wide": wide})
        self.assertEqual(done.returncode, 1)
        self.assertIn("the same number of configurations, and are not: eigen 6, xavier 4", done.stderr)


if __name__ == "__main__":
    unittest.main()
