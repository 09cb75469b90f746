"""Tests of scripts/rank_initializers.py on small made-up results, with numbers worked by hand."""

import copy
import csv
import subprocess
import sys
import unittest

from collate_fixture import SCRIPTS, FolderTest, Study, diverged, result

sys.path.insert(0, str(SCRIPTS))
import rank_initializers

INITIALIZERS = {"xavier": "xavier", "circle": "eigen", "ring": "eigen"}


class Ranks(FolderTest):
    def study(self, experiment, values, **where):
        """`values`: validation accuracies by row and seed; None for a run that diverged."""
        seeds = len(next(iter(values.values())))
        study = Study(self.profile, experiment, rows=list(values), seeds=seeds, **where)
        for row, by_seed in values.items():
            for seed, value in enumerate(by_seed):
                key = study.key(row, seed, study.table["conditions"][0])
                make = diverged if value is None else result
                record = copy.deepcopy(make(key))
                record["spec"]["initializer"]["name"] = INITIALIZERS[row]
                record["metrics"]["best_epoch"] = None if value is None else 1
                record["metrics"]["accuracy"] = 0.123  # test results must not matter
                if value is not None:
                    record["epochs"][0]["validation"]["accuracy"] = value
                study.add(record)
        return study

    def rank(self, *arguments):
        return subprocess.run(
            [sys.executable, str(SCRIPTS / "rank_initializers.py"), str(self.profile), *arguments],
            capture_output=True, encoding="utf-8", check=False)

    def lines(self, output):
        rows = [line.strip("|").split("|") for line in output.splitlines() if line.startswith("|")]
        return {row[0].strip(): [text.strip() for text in row[1:]] for row in rows[2:]}

    def test_ranks_are_means_over_seeds_and_columns(self):
        self.study("one", {"xavier": [0.5, 0.7], "circle": [0.9, 0.7], "ring": [0.8, 0.6]})
        self.study("two", {"xavier": [0.9, 0.9], "circle": [0.7, 0.7], "ring": [None, 0.8]},
                   conditions=["2"])
        done = self.rank("one", "two")
        self.assertEqual(done.returncode, 0, done.stderr)
        # one: seed 0 ranks 3 1 2, seed 1 ranks 1.5 1.5 3; two: 1 2 3 and 1 3 2.
        self.assertEqual(self.lines(done.stdout), {
            "xavier": ["2.25", "2.25", "1.00", "60.0", "90.0"],
            "circle": ["2.50", "1.25", "2.50", "80.0", "70.0"],
            "ring": ["2.50", "2.50", "2.50", "70.0", "80.0 (1 lost)"],
        })
        table = (self.profile / "tables" / "ranking.csv").read_text()
        row = [r for r in csv.DictReader(table.splitlines())
               if (r["row"], r["experiment"]) == ("ring", "two")]
        self.assertEqual(row[0]["mean_rank"], "2.5")
        self.assertEqual(row[0]["validation_by_seed"], " 0.8")

    def test_the_row_whose_worst_experiment_is_best_is_chosen(self):
        # circle is best in one and last in two; ring is second in both.
        self.study("one", {"xavier": [0.1, 0.1], "circle": [0.9, 0.9], "ring": [0.8, 0.8]})
        self.study("two", {"xavier": [0.9, 0.9], "circle": [0.5, 0.5], "ring": [0.8, 0.8]},
                   conditions=["2"])
        done = self.rank("one", "two", "--choose", "eigen", "--name", "variants")
        self.assertIn("Chosen: ring, whose worst rank is the smallest.", done.stdout)
        self.assertIn("from: circle.", done.stdout)
        self.assertEqual((self.profile / "tables" / "variants.md").read_text() + "\n", done.stdout)

    def test_what_a_paired_test_tells_apart_is_not_named(self):
        for name, condition in (("one", "1"), ("two", "2"), ("three", "3")):
            self.study(name, {"xavier": [0.1, 0.1], "circle": [0.5, 0.5], "ring": [0.8, 0.8]},
                       conditions=[condition])
        done = self.rank("one", "two", "three", "--choose", "eigen")
        self.assertIn("Chosen: ring, whose", done.stdout)
        self.assertIn("from: none.", done.stdout)

    def test_what_is_missing_is_named(self):
        study = self.study("one", {"xavier": [0.5, 0.7], "ring": [0.9, 0.7]})
        (study.folder / f"{study.key('ring', 1)}.json").unlink()
        done = self.rank("one")
        self.assertEqual(done.returncode, 1)
        self.assertIn("ring, seed 1 has not been run", done.stderr)
        self.study("other", {"xavier": [0.5], "circle": [0.9]})
        self.assertIn("other rows", self.rank("other", "one").stderr)
        self.assertIn("no row is of the initializer 'irnn'",
                      self.rank("other", "--choose", "irnn").stderr)

    def test_check_names_what_is_stale_and_writes_nothing(self):
        self.study("one", {"xavier": [0.5, 0.7], "ring": [0.9, 0.7]})
        done = self.rank("one", "--check")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr.count("is missing"), 2)
        self.assertFalse((self.profile / "tables").exists())
        self.rank("one")
        self.assertEqual(self.rank("one", "--check").returncode, 0)
        (self.profile / "tables" / "ranking.csv").write_text("row\n")
        self.assertIn("ranking.csv does not agree", self.rank("one", "--check").stderr)

    def test_ties_share_their_ranks_and_nothing_comes_last(self):
        ranks = rank_initializers.ranks_of
        self.assertEqual(ranks([0.5, None, 0.5, 0.9], True), [2.5, 4.0, 2.5, 1.0])
        self.assertEqual(ranks([0.5, None, None, 0.9], False), [1.0, 3.5, 3.5, 2.0])


if __name__ == "__main__":
    unittest.main()
