"""Tests of finding and comparing runs on the page, in headless Chromium: make test-report."""

import csv
import unittest

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from collate_fixture import Study
from page_fixture import AXE, FIND_BARRIERS, PageTest

EIGEN = Study.key("eigen", 1, "1", "lstm")
XAVIER = Study.key("xavier", 1, "1", "lstm")
FOUND = "#find .found tbody"


class FindTest(PageTest):
    def find(self, text):
        box = self.one("#find-runs")
        box.clear()
        box.send_keys(text)
        return self.texts(f"{FOUND} th button")

    def compare(self, *keys):
        for key in keys:
            self.find(key)
            self.script("document.querySelector('#find .found input').click()")

    def test_by_key_initializer_cell_condition_and_seed(self):
        self.assertEqual(self.find(EIGEN[:10]), [EIGEN])
        self.assertEqual(self.find("eigen lstm seed=1 condition=1"), [EIGEN])
        both = {EIGEN, Study.key("eigen", 1, "no attention", "lstm")}
        self.assertEqual(set(self.find("init=eigen, cell=lstm, seed=1")), both)
        self.assertEqual(self.find("status=failed"), [Study.key("irnn", 2, "1", "lstm")])
        self.assertEqual(self.find("no such run"), [])
        self.assertEqual(self.one("#find [role=status]").text, "0 runs.")
        self.find("lstm")
        self.assertEqual(self.one("#find [role=status]").text, f"{2 * 8 * 3} runs; the first 20 are shown.")
        rows = list(csv.DictReader(self.saved("#find .download").splitlines()))
        self.assertEqual((len(rows), {row["cell"] for row in rows}), (2 * 8 * 3, {"lstm"}))

    def test_a_run_that_was_found_opens(self):
        self.find(EIGEN)
        self.script("document.querySelector('#find .found button').click()")
        self.wait(lambda: self.texts("#run .command code"))
        self.assertIn(f"find={EIGEN}", self.browser.current_url)
        self.assertIn("eigen: LSTM, 1", self.one("#run-title").text)

    def lines(self):
        return {
            cells[0]: tuple(cells[1:])
            for cells in self.script(
                "return [...document.querySelectorAll('#find .compared tbody tr')]"
                ".map(tr => [...tr.children].map(e => e.textContent))"
            )
        }

    def test_two_runs_side_by_side(self):
        self.compare(XAVIER, EIGEN)
        self.wait(lambda: self.all("#find .compared .plot svg"))
        lines = self.lines()
        self.assertEqual(lines["Initializer"], ("xavier", "eigen"))
        accuracies = [self.result(row, 1, "1", "lstm")["metrics"]["accuracy"] for row in ("xavier", "eigen")]
        self.assertEqual(lines["Accuracy, %"], tuple(f"{100 * accuracy:.5g}" for accuracy in accuracies))
        self.assertEqual(lines["initializer.name"], ("xavier", "eigen"))
        self.assertNotIn("training.learning_rate", lines)  # it is the same
        self.open(self.browser.current_url)  # the address keeps both
        self.wait(lambda: self.lines().get("Initializer") == ("xavier", "eigen"))

    def test_a_third_run_replaces_the_first(self):
        third = Study.key("irnn", 0, "1", "lstm")
        self.compare(XAVIER, EIGEN, third)
        self.wait(lambda: self.lines().get("Initializer") == ("eigen", "irnn"))

    def test_runs_are_chosen_in_their_dialogs(self):
        for address in (f"#run={XAVIER}", f"#left={XAVIER}&run={EIGEN}"):
            self.open(self.address + address)
            self.wait(lambda: self.texts("#run .command code"))
            [button] = [b for b in self.all("#run button") if b.text == "Compare with another run"]
            button.click()
            self.assertIn(f"left={XAVIER}", self.browser.current_url)
        self.wait(lambda: self.lines().get("Initializer") == ("xavier", "eigen"))
        self.assertFalse(self.script("return document.getElementById('run').open"))

    def test_two_initializers_side_by_side(self):
        self.choose(".filters", "Cell", "LSTM")
        self.choose("#find", "beside", "orthogonal")
        table = "#find .pair:last-of-type tbody"
        self.assertEqual(self.texts(f"{table} th"), ["LSTM, 1", "LSTM, no attention"])
        mine = [100 * self.result("orthogonal", s, "1", "lstm")["metrics"]["accuracy"] for s in range(3)]
        shown = self.all(f"{table} tr")[0].find_elements(By.CSS_SELECTOR, ".number")[1].text
        self.assertTrue(shown.startswith(f"{sum(mine) / 3:.1f} ± "), shown)
        [button] = [b for b in self.all("#find button") if b.text == "Show only these two everywhere"]
        button.send_keys(Keys.ENTER)
        self.assertEqual(len(self.all("#results tbody tr")), 2 * 2)

    def test_no_barriers(self):
        self.size(390)
        self.compare(XAVIER, EIGEN)
        self.wait(lambda: self.all("#find .compared .plot svg"))
        self.assertLessEqual(self.script("return document.documentElement.scrollWidth"), 390)
        self.script(AXE.read_text(encoding="utf-8"))
        self.assertEqual(self.browser.execute_async_script(FIND_BARRIERS), [])


if __name__ == "__main__":
    unittest.main()
