"""A browser and a small page for the tests of the page."""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

import report_fixture
from collate_fixture import ROOT, SCRIPTS, Study

CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--allow-file-access-from-files=false",
]
WAIT = 30  # s; generous, for machines that are busy with other things
OPENS_WITHIN = 20_000  # ms, on a machine that is busy with other things; what it takes is printed
SHIFT = 0.02  # cumulative layout shift; the web's own bound for "good" is 0.1
AXE = ROOT / "report" / "node_modules" / "axe-core" / "axe.min.js"

# Adds up how far the page's parts move without anybody having touched it.
SHIFTS = """
window.shifts = 0;
new PerformanceObserver((list) => list.getEntries().forEach((e) => {
  if (!e.hadRecentInput) window.shifts += e.value;
})).observe({type: 'layout-shift', buffered: true});
"""

# What axe-core finds, as rule, impact and elements.
FIND_BARRIERS = """
const done = arguments[0];
axe.run().then(({violations}) => done(violations.map((v) =>
  [v.id, v.impact, ...v.nodes.slice(0, 3).map((n) => n.html.slice(0, 200) + ' ' + n.failureSummary)])));
"""


def make_report(profile: pathlib.Path) -> str:
    """The page's address."""
    subprocess.run(
        [sys.executable, str(SCRIPTS / "report_page.py"), str(profile)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return (profile / "report" / "index.html").as_uri()


class PageTest(unittest.TestCase):
    """One browser and one small page for all tests."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name)
        cls.profile = cls.root / "results" / "quick"
        cls.profile.mkdir(parents=True)
        cls.study = report_fixture.small_grid(cls.profile)
        cls.folder = cls.study.folder
        cls.address = make_report(cls.profile)
        options = webdriver.ChromeOptions()
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        for flag in [*CHROMIUM_FLAGS, f"--user-data-dir={cls.root / 'browser'}"]:
            options.add_argument(flag)
        cls.browser = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        cls.addClassCleanup(cls.browser.quit)
        cls.browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": SHIFTS})

    def setUp(self):
        self.size(1440)
        self.theme("light")
        self.open(self.address)

    def tearDown(self):
        self.assertEqual(self.browser.get_log("browser"), [])

    def size(self, width, height=900):
        self.browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
        )

    def theme(self, name):
        features = {"prefers-color-scheme": name, "prefers-reduced-motion": "reduce"}
        self.browser.execute_cdp_cmd(
            "Emulation.setEmulatedMedia",
            {"features": [{"name": n, "value": value} for n, value in features.items()]},
        )

    def open(self, address):
        self.browser.get("about:blank")
        self.browser.get(address)
        return int(self.wait(lambda: self.script("return document.documentElement.dataset.ready")))

    def script(self, text, *arguments):
        return self.browser.execute_script(text, *arguments)

    def wait(self, condition):
        return WebDriverWait(self.browser, WAIT).until(lambda _: condition())

    def all(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def texts(self, selector):
        return self.script(
            "return [...document.querySelectorAll(arguments[0])].map(e => e.textContent)", selector
        )

    def choose(self, section, label, text):
        for field in self.all(f"{section} label.field"):
            if field.find_element(By.TAG_NAME, "span").text == label:
                return Select(field.find_element(By.TAG_NAME, "select")).select_by_visible_text(text)
        raise AssertionError(f"no field {label}")

    def result(self, row, seed, condition, cell):
        path = self.folder / f"{Study.key(row, seed, condition, cell)}.json"
        return json.loads(path.read_text())

    def saved(self, button):
        """The text of the file that a button saves."""
        folder = self.root / "saved"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        self.browser.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})
        self.script("document.querySelector(arguments[0]).click()", button)
        self.wait(lambda: list(folder.glob("*.csv")))
        [file] = folder.glob("*.csv")
        return file.read_text(encoding="utf-8")

    def go_to(self, section):
        self.script("document.getElementById(arguments[0]).scrollIntoView({behavior:'instant'})", section)

    def see_everything(self):
        """Draws all that is drawn when it comes near."""
        for section in ("curves", "spectra"):
            self.go_to(section)
            self.wait(lambda s=section: len(self.all(f"#{s} svg > *")) >= 4)
