"""Tests of the picture that the page opens with, in headless Chromium: make test-report."""

import csv
import unittest

from selenium.webdriver.common.keys import Keys

from page_fixture import PageTest
from report_fixture import read_script


class PictureTest(PageTest):
    def forest(self):
        forest, *_ = read_script(self.profile / "report" / "data.js")["forests"]
        return forest

    def told(self):
        """Rival and line of each mark, in the picture's order."""
        return [
            (group["rival"], line)
            for group in self.forest()
            for line in [group["all"], *group["lines"]]
            if line and line["outcome"]
        ]

    def test_a_mark_for_each_gain_with_its_numbers_in_words(self):
        told = self.told()
        self.assertEqual(len(told), len(self.all("#verdict .effect")))
        names = {mark.get_attribute("aria-label"): mark for mark in self.all("#verdict .effect")}
        for rival, line in told:
            where = f"Tomita grammars, {line['cell']}" if "cell" in line else "all places"
            [name] = [n for n in names if n.startswith(f"eigen over {rival}, {where}: {line['outcome']}.")]
            gain = f"{line['gain']:+.2f}".replace("-", "−")
            self.assertIn(f"Gain {gain} smallest differences that matter", name)
            self.assertEqual(names[name].get_attribute("data-outcome"), line["outcome"])

    def test_shapes_tell_the_outcomes_apart(self):
        shapes = self.script(
            "return [...document.querySelectorAll('#verdict .legend path')].map(e => e.getAttribute('d'))"
        )
        self.assertEqual(len(set(shapes)), 4)
        filled = self.script(
            "return [...document.querySelectorAll('#verdict .legend path')].map(e => getComputedStyle(e).fill)"
        )
        self.assertEqual(filled[3], self.script("return getComputedStyle(document.body).backgroundColor"))

    def test_the_keyboard_goes_from_mark_to_mark(self):
        marks = self.all("#verdict .effect")
        self.assertEqual([m.get_attribute("tabindex") for m in marks], ["0", *["-1"] * (len(marks) - 1)])
        self.script("arguments[0].focus()", marks[0])
        tip = self.one("#verdict .tip")
        self.assertEqual(tip.text, marks[0].get_attribute("aria-label"))
        self.browser.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
        self.assertEqual(tip.text, marks[1].get_attribute("aria-label"))
        self.browser.switch_to.active_element.send_keys(Keys.ESCAPE)
        self.assertFalse(tip.is_displayed())

    def test_the_shade_is_the_smallest_difference_that_matters(self):
        """On the even scale: as wide as two units, of which a gain's place says where they are."""
        self.one("#verdict .check input").click()
        zone, gains = self.script(
            "const panel = document.querySelector('#verdict .forest .small-zone').parentNode;"
            "const [x, width] = ['x', 'width'].map(n => +panel.querySelector('.small-zone').getAttribute(n));"
            "return [[x, width], [...panel.querySelectorAll('.effect')].map(e =>"
            "+e.lastChild.getAttribute('transform').match(/\\(([-.\\d]+)/)[1])];"
        )
        self.assertIn("The scale is even.", self.one("#verdict .first .note").text)
        rival = self.forest()[0]
        lines = [rival["all"], *rival["lines"]]
        self.assertEqual(len(gains), len(lines))
        for at, line in zip(gains, lines):
            self.assertAlmostEqual(at, zone[0] + zone[1] / 2 * (1 + line["gain"]), delta=0.5)

    def test_it_fits_a_phone(self):
        self.size(390)
        self.open(self.address)
        self.assertEqual(len(self.all("#verdict .effect")), len(self.told()))
        right = self.script(
            "return Math.max(...[...document.querySelectorAll('#verdict .forest *')].map(e => "
            "e.getBoundingClientRect().right))"
        )
        self.assertLessEqual(right, 390)
        size = self.script("return parseFloat(getComputedStyle(document.querySelector('.forest text')).fontSize)")
        self.assertGreaterEqual(size, 12)

    def test_its_numbers_as_csv(self):
        rows = list(csv.DictReader(self.saved("#verdict .first .download").splitlines()))
        told = [(row["rival"], row["cell"], row["gain"]) for row in rows if row["outcome"]]
        self.assertEqual(told, [(rival, line.get("cell", ""), f"{line['gain']:g}") for rival, line in self.told()])


if __name__ == "__main__":
    unittest.main()
