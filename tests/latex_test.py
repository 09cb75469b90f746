"""The LaTeX tables compile as they are; skipped where pdflatex is not installed."""

import re
import shutil
import subprocess
import sys
import unittest

from collate_fixture import ACCURACY, EPOCHS, SCRIPTS, FolderTest, Study, reference

DOCUMENT = r"""\documentclass{article}
\usepackage[utf8]{inputenc}
\usepackage{booktabs}
\begin{document}
\input{%s}
\end{document}
"""


@unittest.skipUnless(shutil.which("pdflatex"), "pdflatex is not installed")
class CompileTest(FolderTest):
    def test_every_table_compiles(self):
        rows = ["xavier", "kaiming", "irnn", "sp_rnn", "eigen", "ring 0.95–1, φ ≤ π/4 & 100 %_"]
        conditions = [str(i) for i in range(1, 8)] + ["no attention #1"]
        study = Study(
            self.profile,
            rows=rows,
            conditions=conditions,
            cells=["rnn_tanh", "lstm"],
            tables=[ACCURACY, EPOCHS],
            references=[reference(), reference(row=None, cell=None, label="uRNN ~ ^", value=95.1)],
            outside=[("irnn", "lstm")],
        )
        for cell in ("rnn_tanh", "lstm"):
            for condition in conditions:
                for i, row in enumerate(rows):
                    study.runs(row, [0.5 + 0.05 * i, 0.6, "diverged"], at=(condition, cell))
        self.assertEqual(self.collate(self.profile).returncode, 0)
        command = [sys.executable, str(SCRIPTS / "statistics_report.py"), str(self.profile)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        for name in ("tomita", "statistics"):
            with self.subTest(name=name):
                self.compile(name)

    def compile(self, name):
        folder = self.profile / "tables"
        (folder / "document.tex").write_text(DOCUMENT % name)
        process = subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "document.tex"],
            cwd=folder, capture_output=True, encoding="latin-1", check=False,
        )  # fmt: skip
        errors = re.findall(r"^!.*(?:\n.*){3}", process.stdout, re.M)
        self.assertEqual((process.returncode, errors), (0, []))
        wide = [float(w) for w in re.findall(r"Overfull \\hbox \(([\d.]+)pt", process.stdout)]
        self.assertLess(max(wide, default=0.0), 30.0)  # pt that a line sticks out


if __name__ == "__main__":
    unittest.main()
