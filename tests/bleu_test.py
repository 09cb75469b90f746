"""Compares `eigenrnn bleu` ($EIGENRNN) with NLTK's corpus_bleu on random corpora."""

import json
import os
import pathlib
import random
import subprocess
import tempfile
import unittest
import warnings

from nltk.translate.bleu_score import corpus_bleu

EIGENRNN = os.environ["EIGENRNN"]


def corpus(draw):
    """Candidates that are noisy copies of their references, from few words, so that some match."""
    words = [f"w{i}" for i in range(draw.choice([2, 5, 30]))]
    noise = draw.choice([0, 0.1, 0.5, 1])
    longest = draw.choice([3, 6, 20])
    candidates, references = [], []
    for _ in range(draw.choice([2, 10, 40])):
        reference = draw.choices(words, k=draw.randint(0, longest))
        candidate = [draw.choice(words) if draw.random() < noise else word for word in reference]
        cut = draw.choice([0, 0, 1, 4])
        candidates.append(candidate[cut:] if draw.random() < 0.5 else candidate + reference[:cut])
        references.append(reference)
    return candidates, references


class Bleu(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="eigenrnn-bleu-")
        self.addCleanup(folder.cleanup)
        self.files = [pathlib.Path(folder.name) / name for name in ("candidates", "references")]

    def run_bleu(self, candidates, references, *more):
        return self.run_on_bytes(*("".join(" ".join(sentence) + "\n" for sentence in sentences).encode()
                                   for sentences in (candidates, references)), *more)

    def run_on_bytes(self, candidates, references, *more):
        for file, content in zip(self.files, (candidates, references)):
            file.write_bytes(content)
        return subprocess.run([EIGENRNN, "bleu", *map(str, self.files), *more], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def compare(self, candidates, references):
        """The score of the corpus, after a look at it and at every sentence's as a corpus of one."""
        process = self.run_bleu(candidates, references, "--json")
        self.assertEqual(process.returncode, 0, process.stdout)
        result = json.loads(process.stdout)
        parts = [([candidate], [reference]) for candidate, reference in zip(candidates, references)]
        scores = [result["bleu"], *result["each"]]
        self.assertEqual(len(scores), 1 + len(parts))
        for found, (some, theirs) in zip(scores, [(candidates, references), *parts]):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that an n-gram order has no match
                expected = corpus_bleu([[reference] for reference in theirs], some)
            self.assertAlmostEqual(found, expected, delta=1e-6, msg=f"{some} {theirs}")
        return scores

    # A start of the program takes half a second: few starts, with many sentences each.
    def test_equals_nltk(self):
        draw = random.Random(0)
        scores = [self.compare(*corpus(draw)) for _ in range(24)]
        self.assertGreater(sum(0 < whole < 1 for whole, *_ in scores), 12)
        self.assertGreater(sum(each == 0 for _, *some in scores for each in some), 50)

    def test_equals_nltk_at_the_edges(self):
        candidates, references = [], []
        for candidate in ("", "a", "a b", "a b c", "a b c d", "x y z u v", "a a a a a a", "a b c d e f"):
            for reference in ("", "a", "a b c", "a b c d", "a b c d e"):
                candidates.append(candidate.split())
                references.append(reference.split())
        self.compare(candidates, references)
        long = "a b c d e f g".split()
        self.compare([long, []], [long, long])
        whole, *_ = self.compare([long, ["a"]], [long, ["a"]])
        self.assertLess(whole, 1)  # NLTK counts a bigram that the short one does not have

    def test_mistakes_are_said(self):
        process = self.run_bleu([["a"]], [["a"], ["b"]])
        self.assertEqual(process.returncode, 2)
        self.assertIn("has 1 lines and", process.stdout)
        self.assertIn("has 2;", process.stdout)
        self.assertEqual(self.run_bleu([], []).returncode, 2)

    # 0.64 was the score with a byte order mark in one file.
    def test_a_byte_order_mark_and_crlf_change_nothing(self):
        candidates = "a b c d e f\na b c d x y z\n".encode()
        references = "a b c d e f g\na b c d e f g\n".encode()
        score = self.run_on_bytes(candidates, references).stdout
        self.assertRegex(score, r"BLEU 0\.[1-9]\d* over 2 sentences")
        for changed in (b"\xef\xbb\xbf" + candidates, candidates.replace(b"\n", b"\r\n"),
                        candidates.rstrip(b"\n")):
            self.assertEqual(self.run_on_bytes(changed, references).stdout, score)
            self.assertEqual(self.run_on_bytes(changed, b"\xef\xbb\xbf" + references).stdout, score)

    def test_no_break_spaces_separate_tokens(self):
        plain = self.run_on_bytes("a b c d e".encode(), "a b c d e".encode())
        self.assertEqual(plain.stdout, "BLEU 1.0000 over 1 sentences\n")
        for space in "\u00a0\u202f\u3000\u2009":
            self.assertEqual(self.run_on_bytes(f"a{space}b c d e".encode(), b"a b c d e").stdout,
                             plain.stdout)

    def test_what_is_no_utf8_text_is_refused_with_file_and_line(self):
        good = "a b c d\na b c d\n"
        for bad, line, words in ((good.encode("utf-16"), 1, "is not UTF-8"),
                                 (good.encode("utf-16-le"), 1, "has a zero byte: is it UTF-16?"),
                                 (b"a b c d\ncaf\xe9 b c d\n", 2, "is not UTF-8"),
                                 (good.encode().replace(b"\n", b"\r"), 1, "has a carriage return without")):
            for files in ((bad, good.encode()), (good.encode(), bad)):
                process = self.run_on_bytes(*files)
                self.assertEqual(process.returncode, 2, process.stdout)
                self.assertIn(f"{self.files[files.index(bad)]}:{line} {words}", process.stdout)

    def test_for_people(self):
        sentence = "a b c d".split()
        self.assertEqual(self.run_bleu([sentence], [sentence]).stdout, "BLEU 1.0000 over 1 sentences\n")


if __name__ == "__main__":
    unittest.main()
