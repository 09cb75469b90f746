"""Tests of what is said of a run and of the figures, in headless Chromium: make test-report."""

import csv
import re
import unittest

from matplotlib.figure import Figure

from collate_fixture import Study
from page_fixture import PageTest, make_report


class SaidTest(PageTest):
    def test_no_digits_that_say_nothing_and_no_null(self):
        path = self.folder / f"{Study.key('eigen', 1, '1', 'lstm')}.json"
        record = self.result("eigen", 1, "1", "lstm")
        record["metrics"].update(loss=2.0129493123022257e-05, epochs_to_threshold=None)
        record["spec"]["training"].update(learning_rate=0.0010000000474974513, schedule=None, warmup=[])
        record["provenance"]["data"] = {"mean": 0.13066047627384287, "shared_by": None}
        self.addCleanup(self.study.write, path.name, self.result("eigen", 1, "1", "lstm"))
        self.study.write(path.name, record)
        make_report(self.profile)
        self.open(f"{self.address}#run={Study.key('eigen', 1, '1', 'lstm')}")
        self.wait(lambda: self.texts("#run .command code"))
        cells = self.texts("#run td")
        self.assertEqual([text for text in cells if re.search(r"\d\.\d{7}|null|undefined|\[|\{", text)], [])
        metrics = dict(zip(self.texts("#run .metrics th[scope=row]"), self.texts("#run .metrics td")))
        self.assertEqual(metrics["Epochs to 99 % validation accuracy"], "never")
        settings = dict(zip(self.texts("#run .settings th[scope=row]"), self.texts("#run .settings td")))
        self.assertEqual(settings["training.learning_rate"], "0.001")
        self.assertEqual(settings["training.schedule"], "–")
        self.assertEqual(settings["dirty"], "no")

    def test_a_run_keeps_the_filter_of_the_address(self):
        self.choose(".filters", "Cell", "LSTM")
        self.choose("#results", "Metric", "epochs to 99 % validation accuracy")
        self.all("#results td.runs button")[0].click()
        self.wait(lambda: self.texts("#run .command code"))
        address = self.browser.current_url
        for part in ("task=tomita", "cell=lstm", "metric=epochs_to_threshold", "run="):
            self.assertIn(part, address)
        self.open(address)
        self.wait(lambda: self.texts("#run .command code"))
        self.assertEqual(set(self.texts("#results tbody .cell")), {"LSTM"})
        self.assertEqual(self.texts("#results .value .number")[0], "3.0 ± 0.0")

    def test_bold_is_explained_above_the_table(self):
        said = self.one("#results [role=status]")
        self.assertIn("Bold: not to be told from the best", said.text)
        self.assertLess(said.rect["y"], self.one("#results table").rect["y"])

    def test_the_table_as_csv(self):
        self.choose(".filters", "Cell", "LSTM")
        rows = list(csv.DictReader(self.saved("#results .download").splitlines()))
        self.assertEqual(len(rows), 2 * 8)
        [row] = [r for r in rows if (r["initializer"], r["condition"]) == ("eigen", "no attention")]
        accuracies = [self.result("eigen", seed, "no attention", "lstm")["metrics"]["accuracy"] for seed in range(3)]
        seeds = dict(part.split("=") for part in row["seeds"].split(" "))
        for seed, accuracy in enumerate(accuracies):
            self.assertAlmostEqual(float(seeds[str(seed)]), 100 * accuracy, places=3)
        self.assertAlmostEqual(float(row["mean"]), 100 * sum(accuracies) / 3, places=3)


class FigureTest(PageTest):
    def test_they_are_dark_in_the_dark(self):
        profile = self.root / "results" / "drawn"
        Study(profile)
        (profile / "figures").mkdir()
        Figure(figsize=(3, 2)).savefig(profile / "figures" / "gradients_tomita.svg")
        address = make_report(profile)
        look = "return getComputedStyle(document.querySelector('#figures img')).filter"
        self.open(address)
        self.assertEqual(self.script(look), "none")
        self.assertEqual(self.texts("#figures figcaption"), ["Gradients through time: Tomita grammars"])
        self.theme("dark")
        self.assertIn("invert", self.script(look))
        self.theme("light")


if __name__ == "__main__":
    unittest.main()
