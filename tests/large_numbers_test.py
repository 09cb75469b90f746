"""Tests of what tables, statistics and the page make of numbers that are too large, and of experiments
that are broken."""

import math
import subprocess
import sys
import unittest

from collate_fixture import ACCURACY, SCRIPTS, FolderTest, Study, result
from eigenrnn.inference import means, student
from eigenrnn.tables import long_csv, markdown
from eigenrnn.text import number
from report_fixture import read_script

PERPLEXITY = {
    "metric": "perplexity",
    "label": "test perplexity",
    "higher_is_better": False,
    "scale": 1,
    "digits": 1,
}
LARGEST = sys.float_info.max


class MeanTest(unittest.TestCase):
    def test_of_numbers_whose_squares_or_sums_are_none(self):
        mean, deviation = means.mean_and_deviation([1e300, 2e300, 3e300])
        self.assertAlmostEqual(mean / 2e300, 1, places=15)
        self.assertAlmostEqual(deviation / 1e300, 1, places=15)
        self.assertEqual(means.mean([LARGEST, LARGEST, LARGEST]), LARGEST)
        self.assertAlmostEqual(
            student.half_width([1e300, 2e300, 3e300]) / 2.48413771e300, 1, places=8
        )
        # The same test as of 1, 2, 3.
        self.assertEqual(
            student.paired_p([1e300, 2e300, 3e300]), student.paired_p([1.0, 2.0, 3.0])
        )

    def test_a_deviation_may_be_too_large_itself(self):
        self.assertEqual(means.mean_and_deviation([-LARGEST, LARGEST]), (0.0, math.inf))
        self.assertEqual(student.paired_p([-LARGEST, LARGEST]), 1.0)

    def test_numbers_above_six_digits_are_shown_by_their_order_of_magnitude(self):
        self.assertEqual(
            [number(999999.04, 1), number(1e6, 1), number(-2.346e80, 1), number(math.inf, 1)],
            ["999999.0", "1.00e6", "-2.35e80", "overflow"],
        )


class Perplexities(FolderTest):
    def study(self, **values):
        """A table of perplexities by row."""
        study = Study(self.profile, "translation", rows=list(values), tables=[PERPLEXITY])
        for row, its_values in values.items():
            for seed, value in enumerate(its_values):
                record = result(study.key(row, seed))
                record["spec"]["initializer"] = {"name": row, "label": row, "options": {}}
                record["spec"]["seed"] = seed
                record["metrics"] = {"perplexity": value, "loss": 1.0, "best_epoch": 1}
                record["epochs"][0]["validation"] = {"perplexity": value, "loss": 1.0}
                study.add(record)
        return study

    def script(self, name, *arguments):
        return subprocess.run(
            [sys.executable, str(SCRIPTS / name), str(self.profile), *arguments],
            capture_output=True,
            encoding="utf-8",
            check=False,
        )


class LargeNumbers(Perplexities):
    def test_a_large_perplexity_is_a_number_like_others(self):
        study = self.study(xavier=[2.0e200, 2.1e200, 2.2e200], eigen=[4.0, 5.0, 6.0])
        self.assertEqual(
            self.shown(study), {"xavier": ["2.10e200 ± 2.48e199"], "eigen": ["**5.0 ± 2.5**"]}
        )
        done = self.collate(self.profile)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_an_overflow_is_shown_and_counted(self):
        study = self.study(
            xavier=["overflow"] * 3,
            eigen=[4.0, "overflow", 6.0],
            kaiming=[7.0, 8.0, 9.0],
            irnn=[70.0, 80.0, 90.0],
        )
        self.assertEqual(
            self.shown(study),
            {
                "xavier": ["— (3 overflow)"],
                "eigen": ["5.0 ± 12.7 (n=2, 1 overflow)"],  # the mean of the lucky is not the best
                "kaiming": ["**8.0 ± 2.5**"],
                "irnn": ["80.0 ± 24.8"],
            },
        )
        document = self.document(study)
        self.assertIn("- overflow: the run finished", markdown.render(document))
        self.assertIn(",eigen,5.0,12.706", long_csv.render(document))
        valid = self.validate(self.profile)
        self.assertEqual(valid.returncode, 0, valid.stderr)

    def test_a_null_of_earlier_versions_is_an_overflow_where_never_makes_no_sense(self):
        study = self.study(xavier=[None, None, None], eigen=[4.0, 5.0, 6.0])
        self.assertEqual(self.shown(study)["xavier"], ["— (3 overflow)"])

    def test_a_value_that_its_scale_makes_too_large_is_an_overflow(self):
        study = Study(self.profile, tables=[ACCURACY])
        study.runs("xavier", [1e307, 0.5, 0.5])
        self.assertEqual(self.shown(study)["xavier"], ["50.0 ± 0.0 (n=2, 1 overflow)"])

    def test_the_statistics_say_that_a_seed_overflowed(self):
        self.study(xavier=[4.0, 5.0, "overflow"], eigen=[4.0, 5.0, 6.0])
        done = self.script("statistics_report.py")
        self.assertEqual(done.returncode, 0, done.stderr)
        text = (self.profile / "tables" / "statistics.md").read_text("utf-8")
        self.assertIn("(n=2, 1 overflow, undecidable)", text)

    def test_the_page_shows_it(self):
        study = self.study(xavier=["overflow", 1e200, 3e200], eigen=[4.0, 5.0, 6.0])
        bundle = self.profile / "bundle"
        bundle.mkdir()
        for name in ("index.html", "app.js", "app.css"):
            (bundle / name).write_text("")
        done = self.script("report_page.py", "--bundle", str(bundle))
        self.assertEqual(done.returncode, 0, done.stderr)
        page = read_script(self.profile / "report" / "data.js")
        places = page["experiments"][0]["places"]
        runs = next(p for p in places if p["row"] == 0)["runs"]
        self.assertEqual([run[3] for run in runs], ["overflow", 1e200, 3e200])
        curves = read_script(self.profile / "report" / "curves" / "translation.js")
        self.assertEqual(curves[study.key("xavier", 0)]["validation perplexity"], [None])


class BrokenExperiments(Perplexities):
    """What cannot be used costs itself alone, and is named."""

    def setUp(self):
        super().setUp()
        self.good = self.study(xavier=[4.0, 5.0, 6.0], eigen=[4.0, 5.0, 6.0])

    def broken(self, name, **changes):
        study = Study(self.profile, name)
        study.runs("xavier", [0.5, 0.6, 0.7])
        study.add(result(study.key("xavier", 1), **changes))
        return study

    def test_a_result_that_cannot_be_used_is_named_and_left_out(self):
        for number_, changes in enumerate(
            [
                {"metrics": {"accuracy": 10**400, "best_epoch": 1}},
                {"metrics": {"accuracy": 0.5, "best_epoch": 7}},
                {"metrics": {"accuracy": 0.5, "best_epoch": 1}, "epochs": [{"validation": None}]},
                {"metrics": {"accuracy": "much", "best_epoch": 1}},
            ]
        ):
            with self.subTest(changes=changes):
                study = self.broken(f"broken{number_}", **changes)
                done = self.collate(self.profile, "--experiment", study.folder.name)
                self.assertEqual(done.returncode, 1)
                self.assertIn(study.key("xavier", 1), done.stderr)
                self.assertIn("60.0 ± 127.1 (2/3 run)", done.stdout)

    def test_an_experiment_that_cannot_be_used_costs_itself_only(self):
        study = self.broken("broken", spec=None, provenance=[1, 2])
        for script in ("collate.py", "statistics_report.py"):
            with self.subTest(script=script):
                done = self.script(script)
                self.assertEqual(done.returncode, 1)
                self.assertNotIn("Traceback", done.stderr)
                self.assertIn(str(study.folder), done.stderr)
        tables = self.profile / "tables"
        self.assertEqual(
            sorted(path.name for path in tables.glob("*.md")),
            ["README.md", "statistics.md", "translation.md"],
        )
        text = (tables / "statistics.md").read_text("utf-8")
        self.assertIn("- Left out, since they cannot be read: broken.", text)


if __name__ == "__main__":
    unittest.main()
