"""Tests of the gain over strata and of its four outcomes: by hand, by brute force, with SciPy, and on
simulated runs whose true difference is known."""

import itertools
import math
import pathlib
import random
import sys
import unittest

import numpy
from scipy import stats

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "scripts"))

from eigenrnn.inference import equivalence, hypotheses, stratified
from eigenrnn.inference.equivalence import BENEFIT, CANNOT_TELL, EQUIVALENT, HARM
from eigenrnn.inference.stratified import Estimate, Stratum


def brute_force_p(strata):
    """Every exchange of labels, one by one."""
    def gain(proposals, rivals):
        return sum(
            (sum(a) / len(a) - sum(b) / len(b)) / s.smallest for a, b, s in zip(proposals, rivals, strata)
        )

    ways = []
    for s in strata:
        pooled = [*s.proposal, *s.rival]
        chosen = itertools.combinations(range(len(pooled)), len(s.proposal))
        ways.append([([pooled[i] for i in c], [v for i, v in enumerate(pooled) if i not in c]) for c in chosen])
    observed = abs(gain([s.proposal for s in strata], [s.rival for s in strata]))
    gains = [abs(gain(*zip(*way))) for way in itertools.product(*ways)]
    return sum(value >= observed - 1e-9 for value in gains) / len(gains)


def simulated(generator, sizes, shifts, spreads, smallest=1.0):
    """Normal runs, whose places differ in level, by 10 each."""
    strata = []
    for place, ((n, m), shift, spread) in enumerate(zip(sizes, shifts, spreads)):
        proposal = generator.normal(10.0 * place + shift, spread, n)
        strata.append(Stratum(tuple(proposal), tuple(generator.normal(10.0 * place, spread, m)), smallest))
    return strata


class PermutationTest(unittest.TestCase):
    def test_by_hand(self):
        # Of 6 ways to choose 2 of {1, 2, 3, 4}, two have means that differ by 2.
        apart = Stratum((3.0, 4.0), (1.0, 2.0), 1.0)
        self.assertEqual(stratified.permutation_p([apart]), 2 / 6)
        self.assertEqual(stratified.permutation_p([apart, apart]), 2 / 36)
        # Opposite gains cancel: every exchange is as far from 0.
        self.assertEqual(stratified.permutation_p([apart, Stratum((1.0, 2.0), (3.0, 4.0), 1.0)]), 1.0)

    def test_by_brute_force(self):
        generator = random.Random(3)
        for sizes in ([(2, 3)], [(3, 3), (2, 2)], [(1, 2), (2, 2), (2, 1)]):
            for _ in range(5):
                strata = [
                    Stratum(
                        tuple(generator.gauss(0.5, 1.0) for _ in range(n)),
                        tuple(generator.choice((0.0, 0.1, 0.2, 0.3)) for _ in range(m)),
                        generator.uniform(0.5, 2.0),
                    )
                    for n, m in sizes
                ]
                self.assertAlmostEqual(stratified.permutation_p(strata), brute_force_p(strata), places=12)

    def test_of_shares_it_is_fishers(self):
        solved = Stratum((1.0,) * 5 + (0.0,) * 3, (1.0,) + (0.0,) * 7, 1.0)
        self.assertAlmostEqual(stratified.permutation_p([solved]), hypotheses.shares_p(5, 8, 1, 8), places=12)

    def test_random_exchanges_come_near_the_exact_ones_and_are_the_same_every_time(self):
        generator = numpy.random.default_rng(5)
        for shift in (0.0, 0.3, 0.8):
            strata = simulated(generator, [(4, 4), (3, 5)], [shift] * 2, [1.0, 2.0])
            exact, drawn = stratified.permutation_p(strata), stratified.permutation_p(strata, exact_up_to=0)
            tolerance = 3.0 * math.sqrt(exact * (1.0 - exact) / stratified.RANDOM_PERMUTATIONS)
            self.assertAlmostEqual(drawn, exact, delta=tolerance)
            self.assertEqual(drawn, stratified.permutation_p(strata, exact_up_to=0))
        apart = [Stratum(tuple(range(100, 112)), tuple(range(12)), 1.0)] * 2
        self.assertEqual(stratified.permutation_p(apart), 1 / 100_000)

    def test_orientation_and_levels_of_places_play_no_part(self):
        strata = [Stratum((3.0, 4.0, 6.0), (1.0, 2.0, 3.5), 2.0), Stratum((30.0, 41.0), (10.0, 35.0), 5.0)]
        turned = [
            Stratum(tuple(7.0 - v for v in s.proposal), tuple(7.0 - v for v in s.rival), s.smallest, False)
            for s in strata
        ]
        self.assertEqual(stratified.permutation_p(strata), stratified.permutation_p(turned))
        self.assertAlmostEqual(stratified.estimate(strata).gain, stratified.estimate(turned).gain, places=12)
        # ((13/3 − 6.5/3)/2 + (35.5 − 22.5)/5)/2
        self.assertAlmostEqual(stratified.estimate(strata).gain, (6.5 / 6 + 13.0 / 5) / 2, places=12)


    def test_the_smallest_p(self):
        for sizes in ([(3, 3)], [(2, 4)], [(3, 3), (2, 2)], [(2, 2), (1, 3)]):
            apart = [Stratum(tuple(range(50, 50 + n)), tuple(range(m)), 1.0) for n, m in sizes]
            self.assertAlmostEqual(stratified.smallest_p(apart), stratified.permutation_p(apart), places=12)
        self.assertEqual(stratified.smallest_p([Stratum(tuple(range(12)), tuple(range(12)), 1.0)] * 2), 1e-5)

    def test_more_tests_detect_larger_differences(self):
        error = Estimate(0.1, 1.0, 20.0)
        alone, many = (equivalence.judge(error, 0.9, tests=tests).detectable for tests in (1, 5))
        self.assertAlmostEqual(many, equivalence.detectable(error, 0.01), places=12)
        self.assertLess(alone, many)
        self.assertEqual(equivalence.judge(error, 0.9, tests=5, smallest_p=0.02).detectable, math.inf)


class EstimateTest(unittest.TestCase):
    def test_one_stratum_is_welchs_interval(self):
        a, b = (1.0, 2.5, 2.0, 4.0), (0.5, 0.7, 1.4)
        found = stratified.estimate([Stratum(a, b, 1.0)])
        half = equivalence.interval(found)
        variances = [numpy.var(a, ddof=1) / 4, numpy.var(b, ddof=1) / 3]
        freedom = sum(variances) ** 2 / (variances[0] ** 2 / 3 + variances[1] ** 2 / 2)
        self.assertAlmostEqual(found.freedom, freedom, places=10)
        welch = stats.ttest_ind(a, b, equal_var=False)
        self.assertAlmostEqual(found.gain / found.error, welch.statistic, places=10)
        low = found.gain - stats.t.isf(0.025, freedom) * math.sqrt(sum(variances))
        self.assertAlmostEqual(half.low, low, places=10)

    def test_one_run_has_no_error_and_is_no_outcome(self):
        found = stratified.estimate([Stratum((5.0,), (1.0, 2.0), 1.0)])
        self.assertEqual((found.gain, found.error), (3.5, None))
        judged = equivalence.judge(found, stratified.permutation_p([Stratum((5.0,), (1.0, 2.0), 1.0)]))
        self.assertEqual((judged.outcome, judged.interval, judged.detectable), (CANNOT_TELL, None, None))

    def test_runs_that_are_all_equal(self):
        equal = [Stratum((0.1,) * 5, (0.1,) * 4, 1.0)]
        self.assertEqual(stratified.permutation_p(equal), 1.0)
        self.assertEqual(stratified.estimate(equal), Estimate(0.0, 0.0, math.inf))
        self.assertEqual(equivalence.judge(stratified.estimate(equal), 1.0).outcome, EQUIVALENT)
        apart = [Stratum((3.0,) * 5, (0.0,) * 5, 1.0)]
        judged = equivalence.judge(stratified.estimate(apart), stratified.permutation_p(apart))
        self.assertEqual((judged.outcome, judged.interval.low), (BENEFIT, 3.0))
        # Two runs each cannot: all exchanges are too few.
        few = [Stratum((3.0,) * 2, (0.0,) * 2, 1.0)]
        self.assertEqual(stratified.permutation_p(few), 2 / 6)
        self.assertEqual(equivalence.judge(stratified.estimate(few), 2 / 6).outcome, CANNOT_TELL)

    def test_numbers_up_to_the_largest(self):
        small = [Stratum((3.0, 4.0, 5.5), (1.0, 2.0, 2.5), 0.5), Stratum((1.0, 2.0), (0.5, 0.7), 0.5)]
        large = [
            Stratum(*(tuple(math.ldexp(v, 1020) for v in values) for values in (s.proposal, s.rival)), 0.5)
            for s in small
        ]
        self.assertEqual(stratified.permutation_p(small), stratified.permutation_p(large))
        wide = [dataclass_with(s, math.ldexp(0.5, 900)) for s in large]
        small_estimate, found = stratified.estimate(small), stratified.estimate(wide)
        self.assertAlmostEqual(found.gain, math.ldexp(small_estimate.gain, 120), delta=1e25)
        self.assertAlmostEqual(found.freedom, small_estimate.freedom, places=9)
        beyond = stratified.estimate([dataclass_with(s, 0.001) for s in large])
        self.assertEqual(beyond.gain, math.inf)  # more than 1e308 times what matters
        self.assertEqual(equivalence.judge(beyond, 0.001).outcome, CANNOT_TELL)

    def test_what_is_no_stratum_is_refused(self):
        for arguments, words in (
            (((), (1.0,), 1.0), "0 runs of the proposal"),
            (((1.0,), (math.nan,), 1.0), "nan; it must be finite"),
            (((math.inf,), (1.0,), 1.0), "inf; it must be finite"),
            (((1.0,), (1.0,), 0.0), "0.0; it must be above 0"),
        ):
            with self.assertRaisesRegex(ValueError, words):
                Stratum(*arguments)
        with self.assertRaisesRegex(ValueError, "no strata"):
            stratified.permutation_p([])


def dataclass_with(stratum, smallest):
    return Stratum(stratum.proposal, stratum.rival, smallest, stratum.higher_is_better)


class OutcomeTest(unittest.TestCase):
    def outcome(self, gain, error, p=0.001, freedom=30.0, **more):
        return equivalence.judge(Estimate(gain, error, freedom), p, **more).outcome

    def test_each(self):
        self.assertEqual(self.outcome(3.0, 0.5), BENEFIT)
        self.assertEqual(self.outcome(-3.0, 0.5), HARM)
        self.assertEqual(self.outcome(0.1, 0.2, p=0.6), EQUIVALENT)
        self.assertEqual(self.outcome(0.5, 1.0, p=0.6), CANNOT_TELL)

    def test_a_certain_gain_that_is_too_small_to_matter_is_equivalent(self):
        self.assertEqual(self.outcome(0.5, 0.1), EQUIVALENT)
        self.assertEqual(self.outcome(0.5, 0.1, bound=0.6), BENEFIT)

    def test_the_interval_decides_nothing_without_the_corrected_p(self):
        self.assertEqual(self.outcome(3.0, 0.5, p=0.06), CANNOT_TELL)

    def test_the_90_percent_interval_touches_the_bound(self):
        quantile = stats.t.isf(0.05, 30)
        self.assertEqual(self.outcome(0.0, 0.999 / quantile, p=1.0), EQUIVALENT)
        self.assertEqual(self.outcome(0.0, 1.001 / quantile, p=1.0), CANNOT_TELL)

    def test_the_detectable_difference_has_that_power(self):
        for freedom in (1.5, 4.0, 18.0, 200.0):
            for alpha, power in ((0.05, 0.8), (0.01, 0.9)):
                found = equivalence.detectable(Estimate(0.0, 2.0, freedom), alpha, power)
                critical = stats.t.isf(alpha / 2, freedom)
                reached = stats.nct.sf(critical, freedom, found / 2.0)
                self.assertAlmostEqual(reached, power, places=6, msg=f"{freedom} {alpha}")
        normal = equivalence.detectable(Estimate(0.0, 1.0, math.inf))
        self.assertAlmostEqual(normal, 1.959964 + 0.841621, places=5)

    def test_bad_numbers_are_refused(self):
        with self.assertRaisesRegex(ValueError, "bound of equivalence is 0.0"):
            self.outcome(0.0, 1.0, bound=0.0)
        with self.assertRaisesRegex(ValueError, "p is nan"):
            self.outcome(0.0, 1.0, p=math.nan)


class SimulationTest(unittest.TestCase):
    """Size and power, to three standard errors of so many simulations."""

    TIMES = 500
    SIZES = [(6, 6), (8, 5), (5, 8)]

    def outcomes(self, shift, spreads=(1.0, 1.0, 1.0), smallest=1.0, seed=11):
        generator = numpy.random.default_rng(seed)
        found = []
        for _ in range(self.TIMES):
            strata = simulated(generator, self.SIZES, [shift] * 3, spreads, smallest)
            p = stratified.permutation_p(strata, random=499)
            found.append((p, equivalence.judge(stratified.estimate(strata), p)))
        return found

    def share(self, found, holds):
        return sum(map(holds, found)) / len(found)

    def tolerance(self, share):
        return 3.0 * math.sqrt(share * (1.0 - share) / self.TIMES)

    def test_without_a_difference_one_in_twenty_is_taken_for_one(self):
        for spreads in ((1.0, 1.0, 1.0), (0.1, 1.0, 5.0)):
            found = self.outcomes(0.0, spreads)
            size = self.share(found, lambda each: each[0] <= 0.05)
            self.assertLessEqual(size, 0.05 + self.tolerance(0.05))
            self.assertGreaterEqual(size, 0.05 - self.tolerance(0.05))
            covered = self.share(found, lambda each: each[1].interval.low <= 0.0 <= each[1].interval.high)
            self.assertAlmostEqual(covered, 0.95, delta=self.tolerance(0.05))

    def test_power_is_near_its_closed_form(self):
        shift = 0.8
        error = math.sqrt(sum(1 / n + 1 / m for n, m in self.SIZES)) / 3
        freedom = sum(n + m - 2 for n, m in self.SIZES)
        expected = stats.nct.sf(stats.t.isf(0.025, freedom), freedom, shift / error)
        self.assertGreater(expected, 0.5)
        found = self.outcomes(shift)
        power = self.share(found, lambda each: each[0] <= 0.05)
        self.assertAlmostEqual(power, expected, delta=self.tolerance(expected) + 0.03)

    def test_at_the_bound_at_most_one_in_twenty_is_called_equivalent(self):
        found = self.outcomes(0.5, smallest=0.5)
        self.assertLessEqual(
            self.share(found, lambda each: each[1].outcome == EQUIVALENT), 0.05 + self.tolerance(0.05)
        )

    def test_equivalence_is_found_as_often_as_its_closed_form_says(self):
        # Of a normal estimate with this error: P(|gain| < bound − t·error)
        error = math.sqrt(sum(1 / n + 1 / m for n, m in self.SIZES)) / 3
        expected = 2 * stats.norm.cdf((1.0 - stats.t.isf(0.05, 30) * error) / error) - 1
        found = self.outcomes(0.0)
        share = self.share(found, lambda each: each[1].outcome == EQUIVALENT)
        self.assertAlmostEqual(share, expected, delta=self.tolerance(expected) + 0.03)

    def test_a_benefit_is_found_and_harm_is_its_mirror(self):
        for shift, outcome in ((2.0, BENEFIT), (-2.0, HARM)):
            found = self.outcomes(shift)
            self.assertGreater(self.share(found, lambda each: each[1].outcome == outcome), 0.95)


class SharesTest(unittest.TestCase):
    def test_the_lady_tasting_tea(self):
        # Fisher 1935: 3 of 4 against 1 of 4 is 34 of 70 ways; 4 of 4 against none is 2 of 70.
        self.assertAlmostEqual(hypotheses.shares_p(3, 4, 1, 4), 34 / 70, places=12)
        self.assertAlmostEqual(hypotheses.shares_p(4, 4, 0, 4), 2 / 70, places=12)

    def test_equal_and_empty_shares_are_no_difference(self):
        for arguments in ((0, 10, 0, 10), (10, 10, 7, 7), (0, 0, 0, 5)):
            self.assertEqual(hypotheses.shares_p(*arguments), 1.0)
        with self.assertRaisesRegex(ValueError, "6 of 5"):
            hypotheses.shares_p(6, 5, 0, 5)

    def test_size_is_at_most_nominal(self):
        # Over all outcomes of 10 against 10 with the same chance: no simulation is needed.
        for chance in (0.1, 0.5, 0.65):
            law = stats.binom(10, chance).pmf(range(11))
            size = sum(
                law[a] * law[b] for a in range(11) for b in range(11) if hypotheses.shares_p(a, 10, b, 10) <= 0.05
            )
            self.assertLessEqual(size, 0.05)


if __name__ == "__main__":
    unittest.main()
