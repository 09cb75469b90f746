"""Tests of the association over treatments in several places: by hand, by SciPy, and on simulated data."""

import math
import sys
import unittest

import numpy
from scipy import stats

from collate_fixture import SCRIPTS

sys.path.insert(0, str(SCRIPTS))

from eigenrnn.inference.rank_correlation import Place, association  # noqa: E402


def places_of(generator, effect, places=6, treatments=7):
    """A treatment's quality is the same in all places; the measure tells it as far as `effect` says."""
    quality = generator.standard_normal(treatments)
    found = []
    for _ in range(places):
        noise = generator.standard_normal((2, treatments))
        measure = effect * quality + noise[0]
        found.append(Place(tuple(measure), tuple(quality + 0.5 * noise[1])))
    return found


class Association(unittest.TestCase):
    def test_one_place_is_spearman(self):
        generator = numpy.random.default_rng(1)
        x, y = generator.standard_normal((2, 6))
        expected = stats.spearmanr(x, y)
        found = association([Place(tuple(x), tuple(y))])
        self.assertAlmostEqual(found.correlation, expected.statistic, places=12)
        exact = stats.permutation_test(
            (x,), lambda a: stats.spearmanr(a, y).statistic, permutation_type="pairings", n_resamples=math.inf
        )
        self.assertAlmostEqual(found.p, exact.pvalue, places=12)

    def test_it_is_the_mean_over_places(self):
        up, down = Place((1, 2, 3, 4), (1, 2, 3, 4)), Place((1, 2, 3, 4), (4, 3, 2, 1))
        self.assertAlmostEqual(association([up, up, down]).correlation, 1 / 3, places=12)
        self.assertAlmostEqual(association([up]).p, 2 / 24, places=12)

    def test_infinite_is_worst_and_equal_ones_tell_nothing(self):
        self.assertAlmostEqual(
            association([Place((-math.inf, 0, 1, 2), (-math.inf, 5, 6, 7))]).correlation, 1.0, places=12
        )
        alike = association([Place((1, 2, 3), (5, 5, 5))])
        self.assertEqual((alike.correlation, alike.p), (0.0, 1.0))

    def test_bad_places_are_refused(self):
        for measures, results in (((1, 2), (1, 2)), ((1, 2, 3), (1, 2)), ((1, 2, math.nan), (1, 2, 3))):
            self.assertRaises(ValueError, Place, measures, results)
        self.assertRaises(ValueError, association, [])
        self.assertRaises(ValueError, association, [Place((1, 2, 3), (1, 2, 3)), Place((1, 2, 3, 4), (1, 2, 3, 4))])

    def test_size_and_power(self):
        generator = numpy.random.default_rng(7)
        without = [association(places_of(generator, 0.0)).p for _ in range(200)]
        self.assertLess(sum(p <= 0.05 for p in without), 20)  # 10 expected; above 19 once in 500
        with_effect = [association(places_of(generator, 2.0)).p for _ in range(40)]
        self.assertGreater(sum(p <= 0.05 for p in with_effect), 34)

    def test_the_interval_holds_what_was_found(self):
        found = association(places_of(numpy.random.default_rng(3), 1.0))
        self.assertLessEqual(found.interval.low, found.correlation)
        self.assertGreaterEqual(found.interval.high, found.correlation)


if __name__ == "__main__":
    unittest.main()
