"""Tests of the page in headless Chromium: make test-report, which builds and installs what they need."""

import base64
import json
import statistics
import subprocess
import sys
import time
import unittest

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

import report_fixture
from collate_fixture import EPOCHS, SCRIPTS, Study
from page_fixture import AXE, FIND_BARRIERS, OPENS_WITHIN, SHIFT, PageTest, make_report
from report_fixture import STRANGE


class TableTest(PageTest):
    def rows(self):
        return self.texts("#results tbody tr .initializer")

    def test_rows_and_numbers_equal_the_results(self):
        self.assertEqual(len(self.rows()), 2 * 2 * 8)
        self.assertIn(STRANGE, self.rows()[7])
        labels = self.script(
            "return [...document.querySelectorAll('#results tbody tr')].map(tr => ["
            "tr.querySelector('.initializer').textContent, tr.querySelector('.cell').textContent, "
            "tr.querySelector('.condition').textContent, "
            "tr.querySelector('.value .number').firstChild.textContent, "
            "tr.querySelector('.strip').getAttribute('aria-label')])"
        )
        names = {"RNN (tanh)": "rnn_tanh", "LSTM": "lstm"}
        for label, cell, condition, value, words in labels:
            row = label.replace(" †", "")
            seeds = [self.result(row, seed, condition, names[cell]) for seed in range(3)]
            finished = [r["metrics"]["accuracy"] for r in seeds if r["status"] == "finished"]
            mean = 100 * sum(finished) / len(finished)
            self.assertEqual(value.split(" ± ")[0], f"{mean:.1f}", (row, cell, condition))
            expected = "; ".join(
                f"seed {s}: " + (f"{100 * r['metrics']['accuracy']:.1f}" if r["metrics"] else "failed")
                for s, r in enumerate(seeds)
            )
            self.assertEqual(words, expected)

    def test_gains_equal_the_statistics(self):
        text = self.script(
            "return [...document.querySelectorAll('#results tbody tr')].find(tr => "
            "tr.querySelector('.initializer').textContent === 'eigen')"
            ".querySelector('.xavier .number').textContent"
        )
        accuracies = [
            [self.result(row, s, "1", "rnn_tanh")["metrics"]["accuracy"] for s in range(3)]
            for row in ("eigen", "xavier")
        ]
        gain = 100 * (sum(accuracies[0]) - sum(accuracies[1])) / 3
        self.assertTrue(text.startswith(f"+{gain:.1f} ± "), text)

    def test_sorts_by_mouse_and_keyboard(self):
        values = lambda: [float(t.split(" ")[0]) for t in self.texts("#results .value .number")]  # noqa: E731
        header = "#results th.value"
        self.assertEqual(self.one(header).get_attribute("aria-sort"), "none")
        self.one(f"{header} button").click()
        self.assertEqual(self.one(header).get_attribute("aria-sort"), "descending")
        self.assertEqual(values(), sorted(values(), reverse=True))
        self.browser.switch_to.active_element.send_keys(Keys.ENTER)  # the focus stays on the button
        self.assertEqual(self.one(header).get_attribute("aria-sort"), "ascending")
        self.assertEqual(values(), sorted(values()))
        self.open(self.browser.current_url)  # the address keeps it
        self.assertEqual(self.one(header).get_attribute("aria-sort"), "ascending")
        self.assertEqual(values(), sorted(values()))
        self.one("#results th.initializer button").click()
        self.assertEqual([r.replace(" †", "") for r in self.rows()[:4]], ["xavier"] * 4)

    def test_filters(self):
        self.choose(".filters", "Cell", "LSTM")
        self.assertEqual(set(self.texts("#results tbody .cell")), {"LSTM"})
        self.choose(".filters", "Condition", "no attention")
        self.assertEqual(len(self.rows()), 8)
        self.all(".chip input")[0].click()
        self.assertNotIn("xavier", self.rows())
        self.assertIn("7 of 32 rows", self.one("#results [role=status]").text)
        self.open(self.browser.current_url)  # the address keeps the choice
        self.assertEqual(len(self.rows()), 7)

    def test_another_metric(self):
        self.choose("#results", "Metric", EPOCHS["label"])
        self.assertEqual(self.texts("#results .value .number")[0], "3.0 ± 0.0")
        self.assertIn("lower is better", self.one("#results [role=status]").text)


class RunTest(PageTest):
    def test_a_run_in_full(self):
        self.choose(".filters", "Cell", "LSTM")
        self.all("#results td.runs button")[2].click()  # irnn
        self.wait(lambda: self.texts("#run .command code"))
        self.assertIn("irnn: LSTM, 1", self.one("#run-title").text)
        record = self.result("irnn", 0, "1", "lstm")
        shown = dict(zip(self.texts("#run .metrics th[scope=row]"), self.texts("#run .metrics td")))
        accuracy = 100 * record["metrics"]["accuracy"]
        self.assertEqual(shown["Accuracy, %"], f"{accuracy:.5g}")
        self.assertEqual(shown["Epochs to 99 % validation accuracy"], "3")
        self.assertEqual(len(shown), len(record["metrics"]))
        settings = dict(zip(self.texts("#run .settings th[scope=row]"), self.texts("#run .settings td")))
        self.assertEqual(settings["task.options.grammar"], "1")
        self.assertEqual(settings["commit"], record["provenance"]["commit"])
        self.assertEqual(settings["key"], record["key"])
        self.assertEqual(
            self.texts("#run .command code"),
            [f"make reproduce-tomita PROFILE=quick --results {self.profile.parent} --only "
             "init=irnn,cell=lstm,condition=1,seed=0 --kernel libtorch --force"],
        )
        self.all("#run .seeds button")[2].click()
        self.wait(lambda: "Failed after 2 attempts" in self.one("#run .outcome").text)
        self.assertIn(f"run={Study.key('irnn', 2, '1', 'lstm')}", self.browser.current_url)
        self.browser.switch_to.active_element.send_keys(Keys.ESCAPE)
        self.wait(lambda: not self.script("return document.getElementById('run').open"))
        self.assertNotIn("run=", self.browser.current_url)

    def test_the_address_opens_a_run(self):
        self.open(f"{self.address}#run={Study.key('eigen', 1, '1', 'lstm')}")
        self.wait(lambda: self.texts("#run .command code"))
        self.assertEqual(self.one("#run .seeds [aria-pressed=true]").text, "1")


class ChartTest(PageTest):
    def test_curves(self):
        self.go_to("curves")
        self.wait(lambda: len(self.all("#curves .plot svg[role=img]")) == 4)
        words = self.all("#curves .plot svg[role=img]")[0].get_attribute("aria-label")
        accuracies = [self.result("xavier", s, "1", "rnn_tanh")["metrics"]["accuracy"] for s in range(3)]
        self.assertIn(f"xavier {float(f'{100 * sum(accuracies) / 3:.3g}'):g}", words)
        self.choose("#curves", "Quantity", "training loss")
        charts = "#curves .plot svg[role=img]"
        self.wait(lambda: "training loss" in self.script(
            "return document.querySelector(arguments[0])?.getAttribute('aria-label') ?? ''", charts
        ))  # fmt: skip

    def test_the_slider_moves_the_spectra(self):
        self.go_to("spectra")
        self.wait(lambda: len(self.all("#spectra .plane")) == 8)
        self.assertEqual(len(self.all("#spectra .plane")[0].find_elements(By.CSS_SELECTOR, ".dots circle")), 8)
        slider = self.one("#epoch")
        self.assertIn("spectral radius 0.5;", self.all("#spectra .plane")[0].get_attribute("aria-label"))
        slider.send_keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
        self.assertEqual(self.one("#spectra output").text, "after epoch 2 of 4")
        plane = self.all("#spectra .plane")[0]
        self.assertIn("epoch 2: spectral radius 0.7", plane.get_attribute("aria-label"))
        self.assertEqual(len(plane.find_elements(By.CSS_SELECTOR, ".rings circle")), 5)
        slider.send_keys(Keys.END)
        self.assertEqual(slider.get_attribute("aria-valuetext"), "after epoch 4 of 4")
        self.assertEqual(len(plane.find_elements(By.CSS_SELECTOR, ".dots circle")), 8)
        self.assertEqual(self.texts("#spectra details td")[:2], ["4", "0.9"])
        self.choose("#spectra", "Cell", "LSTM")
        self.wait(lambda: "recurrent.layer0, o" in self.texts("#spectra option"))


class LookTest(PageTest):
    def test_the_verdict_equals_the_statistics(self):
        subprocess.run(
            [sys.executable, str(SCRIPTS / "statistics_report.py"), str(self.profile)],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        record = json.loads((self.profile / "tables" / "verdicts.json").read_text())
        badges = [text[2:].lower() for text in self.texts("#verdict .card .badge")]
        run = [answer for answer in record["answers"] if len(answer["absent"]) < len(answer["experiments"])]
        rivals = [rival for answer in run for rival in answer["rivals"]]
        self.assertEqual(badges, [rival["outcome"] or "nothing to compare" for rival in rivals])
        places = {(p["cell"], p["condition"]) for rival in rivals for p in rival["places"] + rival["silent"]}
        shown = [int(e.get_attribute("data-places")) for e in self.all("#verdict tbody [data-places]")]
        self.assertEqual(sum(shown), len(places))
        ranks = dict(zip(self.texts("#summary tbody th"), self.texts("#summary tbody tr td:nth-child(2)")))
        for row, rank in record["summary"]["mean_ranks"].items():
            self.assertEqual(ranks[row].split(" ± ")[0], f"{rank:.2f}")

    def test_every_width_fits_and_nothing_shifts(self):
        for width in (360, 768, 1280):
            self.size(width)
            self.open(self.address)
            self.see_everything()
            time.sleep(0.5)
            self.assertLessEqual(self.script("return document.documentElement.scrollWidth"), width)
            self.assertLess(self.script("return window.shifts"), SHIFT, width)

    def test_dark(self):
        page = lambda: self.script("return getComputedStyle(document.body).backgroundColor")  # noqa: E731
        self.theme("light")
        light = page()
        self.theme("dark")
        self.assertNotEqual(page(), light)
        self.theme("light")

    def test_names_for_those_who_do_not_see(self):
        unnamed = self.script(
            "return [...document.querySelectorAll('button,select,input,svg[role=img],img')].filter(e =>"
            "!(e.getAttribute('aria-label') || e.textContent.trim() || e.alt || e.labels?.length))"
            ".map(e => e.outerHTML)"
        )
        self.assertEqual(unnamed, [])
        self.assertEqual(self.script("return document.documentElement.lang"), "en")
        self.assertEqual(len(self.all("h1")), 1)


    def test_print_has_what_was_never_scrolled_to(self):
        self.wait(lambda: self.script("return document.querySelectorAll('script[src*=\"/\"]').length") >= 2)
        time.sleep(0.5)  # the page loads its curves when there is nothing else to do
        drawn = "return document.querySelectorAll('#curves .plot svg[role=img]').length"
        self.assertEqual(self.script(drawn), 0)
        pdf = base64.b64decode(self.browser.execute_cdp_cmd("Page.printToPDF", {})["data"])
        self.assertTrue(pdf.startswith(b"%PDF-"))
        self.assertEqual(self.script(drawn), 4)
        self.assertEqual(len(self.all("#spectra .dots circle")), 8 * 8)
        self.assertEqual(self.script("return document.querySelectorAll('#results .strip:empty').length"), 0)

    def test_no_barriers(self):
        for theme, width in (("light", 1280), ("dark", 360)):
            self.theme(theme)
            self.size(width)
            self.open(self.address)
            self.see_everything()
            self.script(AXE.read_text(encoding="utf-8"))
            self.assertEqual(self.browser.execute_async_script(FIND_BARRIERS), [], theme)
            self.script("document.querySelector('#results td.runs button').click()")
            self.wait(lambda: self.texts("#run .command code"))
            self.assertEqual(self.browser.execute_async_script(FIND_BARRIERS), [], theme)


class ManyRunsTest(PageTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        profile = cls.root / "results" / "cpu"
        cls.count = report_fixture.large_grid(profile)
        cls.many = make_report(profile)
        cls.folder = profile / "tomita"
        cls.data = profile / "report" / "data.js"
        cls.browser.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})

    def cpu(self):
        """Processor time of the page's main thread so far, in ms."""
        found = self.browser.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
        return next(1000 * m["value"] for m in found if m["name"] == "TaskDuration")

    def times(self, address):
        """Milliseconds from the navigation on."""
        self.browser.get("about:blank")  # which has a process of its own
        before = self.cpu()
        ready = self.open(address)
        idle = self.browser.execute_async_script(
            "requestIdleCallback(() => arguments[0](Math.round(performance.now())))"
        )
        paint = self.script(
            "return Math.round(performance.getEntriesByName('first-contentful-paint')[0].startTime)"
        )
        return {"paint": paint, "ready": ready, "idle": idle, "cpu": round(self.cpu() - before)}

    def test_two_thousand_runs_open_quickly(self):
        size = self.data.stat().st_size // 1024
        print(f"\n{self.count} runs, data.js has {size} KiB; median of 5, in ms:")
        for name in ("task=tomita", "task=tomita&cell=all"):
            made = [self.times(f"{self.many}#{name}") for _ in range(5)]
            middle = {kind: statistics.median(one[kind] for one in made) for kind in made[0]}
            words = ", ".join(f"{kind} {value:.0f}" for kind, value in middle.items())
            print(f"  #{name}: {words}; rows: {len(self.all('#results tbody tr'))}")
            self.assertLess(min(one["idle"] for one in made), OPENS_WITHIN)

    def test_all_runs_are_there(self):
        self.open(f"{self.many}#task=tomita")
        self.assertIn("49 of 196 rows", self.one("#results [role=status]").text)  # its first cell
        self.choose(".filters", "Cell", "all")
        words = " ".join(self.script(
            "return [...document.querySelectorAll('#results .strip')].map(e => e.getAttribute('aria-label'))"
        ))  # fmt: skip
        self.assertEqual(words.count("seed"), 7 * 7 * 4 * 10)
        self.open(self.browser.current_url)
        self.assertEqual(len(self.all("#results tbody tr")), 196)

    def test_marks_are_drawn_when_they_come_near(self):
        self.open(f"{self.many}#task=tomita&cell=all")
        last = "#results tbody tr:last-child .strip"
        self.assertEqual(self.all(f"{last} > *"), [])
        room = self.one(last).rect
        self.script("document.querySelector(arguments[0]).scrollIntoView()", last)
        self.wait(lambda: len(self.all(f"{last} .dots circle")) == 10)
        self.assertEqual(self.one(last).rect["height"], room["height"])
        self.assertLess(self.script("return window.shifts"), SHIFT)

    def test_figures_have_their_room(self):
        self.open(f"{self.many}#task=tomita")
        first = "#figures figure:first-child img"
        room = self.one(first).size
        self.assertAlmostEqual(room["width"] / room["height"], 8 / 6, places=1)
        self.go_to("figures")
        self.wait(lambda: self.script("return document.querySelector(arguments[0]).naturalWidth", first))
        self.assertEqual(self.one(first).size, room)
        self.assertLess(self.script("return window.shifts"), SHIFT)
        links = [a.get_attribute("href") for a in self.all("#figures figure:first-child .small a")]
        self.assertEqual([link.rsplit("/", 1)[1] for link in links], ["spectra_0.svg", "spectra_0.pdf"])

    def test_spectra_of_start_and_end_alone(self):
        self.open(f"{self.many}#task=tomita")
        self.go_to("spectra")
        self.wait(lambda: self.all("#epoch"))
        slider, output = self.one("#epoch"), "#spectra output"
        self.assertEqual(self.texts(output), ["as initialized"])
        self.assertIn("Recorded at start and end only.", self.texts("#spectra .slider small"))
        slider.send_keys(Keys.ARROW_RIGHT)
        self.assertEqual(self.texts(output), ["after epoch 30 of 30"])
        plane = self.all("#spectra .plane")[0]
        radius = self.result("xavier", 0, "1", "rnn_tanh")["spectra"]["end"][0]["spectral_radius"]
        self.assertIn(f"epoch 30: spectral radius {radius:g};", plane.get_attribute("aria-label"))
        self.assertEqual(len(plane.find_elements(By.CSS_SELECTOR, ".dots circle")), 32)
        slider.send_keys(Keys.ARROW_RIGHT)
        self.assertEqual(self.texts(output), ["after epoch 30 of 30"])
        slider.send_keys(Keys.HOME)
        self.assertEqual(self.texts(output), ["as initialized"])


if __name__ == "__main__":
    unittest.main()
