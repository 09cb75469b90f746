"""docs/performance.md says what was measured, with ratios that follow from it."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "scripts"))

from eigenrnn.performance import document, machines
from eigenrnn.results import Broken


def kernel(cell="lstm", **more):
    return {
        "cell": cell, "T": 784, "B": 128, "H": 128, "I": 1, "ours_s": 0.1, "torch_s": 0.25, "onednn_s": None,
        "gflop": 10.0, "sgemm_gflops": 125.0, "fraction_of_sgemm_peak": 0.8, "two_threads_speedup": 1.9, **more,
    }  # fmt: skip


MACHINE = {
    "file": "one.json",
    "processor": {"name": "Some (R) CPU", "family": 6, "model": 143},
    "kernels": {
        "instructions": "avx512", "libtorch": "2.6.0", "blas": "SkylakeX",
        "measurements": [kernel(), kernel("gru", T=30, H=32)],
    },
    "steps": {
        "steps": [
            {"task": "tomita", "cell": "gru", "T": 30, "B": 32, "H": 32, "I": 2, "step_s": 2e-4, "kernels_s": 1e-4,
             "pytorch_step_s": 3e-3},
        ],
    },
    "translation": [
        {"cell": "gru", "attention": "none", "batch_size": 128, "hidden_size": 512, "ms_per_step": 400.4,
         "target_tokens_per_second": 4670.6, "fraction_of_sgemm_peak": 0.816},
        {"cell": "gru", "attention": "bahdanau", "batch_size": 128, "hidden_size": 512, "ms_per_step": 900.0,
         "target_tokens_per_second": 2000.0},
    ],
}  # fmt: skip


class Document(unittest.TestCase):
    def places(self, text, start):
        (line,) = [line for line in text.splitlines() if line.startswith(start)]
        return [place.strip() for place in line.strip("|").split("|")]

    def test_ratios_are_against_ours(self):
        text = document.document([MACHINE])
        self.assertIn("## Some (R) CPU 6-143, AVX-512, LibTorch 2.6.0", text)
        self.assertEqual(self.places(text, "| 784")[1:], ["LSTM", "100.0", "2.50×", "—", "80 %", "1.90×"])
        self.assertEqual(self.places(text, "| Tomita")[3:], ["200", "100", "2.00", "5,000", "15.00×"])

    def test_a_step_of_translation_without_attention_stands_beside_the_limit(self):
        text = document.document([MACHINE])
        self.assertEqual(self.places(text, "| GRU  | none")[3:], ["400", "4,671", "82 %"])
        self.assertEqual(self.places(text, "| GRU  | bahdanau")[-1], "—")

    def test_readme_has_the_longest_sequences_alone(self):
        text = document.for_readme(MACHINE)
        self.assertIn("T = 784", text)
        self.assertEqual(text.count("| LSTM"), 1)
        self.assertNotIn("GRU", text)

    def test_a_file_is_named_after_what_decides_the_speed(self):
        self.assertEqual(machines.name_of(MACHINE), "some-cpu-6-143-avx512-libtorch-2.6.0")

    def test_what_the_benchmarks_have_to_write_must_be_there(self):
        with tempfile.TemporaryDirectory() as folder:
            with self.assertRaisesRegex(Broken, "kernels.json"):
                machines.collect(pathlib.Path(folder))


if __name__ == "__main__":
    unittest.main()
