"""Tests of the learning curves and of what the address keeps, in headless Chromium: make test-report."""

import csv
import unittest

from page_fixture import PageTest

CHART = "#curves .plot svg[role=img]"


class CurvesTest(PageTest):
    def setUp(self):
        super().setUp()
        self.see()

    def see(self):
        self.go_to("curves")
        self.wait(lambda: len(self.all(CHART)) == 4)

    def words(self):
        return self.all(CHART)[0].get_attribute("aria-label")

    def test_the_axis_has_the_unit_of_the_tables(self):
        self.assertIn("validation accuracy, % (linear)", self.texts(f"{CHART} text"))
        self.assertTrue(self.words().startswith("validation accuracy, % by epoch for RNN (tanh), 1, linear scale"))
        highest = max(float(t) for t in self.texts(f"{CHART} [aria-label='y-axis tick label'] text"))
        self.assertGreater(highest, 50)

    def test_scale_and_smoothing_are_chosen_and_kept_by_the_address(self):
        self.choose("#curves", "Quantity", "training loss")
        self.wait(lambda: self.all(CHART) and "training loss by epoch" in self.words())
        self.assertIn("logarithmic scale", self.words())
        self.assertIn("training loss (logarithmic)", self.texts(f"{CHART} text"))
        self.choose("#curves", "Scale", "linear")
        self.choose("#curves", "Smoothing", "mean of 3 epochs")
        self.assertIn("the mean of the 3 epochs around", self.one("#curves [role=status]").text)
        self.open(self.browser.current_url)
        self.see()
        self.assertTrue(self.words().startswith("training loss by epoch for RNN (tanh), 1, linear scale"))
        rows = list(csv.DictReader(self.saved("#curves .download").splitlines()))
        mine = [r for r in rows if (r["cell"], r["condition"], r["initializer"]) == ("lstm", "1", "eigen")]
        # Of 1, 1/2, 1/3 and 1/4 the means of the neighbours.
        expected = [(1 + 1 / 2) / 2, (1 + 1 / 2 + 1 / 3) / 3, (1 / 2 + 1 / 3 + 1 / 4) / 3, (1 / 3 + 1 / 4) / 2]
        for row, mean in zip(mine, expected):
            self.assertAlmostEqual(float(row["mean"]), mean, places=3)
        self.assertEqual(len(mine), 4)

    def test_another_quantity_has_its_usual_scale(self):
        self.choose("#curves", "Scale", "logarithmic")
        self.choose("#curves", "Quantity", "gradient norm")
        self.assertEqual(self.one("#curves label:nth-child(2) select").get_attribute("value"), "logarithmic")
        self.choose("#curves", "Quantity", "validation accuracy, %")
        self.assertEqual(self.one("#curves label:nth-child(2) select").get_attribute("value"), "linear")


if __name__ == "__main__":
    unittest.main()
