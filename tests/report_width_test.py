"""Tests of the page on a phone and on a tablet, in headless Chromium: make test-report."""

import unittest

from collate_fixture import Study
from page_fixture import PageTest, make_report
from report_fixture import add_run

# Of each row: do two of its shown cells overlap?
OVERLAPS = """
return [...document.querySelectorAll('#results tbody tr, #verdict tbody tr')].filter((row) => {
  const boxes = [...row.children].map((e) => {
    const range = document.createRange();
    range.selectNodeContents(e);
    return range.getBoundingClientRect();
  }).filter((box) => box.width && box.height);
  return boxes.some((a, i) => boxes.slice(i + 1).some((b) =>
    a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1));
}).map((row) => row.textContent);
"""


class WidthTest(PageTest):
    def at(self, width):
        self.size(width)
        self.open(self.address)
        self.script("document.querySelectorAll('#verdict details').forEach(e => { e.open = true; })")

    def test_no_column_vanishes_or_overlaps(self):
        for width in (360, 390, 700, 900, 1000, 1280):
            self.at(width)
            for column in ("initializer", "cell", "condition", "value", "seeds", "xavier", "baseline", "runs"):
                self.assertTrue(self.one(f"#results tbody .{column}").is_displayed(), (width, column))
            self.assertEqual(self.script(OVERLAPS), [], width)

    def test_nothing_scrolls_sideways_on_a_phone(self):
        self.at(390)
        self.assertEqual(self.script("return document.querySelectorAll('#means td').length"), 2 * 8)
        wide = self.script(
            "return [...document.querySelectorAll('.scroll, #results table')]"
            ".filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.className)"
        )
        self.assertEqual(wide, [])
        self.assertEqual(
            self.script("return getComputedStyle(document.querySelector('#results td.xavier'), '::before').content"),
            '"Gain on Xavier"',
        )

    def test_a_long_table_opens_short_on_a_phone(self):
        self.at(390)
        shown = "return [...document.querySelectorAll('#results tbody tr')].filter(e => e.offsetHeight).length"
        self.assertEqual(self.script(shown), 14)
        self.one("#results .rest").click()
        self.assertEqual(self.script(shown), 32)
        self.assertFalse(self.one("#results .rest").is_displayed())

    def test_silent_places_share_a_row(self):
        profile = self.root / "results" / "silent"
        study = Study(profile, rows=["xavier", "eigen"], conditions=["1", "2", "3"])
        for row in ("xavier", "eigen"):
            for seed in range(3):
                for condition, accuracy in (("1", 1.0), ("2", 0.8 + seed / 100), ("3", 1.0)):
                    add_run(study, row, seed, (condition, "lstm"), accuracy)
        self.open(make_report(profile))
        self.one("#verdict details summary").click()
        self.assertEqual(self.texts("#verdict tbody th small"), ["1, 3", "2"])


if __name__ == "__main__":
    unittest.main()
