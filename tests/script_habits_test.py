"""Tests of what all scripts have in common: how they take texts and files of others, and how they end."""

import os
import pathlib
import stat
import subprocess
import sys
import tempfile
import threading
import unittest

from collate_fixture import ROOT, SCRIPTS, FolderTest, Study, reference
from eigenrnn.command import shown
from eigenrnn.output import write_atomically
from eigenrnn.tables import latex, markdown
from eigenrnn.text import file_name, one_line

ESCAPE = "\x1b[31m"


class TextTest(unittest.TestCase):
    def test_line_breaks_become_spaces_and_escapes_go(self):
        self.assertEqual(one_line(f"a\r\n b\tc\u2028d{ESCAPE}e\x00\x9bf "), "a b c d[31mef")
        self.assertEqual(one_line("ρ ± é 漢 👍"), "ρ ± é 漢 👍")

    def test_names_of_files_stay_in_their_folder(self):
        for name in ("memory_tomita", "spectra_eigen, ring 0.8-1", "a (b)"):
            self.assertEqual(file_name(name), name)
        names = [file_name(n) for n in ("a/b", "a_b", "a\\b", "../../up", "..", "", "x" * 300, "y\n")]
        self.assertEqual(len(set(names)), len(names))
        for name in names:
            self.assertEqual(pathlib.PurePath("figures", name).parent.name, "figures")
            self.assertNotIn(name, ("", ".", ".."))
            self.assertLess(len(name), 120)

    def test_a_code_span_holds_backticks(self):
        self.assertEqual(markdown.code("make x"), "`make x`")
        self.assertEqual(markdown.code("a `b`\n``c"), "``` a `b` ``c ```")


class StrangeTexts(FolderTest):
    def study(self):
        texts = {"conditions": ["1\n2"], "rows": ["a|b\nc", f"{ESCAPE}red"]}
        study = Study(self.profile, **texts, references=[reference(row="a|b\nc", condition="1\n2",
                                                                   citation="Some\none 2015")])
        study.table.update(title="Two\nlines\n", caption=f"One\n\n# two{ESCAPE}", command="a\n`b`")
        study.write("table.json", study.table)
        study.runs("a|b\nc", [0.5, 0.6, 0.7], at=("1\n2", "lstm"))
        study.runs(f"{ESCAPE}red", [0.5, 0.6, 0.7], at=("1\n2", "lstm"))
        return study

    def test_in_markdown(self):
        done = self.collate(self.study().folder.parent)
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.splitlines()
        self.assertEqual(lines[0], "# Two lines (profile quick)")
        self.assertEqual(lines[2], "One # two[31m")
        table = [line for line in lines if line.startswith("|")]
        self.assertEqual(len(table), 4)
        self.assertEqual(len({line.count("|") - line.count("\\|") for line in table}), 1)
        self.assertIn("- [1] Some one 2015. 100 units.", lines)
        self.assertNotIn("\x1b", done.stdout)

    def test_in_latex(self):
        text = latex.render(self.document(self.study()))
        self.assertIn("% Two lines (profile quick)\n", text)
        self.assertNotIn("\n\n", text[text.index(r"\caption") : text.index(r"\label")])
        self.assertNotIn("\x1b", text)

    def test_in_a_ranking(self):
        self.study()
        done = subprocess.run(
            [sys.executable, str(SCRIPTS / "rank_initializers.py"), str(self.profile), "tomita",
             "--choose", "xavier", "--title", "a\n|b|"],
            capture_output=True, encoding="utf-8", check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.splitlines()
        self.assertEqual(lines[0], r"# a \|b\|")
        table = [line for line in lines if line.startswith("|")]
        self.assertEqual(len({line.count("|") - line.count("\\|") for line in table}), 1, table)
        self.assertIn(r"Chosen: a\|b c", done.stdout)


class Writing(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_a_link_is_followed(self):
        target, link = self.folder / "there" / "file", self.folder / "link"
        target.parent.mkdir()
        for content in ("", None):  # also one that leads to nothing yet
            if content is not None:
                target.write_text(content)
            link.unlink(missing_ok=True)
            link.symlink_to("there/file")
            write_atomically(link, "new")
            self.assertTrue(link.is_symlink())
            self.assertEqual(target.read_text(), "new")
            target.unlink()

    def test_a_pipe_is_written_to(self):
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        found = []
        reader = threading.Thread(target=lambda: found.append(pipe.read_text()))
        reader.start()
        write_atomically(pipe, "new")
        reader.join()
        self.assertEqual(found, ["new"])
        self.assertTrue(stat.S_ISFIFO(pipe.stat().st_mode))

    def test_the_null_device_stays_one(self):
        null = self.folder / "null"
        null.symlink_to("/dev/null")
        write_atomically(null, "new")
        write_atomically(pathlib.Path("/dev/null"), "new")
        self.assertTrue(stat.S_ISCHR(pathlib.Path("/dev/null").stat().st_mode))
        self.assertTrue(null.is_symlink())

    def test_standard_output_is_written_to_wherever_it_leads(self):
        program = (
            "import pathlib, sys; sys.path.insert(0, sys.argv[1]); "
            "from eigenrnn.output import write_atomically; print('before', flush=True); "
            "write_atomically(pathlib.Path('/dev/stdout'), 'text\\n')"
        )
        command = [sys.executable, "-c", program, str(SCRIPTS)]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
        self.assertEqual(done.stdout, "before\ntext\n")
        path = self.folder / "out"
        with path.open("w") as file:
            subprocess.run(command, stdout=file, check=True)
        self.assertEqual(path.read_text(), "before\ntext\n")


class Commands(FolderTest):
    def test_words_are_quoted(self):
        self.assertEqual(shown("a", "b c", pathlib.Path("d'e")), "a 'b c' 'd'\"'\"'e'")

    def test_the_folder_of_results_may_have_spaces_in_make(self):
        """What make would call, word by word."""
        done = subprocess.run(
            ["make", "-n", "tables", "report", "RESULTS=/x/my 'results'", "PYTHON=printf '<%s>\\n'"],
            cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
        calls = [line.lstrip("@") for line in done.stdout.splitlines() if line.startswith("printf")]
        self.assertGreaterEqual(len(calls), 2, done.stderr)
        for call in calls:
            words = subprocess.run(call, shell=True, capture_output=True, encoding="utf-8", check=True)
            self.assertIn("</x/my 'results'/cpu>", words.stdout.splitlines())

    def test_a_command_that_is_shown_can_be_typed(self):
        profile = self.profile.parent / "my profile"
        study = Study(profile)
        study.runs("xavier", [0.5, 0.6, 0.7])
        done = self.collate(profile, "--check")
        self.assertIn("scripts/collate.py 'results/my profile'", done.stderr.replace(
            f"{profile.parent}/", "results/"))


class Endings(FolderTest):
    def test_a_result_with_a_byte_order_mark_is_one(self):
        study = Study(self.profile)
        study.runs("xavier", [0.5, 0.6, 0.7])
        for path in study.folder.iterdir():
            path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
        done = self.collate(self.profile)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("3 of 6 results: 3 finished", done.stdout)
        self.assertEqual(self.validate(self.profile).returncode, 0)

    def ends(self, script, *arguments, **options):
        command = [sys.executable, str(SCRIPTS / script), *map(str, arguments)]
        done = subprocess.run(
            command, stderr=subprocess.PIPE, encoding="utf-8", check=False, **options
        )
        self.assertNotIn("Traceback", done.stderr)
        return done

    def test_a_closed_pipe_is_no_fault(self):
        study = Study(self.profile)
        study.runs("xavier", [0.5, 0.6, 0.7])
        for script in ("collate.py", "statistics_report.py"):
            reading, writing = os.pipe()
            os.close(reading)
            with os.fdopen(writing, "w") as output:
                done = self.ends(script, self.profile, stdout=output)
            self.assertEqual((done.returncode, done.stderr), (141, ""), script)
        self.assertTrue((self.profile / "tables" / "tomita.md").exists())

    def test_a_full_disk_is_one(self):
        Study(self.profile).runs("xavier", [0.5, 0.6, 0.7])
        for arguments in ((self.profile,), ("--help",)):
            with open("/dev/full", "w") as full:
                done = self.ends("collate.py", *arguments, stdout=full)
            self.assertEqual(done.returncode, 1)
            self.assertIn("No space left", done.stderr)

    def test_a_closed_output_is_none(self):
        Study(self.profile).runs("xavier", [0.5, 0.6, 0.7])
        done = subprocess.run(
            f"{shown(sys.executable, SCRIPTS / 'collate.py', self.profile)} >&-",
            shell=True, stderr=subprocess.PIPE, encoding="utf-8", check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_a_missing_module_is_named_with_its_package(self):
        for module, script in [("numpy", "statistics_report.py"), ("scipy", "report_page.py"), ("scipy", "collate.py"),
                               ("matplotlib", "figures.py"), ("jsonschema", "validate_results.py")]:
            blocked = self.profile / f"{module}.py"
            blocked.write_text("raise ImportError('blocked')")
            environment = {**os.environ, "PYTHONPATH": str(self.profile)}
            done = self.ends(script, self.profile, stdout=subprocess.PIPE, env=environment)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(f"python3-{module}", done.stderr)
            blocked.unlink()


if __name__ == "__main__":
    unittest.main()
