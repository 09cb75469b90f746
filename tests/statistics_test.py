"""Tests of the inference that the statistics stand on, by hand, by brute force and with SciPy."""

import itertools
import pathlib
import random
import sys
import unittest

from scipy import stats

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "scripts"))

from eigenrnn.inference import hypotheses, student


def brute_force_p(differences):
    observed = abs(sum(differences))
    signs = list(itertools.product((1, -1), repeat=len(differences)))
    sums = [abs(sum(s * d for s, d in zip(choice, differences))) for choice in signs]
    return sum(total >= observed - 1e-9 for total in sums) / len(signs)


class SignFlipTest(unittest.TestCase):
    def test_by_hand(self):
        # ±1 ±2 ±3 is 6, 4, 2, 0, 0, −2, −4 or −6
        self.assertEqual(hypotheses.sign_flip_p([1.0, 2.0, 3.0]), 0.25)
        self.assertEqual(hypotheses.sign_flip_p([-1.0, 2.0, 3.0]), 0.5)
        self.assertEqual(hypotheses.sign_flip_p([0.0, 0.0, 0.0]), 1.0)
        self.assertEqual(hypotheses.sign_flip_p([5.0]), 1.0)
        self.assertEqual(hypotheses.sign_flip_p([1.0, 1.0]), 0.5)

    def test_by_brute_force(self):
        generator = random.Random(7)
        for n in (2, 3, 5, 8, 10):
            for _ in range(4):
                differences = [generator.gauss(0.5, 1.0) for _ in range(n)]
                with self.subTest(differences=differences):
                    self.assertAlmostEqual(
                        hypotheses.sign_flip_p(differences), brute_force_p(differences), places=12
                    )

    def test_ties_and_zeros_by_brute_force(self):
        for differences in (
            [0.1, 0.1, 0.1, 0.1, -0.1],
            [0.0, 0.0, 0.3, 0.3, 0.3],
            [0.7, 0.1, 0.2, 0.3, 0.4],  # 0.1 + 0.2 is not 0.3 in binary
            [1e-9, 2e-9, -3e-9],
            [1e9, 2e9, 3e9, -1e9],
        ):
            scaled = [d / max(map(abs, differences)) for d in differences]
            self.assertAlmostEqual(
                hypotheses.sign_flip_p(differences), brute_force_p(scaled), places=12
            )

    def test_the_smallest_p(self):
        for n in range(1, 12):
            self.assertEqual(hypotheses.smallest_p(n), 2 / 2**n)
            self.assertEqual(hypotheses.sign_flip_p([1.0 + i for i in range(n)]), 2 / 2**n)

    def test_many_seeds_are_sampled_alike_every_time(self):
        differences = [1.0] * 17 + [-1.0] * 8
        p = hypotheses.sign_flip_p(differences)
        self.assertEqual(p, hypotheses.sign_flip_p(differences))
        self.assertAlmostEqual(p, stats.binomtest(8, 25).pvalue, places=2)

    def test_seeds_needed(self):
        # 2/2^n ≤ 0.05/m
        for comparisons, expected in ((1, 6), (4, 8), (16, 10), (24, 10), (25, 10), (26, 11)):
            self.assertEqual(hypotheses.seeds_needed(comparisons, 0.05), expected)
            self.assertLessEqual(comparisons * hypotheses.smallest_p(expected), 0.05)
            self.assertGreater(comparisons * hypotheses.smallest_p(expected - 1), 0.05)


class HolmTest(unittest.TestCase):
    def test_a_worked_example(self):
        # 4 × 0.005, 3 × 0.01, 2 × 0.03, 1 × 0.04 and never less than the one before
        adjusted = hypotheses.holm([0.01, 0.04, 0.03, 0.005])
        for value, expected in zip(adjusted, [0.03, 0.06, 0.06, 0.02]):
            self.assertAlmostEqual(value, expected, places=12)

    def test_bounds(self):
        self.assertEqual(hypotheses.holm([]), [])
        self.assertEqual(hypotheses.holm([0.2]), [0.2])
        self.assertEqual(hypotheses.holm([0.5, 0.9, 1.0]), [1.0, 1.0, 1.0])
        self.assertEqual(hypotheses.holm([0.01, 0.01]), [0.02, 0.02])


class IntervalTest(unittest.TestCase):
    def test_t_interval_equals_scipys(self):
        values = [1.0, 2.5, 2.0, 4.0]
        result = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
        interval = student.interval(values)
        self.assertAlmostEqual(interval.low, result.low, places=12)
        self.assertAlmostEqual(interval.high, result.high, places=12)

    def test_t_interval_by_hand(self):
        interval = student.interval([1.0, 2.0, 3.0])  # 2 ± 4.30265 / √3
        self.assertAlmostEqual(interval.low, 2 - 2.48413771, places=7)
        self.assertIsNone(student.interval([1.0]))
        self.assertEqual(student.interval([0.1] * 3), student.Interval(0.1, 0.1))

    def test_wilson_by_hand(self):
        # (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n) with p = 0.5, n = 10, z = 1.959964
        interval = hypotheses.wilson_interval(5, 10)
        self.assertAlmostEqual(interval.low, 0.2365931, places=6)
        self.assertAlmostEqual(interval.high, 0.7634069, places=6)
        self.assertEqual(hypotheses.wilson_interval(0, 4).low, 0.0)

    def test_fewest_successes_is_the_smallest_that_guessing_hardly_reaches(self):
        for n, chance in ((1000, 0.5), (2000, 0.1135), (20, 0.5)):
            fewest = hypotheses.fewest_successes(n, chance, 0.001)
            self.assertLessEqual(stats.binom.sf(fewest - 1, n, chance), 0.001)
            self.assertGreater(stats.binom.sf(fewest - 2, n, chance), 0.001)


class RankTest(unittest.TestCase):
    def test_nemenyi_equals_demsars_table(self):
        # Demšar 2006, table 5: q at 5 % is 1.960 for 2, 2.343 for 3, 2.949 for 7 and 3.164 for 10
        for treatments, q in ((2, 1.960), (3, 2.343), (7, 2.949), (10, 3.164)):
            expected = q * (treatments * (treatments + 1) / (6 * 14)) ** 0.5
            found = hypotheses.nemenyi_difference(treatments, 14, 0.05)
            self.assertAlmostEqual(found, expected, places=2)

    def test_friedman_by_hand(self):
        # three blocks that agree: χ² = 12/(3·3·4) (3² + 6² + 9²) − 3·3·4 = 6 with 2 degrees: e^−3
        self.assertAlmostEqual(hypotheses.friedman_p([[1, 2, 3]] * 3), 0.0497871, places=6)
        self.assertIsNone(hypotheses.friedman_p([[1, 2, 3]]))
        self.assertIsNone(hypotheses.friedman_p([[1, 2], [1, 2]]))
        self.assertIsNone(hypotheses.friedman_p([[2, 2, 2], [2, 2, 2]]))


if __name__ == "__main__":
    unittest.main()
