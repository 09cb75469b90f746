"""Tests of what the table scripts write and print, of their exit codes, and of the schemas."""

import csv
import io
import json
import re
import shutil
import subprocess
import sys
import unittest

import collate_fixture as fixture
from collate_fixture import ACCURACY, EPOCHS, SCRIPTS, FolderTest, Study, reference, result
from eigenrnn.results import read_experiment
from eigenrnn.tables import latex, long_csv, markdown
from eigenrnn.tables.layout import duration, number


class FormatTest(FolderTest):
    def full_study(self):
        study = Study(
            self.profile,
            rows=["xavier", "eigen_ρ & 100 %", "a|b*c"],
            cells=["rnn_tanh", "lstm"],
            conditions=["1", "2"],
            tables=[ACCURACY, EPOCHS],
            references=[reference(), reference(cell=None, row=None, label="u_RNN #1", value=95.1)],
            outside=[("eigen_ρ & 100 %", "rnn_tanh")],
        )
        for cell in ("rnn_tanh", "lstm"):
            study.runs("xavier", [0.5, "diverged", 0.7], at=("1", cell))
            study.runs("eigen_ρ & 100 %", [0.9, 0.91, 0.95], at=("1", cell))
            study.runs("a|b*c", [0.9, None, None], at=("2", cell))
        return study

    def test_markdown_columns_line_up(self):
        lines = markdown.render(self.document(self.full_study())).splitlines()
        tables, previous = [], ""
        for line in lines:
            if line.startswith("|"):
                if not previous.startswith("|"):
                    tables.append([])
                tables[-1].append(line)
            previous = line
        self.assertEqual(len(tables), 4)
        for table in tables:
            bars = [[m.start() for m in re.finditer(r"(?<!\\)\|", line)] for line in table]
            self.assertTrue(all(b == bars[0] for b in bars), table)
        self.assertTrue(any("a\\|b\\*c" in line for line in lines))

    def test_latex_escapes(self):
        self.assertEqual(
            latex.escape(r"50 % & a_b #1 {x} $y$ \z ~ ^"),
            (
                r"50 \% \& a\_b \#1 \{x\} \$y\$ \textbackslash{}z \textasciitilde{} \textasciicircum{}"
            ),
        )
        self.assertEqual(latex.escape("ρ ± 1 … †"), r"$\rho$ $\pm$ 1 \ldots{} $^{\dagger}$")

    def test_latex_is_complete(self):
        text = latex.render(self.document(self.full_study()))
        self.assertEqual(text.count(r"\begin{table}"), 4)
        for label in re.findall(r"\\label\{(.*?)\}", text):
            self.assertRegex(label, r"^tab:tomita-(accuracy|epochs-to-threshold)-(rnn-tanh|lstm)$")
        self.assertEqual(text.count(r"\caption{"), 4)
        for environment in ("table", "tabular", "minipage"):
            begun, ended = (text.count(rf"\{w}{{{environment}}}") for w in ("begin", "end"))
            self.assertEqual(begun, ended)
        body = "\n".join(line for line in text.splitlines() if not line.startswith("%"))
        self.assertIsNone(re.search(r"(?<!\\)%", body))
        self.assertIn(r"\textbf{92.0 $\pm$ 6.6}", text)
        self.assertIn(r"eigen\_$\rho$ \& 100 \%$^{\dagger}$", text)
        self.assertIn(r"\shortstack{\textbf{60.0 $\pm$ 127.1}\\{\tiny (n=2, 1 diverged)}}", text)
        self.assertIn(r"u\_RNN \#1: 95.1 (1)", text)

    def test_wide_latex_tables_are_split(self):
        conditions = [str(i) for i in range(1, 15)]
        study = Study(self.profile, conditions=conditions)
        for condition in conditions:
            study.runs("xavier", [0.5, 0.6, 0.7], at=(condition, "lstm"))
        text = latex.render(self.document(study))
        self.assertGreater(text.count(r"\begin{tabular}"), 1)
        headers = re.findall(r"^initializer & (.*) \\\\$", text, re.MULTILINE)
        self.assertEqual(" & ".join(headers).split(" & "), conditions)

    @unittest.skipUnless(shutil.which("pdflatex"), "no pdflatex")
    def test_latex_compiles(self):
        folder = self.profile.parent
        (folder / "table.tex").write_text(latex.render(self.document(self.full_study())), "utf-8")
        (folder / "main.tex").write_text(
            r"\documentclass{article}\usepackage[utf8]{inputenc}\usepackage{booktabs}"
            r"\begin{document}\input{table.tex}\end{document}"
        )
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "main.tex"]
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout[-2000:])
        self.assertNotIn(b"Overfull", done.stdout)

    def test_csv_is_long_and_exact(self):
        study = self.full_study()
        rows = list(csv.DictReader(io.StringIO(long_csv.render(self.document(study)))))
        self.assertEqual(len(rows), 2 * 2 * 2 * 3)
        places = {tuple(r[k] for k in ("metric", "cell", "condition", "initializer")) for r in rows}
        self.assertEqual(len(places), len(rows))
        row = next(
            r
            for r in rows
            if (r["metric"], r["cell"], r["condition"], r["initializer"])
            == ("accuracy", "lstm", "1", "xavier")
        )
        self.assertAlmostEqual(float(row["mean"]), 60.0)
        self.assertEqual(row["half_width"], "127.062")
        self.assertEqual(row["seeds"], "0=50.0 2=70.0")
        counts = ("n", "expected", "diverged", "failed", "unfinished", "not_reached")
        self.assertEqual([row[k] for k in counts], ["2", "3", "1", "0", "0", "0"])
        self.assertEqual(
            (row["bold"], row["published"], row["citation"]), ("yes", "97.0", "Somebody 2015")
        )

    def test_numbers_and_durations(self):
        self.assertEqual([number(-0.01, 1), number(-0.06, 1), number(2, 0)], ["0.0", "-0.1", "2"])
        self.assertEqual(
            [duration(42.4), duration(90), duration(3 * 3600 + 720)],
            ["42 s", "2 min", "3 h 12 min"],
        )


class CommandTest(FolderTest):
    def small(self, **options):
        study = Study(self.profile, **options)
        study.runs("xavier", [0.96, 0.97, 0.98])
        study.runs("eigen", [0.99, 0.98, 0.99])
        return study

    def test_writes_three_files_and_prints_the_markdown(self):
        self.small()
        done = self.collate(self.profile)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        names = sorted(path.name for path in (self.profile / "tables").iterdir())
        self.assertEqual(names, ["README.md", "tomita.csv", "tomita.md", "tomita.tex"])
        self.assertIn((self.profile / "tables" / "tomita.md").read_text("utf-8"), done.stdout)
        self.assertIn("Rerun: `make reproduce-tomita PROFILE=quick`", done.stdout)
        self.assertIn("Commit: 0123456789ab.", done.stdout)
        self.assertIn("Compute time, summed over the runs: 6 min.", done.stdout)

    def test_a_page_quotes_tables_without_published_numbers(self):
        self.small(references=[reference(cell="lstm", row="eigen")])
        page = self.profile / "README.md"
        mark = "<!-- table of {}: written by scripts/collate.py -->"
        page.write_text(f"before\n\n{mark.format('tomita')}\nold\n<!-- end of the table -->\n\nafter\n")
        stale = self.collate(self.profile, "--readme", page, "--check")
        self.assertEqual(stale.returncode, 1)
        self.assertIn("README.md does not agree with the results", stale.stderr)
        self.assertEqual(self.collate(self.profile, "--readme", page).returncode, 0)
        text = page.read_text("utf-8")
        self.assertIn("**LSTM**\n\n| initializer | 1 ", text)
        self.assertRegex(text, r"\| eigen +\| \*\*98\.7 ± 1\.4\*\* \|\n")
        self.assertNotRegex(text, "old|published")
        self.assertRegex(text, r"(?s)^before\n.*\nafter\n$")
        self.assertEqual(self.collate(self.profile, "--readme", page, "--check").returncode, 0)
        page.write_text(mark.format("adding") + "\n<!-- end of the table -->\n")
        done = self.collate(self.profile, "--readme", page)
        self.assertEqual(done.returncode, 1)
        self.assertIn("quotes the table of 'adding', of which there are no results", done.stderr)

    def test_lists_the_experiments_with_runs_and_times(self):
        study = self.small()
        study.run("eigen", 2, "diverged")
        record = result(Study.key("xavier", 0))
        record["provenance"]["dirty"] = True
        study.add(record)
        self.assertEqual(self.collate(self.profile).returncode, 0)
        page = self.profile / "tables" / "README.md"
        text = page.read_text("utf-8")
        self.assertIn("6 runs, 6 min of one core.", text)
        row = [place.strip() for place in text.splitlines()[-1].strip("|").split("|")]
        self.assertEqual(
            row, ["[tomita](tomita.md)", "Tomita grammars", "6, 1 diverged", "6 min", r"0123456, 0123456\*"]
        )
        self.assertEqual(self.collate(self.profile, "--check").returncode, 0)
        page.write_text(text + "more", encoding="utf-8")
        self.assertEqual(self.collate(self.profile, "--check").returncode, 1)
        self.assertEqual(self.collate(self.profile, "--experiment", "tomita").returncode, 0)
        self.assertEqual(page.read_text("utf-8"), text + "more")  # it is about all experiments

    def test_without_arguments_takes_all_profiles(self):
        self.small()
        Study(self.profile.parent / "cpu", experiment="other")
        done = self.collate()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("(profile quick)", done.stdout)
        self.assertTrue((self.profile.parent / "cpu" / "tables" / "other.md").exists())

    def test_check_sees_any_difference_and_writes_nothing(self):
        study = self.small()
        self.assertEqual(self.collate(self.profile, "--check").returncode, 1)
        self.assertFalse((self.profile / "tables").exists())
        self.collate(self.profile)
        self.assertEqual(self.collate(self.profile, "--check").returncode, 0)
        study.run("eigen", 0, 0.5)
        done = self.collate(self.profile, "--check")
        self.assertEqual(done.returncode, 1)
        for suffix in ("md", "tex", "csv"):
            self.assertIn(f"tomita.{suffix} does not agree with the results", done.stderr)
        self.assertIn("**98.7", (self.profile / "tables" / "tomita.md").read_text("utf-8"))

    def test_check_sees_tables_without_results(self):
        self.small()
        self.collate(self.profile)
        (self.profile / "tables" / "gone.md").write_text("old")
        done = self.collate(self.profile, "--check")
        self.assertEqual(done.returncode, 1)
        self.assertIn("gone.md has no results behind it", done.stderr)

    def test_a_broken_result_is_named_and_the_rest_goes_on(self):
        study = self.small()
        path = study.folder / f"{study.key('eigen', 0)}.json"
        path.write_text('{"schema": 1, "key"')
        Study(self.profile, experiment="other")
        done = self.collate(self.profile)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{path}: not valid JSON", done.stderr)
        self.assertIn("98.5 ± 6.4** (2/3 run)", done.stdout)
        self.assertIn("Left out: 1 broken result file(s).", done.stdout)
        self.assertTrue((self.profile / "tables" / "other.md").exists())

    def test_results_that_make_no_sense_are_broken(self):
        study = self.small()
        key = study.key("eigen", 0)
        for record, why in [
            (fixture.result(key, status="unknown"), "status is 'unknown'"),
            (fixture.result(key, metrics={"loss": 1.0}), "without the metric 'accuracy'"),
            (fixture.result(key, metrics={"accuracy": "high"}), "'high', not a finite number"),
            (fixture.result(key, schema=2), "schema is 2"),
            (fixture.result("f" * 16), "not its file's name"),
        ]:
            with self.subTest(why=why):
                study.write(f"{key}.json", record)
                problems = read_experiment(study.folder).problems
                self.assertEqual(len(problems), 1)
                self.assertIn(why, problems[0])

    def test_a_broken_grid_is_named_and_the_rest_goes_on(self):
        study = Study(self.profile, experiment="broken")
        for change, why in [
            ({"rows": ["xavier"]}, "'eigen', which is none of"),
            ({"cells": None}, "table.schema.json"),
            ({"metrics": study.table["metrics"][:1]}, "shows 'accuracy', which is none of"),
        ]:
            study.write("table.json", {**study.table, **change})
            with self.subTest(why=why):
                self.small(experiment=f"good{len(why)}")
                done = self.collate(self.profile)
                self.assertEqual(done.returncode, 1)
                self.assertIn("broken/table.json: ", done.stderr)
                self.assertIn(why, done.stderr)
                self.assertTrue((self.profile / "tables" / f"good{len(why)}.md").exists())

    def test_a_grid_of_an_older_program_says_what_writes_it_again(self):
        study = self.small()
        bare = [{"name": cell["name"], "label": cell["label"]} for cell in study.table["cells"]]
        for change in ({"metrics": None}, {"curves": None}, {"cells": bare}):
            table = {**study.table, **change}
            study.write("table.json", {k: v for k, v in table.items() if v is not None})
            with self.subTest(change=change):
                done = self.collate(self.profile)
                self.assertEqual(done.returncode, 1)
                self.assertIn(f"write it again with: {study.table['command']}", done.stderr)

    def test_results_without_a_grid_are_an_error(self):
        study = self.small()
        (study.folder / "table.json").unlink()
        done = self.collate(self.profile)
        self.assertEqual(done.returncode, 1)
        self.assertIn("table.json: No such file", done.stderr)

    def test_results_of_other_specs_are_ignored_and_counted(self):
        study = self.small()
        study.add(fixture.result("a" * 16))
        done = self.collate(self.profile)
        self.assertEqual(done.returncode, 0)
        self.assertIn("Left out: 1 result(s) that table.json does not name.", done.stdout)
        self.assertIn("6 of 6 results", done.stdout)

    def test_missing_folder_and_unknown_experiment(self):
        done = self.collate(self.profile.parent / "nowhere")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no folder", done.stderr)
        self.assertEqual(self.collate(self.profile).returncode, 1)
        self.small()
        done = self.collate(self.profile, "--experiment", "tomata")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no experiment 'tomata'; there are: tomita", done.stderr)

    def test_bytes_do_not_depend_on_the_order_of_files_or_the_time(self):
        self.small()
        self.collate(self.profile)
        tables = self.profile / "tables"
        before = {path.name: path.read_bytes() for path in tables.iterdir()}
        folder = self.profile / "tomita"
        for path in sorted(folder.iterdir(), reverse=True):
            text = path.read_text("utf-8")
            path.unlink()
            path.write_text(json.dumps(json.loads(text), sort_keys=True, indent=1), "utf-8")
        self.collate(self.profile)
        self.assertEqual(before, {path.name: path.read_bytes() for path in tables.iterdir()})


class SchemaTest(FolderTest):
    """Needs the Python module jsonschema (Debian: python3-jsonschema)."""

    def assert_violation(self, record, where, name=None):
        path = self.profile / (name or f"{record.get('key', 'x')}.json")
        path.write_text(json.dumps(record), "utf-8")
        done = self.validate(path)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(f"{path}: {where}", done.stderr)

    def test_good_ones(self):
        study = Study(
            self.profile, references=[reference(), reference(cell=None, row=None, value=None)]
        )
        study.runs("xavier", [0.9, "diverged", "failed"])
        study.add(fixture.diverged(study.key("eigen", 0), metrics=None, epochs=[]))
        claims = study.folder / ".claims"
        claims.mkdir()
        (claims / "1.json").write_text("no result")
        done = self.validate(self.profile)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("5 of 5 files are valid", done.stdout)

    def test_bad_results(self):
        key = "0" * 16
        good = fixture.result(key)
        spec = {**good["spec"], "seed": -1}
        provenance = {k: v for k, v in good["provenance"].items() if k != "commit"}
        for record, where in [
            (fixture.result(key, surprise=1), "(the whole file): Additional properties"),
            (fixture.result(key, status="done"), "status: "),
            (fixture.result(key, spec=spec), "spec/seed: "),
            (fixture.result(key, provenance=provenance), "provenance: 'commit' is a required"),
            (fixture.result(key, metrics={}), "metrics: "),
            (fixture.result(key, metrics={"accuracy": "0.9"}), "metrics/accuracy: "),
            (fixture.result(key, epochs=[]), "epochs: "),
            (fixture.result(key, status="diverged"), "divergence: "),
            (fixture.result(key, status="failed"), "failure: "),
            (fixture.diverged(key, status="finished"), "divergence: "),
            (fixture.result("123"), "key: "),
            (
                fixture.result(key, timing={**good["timing"], "started": "yesterday"}),
                "timing/started: ",
            ),
        ]:
            with self.subTest(where=where):
                self.assert_violation(record, where)

    def test_bad_grids(self):
        study = Study(self.profile)
        table = study.table
        entry = {**table["entries"][0], "runs": []}
        for record, where in [
            ({**table, "entries": [entry]}, "entries/0/runs: "),
            ({**table, "conditions": ["1", "1"]}, "conditions: "),
            ({**table, "references": [{**reference(), "value": "97"}]}, "references/0/value: "),
            ({**table, "metrics": []}, "metrics: "),
            ({k: v for k, v in table.items() if k != "command"}, "(the whole file): 'command'"),
        ]:
            with self.subTest(where=where):
                self.assert_violation(record, where, name="table.json")

    def test_broken_json_and_a_wrong_name(self):
        path = self.profile / "1.json"
        path.write_text("{")
        self.assertIn("not valid JSON", self.validate(path).stderr)
        self.assert_violation(
            fixture.result("0" * 16), "key: '0000000000000000' is not the file's name", "1.json"
        )
        empty = self.profile / "empty"
        empty.mkdir()
        self.assertEqual(self.validate(empty).returncode, 1)

    def test_without_the_module_the_message_names_the_package(self):
        blocked = self.profile / "jsonschema.py"
        blocked.write_text("raise ImportError('blocked')")
        done = subprocess.run(
            [sys.executable, str(SCRIPTS / "validate_results.py"), str(self.profile)],
            capture_output=True,
            encoding="utf-8",
            env={"PYTHONPATH": str(self.profile)},
            check=False,
        )
        self.assertEqual(done.returncode, 2)
        self.assertIn("python3-jsonschema", done.stderr)


if __name__ == "__main__":
    unittest.main()
