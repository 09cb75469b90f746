"""Tests of the page's pictures of searches, in headless Chromium: make test-report."""

import csv
import unittest

from page_fixture import PageTest, make_report
from report_fixture import search_of_rates

CHART = "#rates .plot svg[role=img]"


class RatesTest(PageTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        search_of_rates(cls.profile)
        make_report(cls.profile)

    def see(self, panels):
        self.go_to("rates")
        self.wait(lambda: len(self.all(CHART)) == panels)

    def test_a_task_shows_the_search_of_its_rates(self):
        self.see(2)
        words = self.all(CHART)[0].get_attribute("aria-label")
        self.assertIn("validation accuracy, % by learning rate for LSTM", words)
        self.assertIn("chosen: xavier 0.01 (80), eigen 0.003 (90)", words)
        self.assertEqual(len(self.all(f"{CHART} .chosen")), 2 * 2)
        self.assertIn("learning rate (logarithmic)", self.texts(f"{CHART} text"))
        self.assertIn("extend the search to 0.03", self.texts("#rates details td"))

    def test_the_filter_holds(self):
        self.choose(".filters", "Cell", "LSTM")
        self.see(1)
        self.all(".chip input")[0].click()  # xavier
        self.wait(lambda: len(self.all(f"{CHART} .chosen")) == 1)
        rows = list(csv.DictReader(self.saved("#rates .download").splitlines()))
        chosen = [(r["cell"], r["initializer"], r["rate"], r["mean"]) for r in rows if r["chosen"] == "yes"]
        self.assertEqual((chosen, len(rows)), ([("lstm", "eigen", "0.003", "90")], 3))

    def test_a_search_shows_itself(self):
        self.open(f"{self.address}#task=learning_rates_tomita")
        self.see(2)
        self.assertEqual(self.texts("#results tbody .condition")[0], "5, learning rate 0.001")


if __name__ == "__main__":
    unittest.main()
