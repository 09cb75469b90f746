"""What is decided beforehand, and not by looking at the results."""

import dataclasses
from typing import Dict, Optional, Tuple

ALPHA = 0.05  # of every family of tests
REFERENCE = "xavier"  # every initializer is compared with it
PROPOSAL = "eigen"  # the row that the claims are about
PROPOSAL_NAME = "eigen"  # the initializer that is no baseline, in all its variants

# The tasks that the abstract of Dou & Principe 2023 names; the others are ours and count for
# no claim.
ABSTRACT_TASKS = ("tomita", "pixel_mnist", "multi30k")

# Experiments of this name try settings for others, with seeds of their own. They compare no
# initializers, so they are in no comparison, rank or verdict; the tables and the page show them.
SEARCH_PREFIX = "learning_rates_"


def is_search(experiment: str) -> bool:
    return experiment.startswith(SEARCH_PREFIX)


@dataclasses.dataclass(frozen=True)
class Claim:
    """The abstract says that the proposal is better than each of the rivals."""

    name: str
    text: str
    short: str  # of one cell
    rivals: Tuple[str, ...]
    tasks: Optional[int]  # in at least so many tasks; None: in all


CLAIMS = (
    Claim(
        "better_than_xavier_and_kaiming",
        "eigen is better than Xavier and Kaiming",
        "better than Xavier and Kaiming",
        ("xavier", "kaiming"),
        None,
    ),
    Claim(
        "better_than_irnn_and_sp_rnn",
        "in several tasks eigen is better than IRNN and sp-RNN",
        "better than IRNN and sp-RNN",
        ("irnn", "sp_rnn"),
        2,  # the fewest that are several
    ),
)


@dataclasses.dataclass(frozen=True)
class TrivialPredictor:
    """What is reached without learning. A run is successful if it beats that clearly."""

    value: float  # of the metric, unscaled
    why: str
    # For a share of right answers None: better than chance by the binomial law at LUCK. For a loss
    # the factor of `value` that a successful run stays below.
    margin: Optional[float] = None


LUCK = 0.001  # one run in a thousand that only guesses counts as successful

_TENTH = 0.9  # our choice: a test set's sampling error is a few per cent

# By task and metric. Where there is none, no share of successful runs is given, and runs that
# diverged are left out of the comparisons and counted.
TRIVIAL: Dict[Tuple[str, str], TrivialPredictor] = {
    ("tomita", "accuracy"): TrivialPredictor(
        0.5, "guessing; half of the strings belong to the language"
    ),
    ("pixel_mnist", "accuracy"): TrivialPredictor(
        0.1135, "always the digit 1, the most frequent one in MNIST's test set"
    ),
    ("adding", "mse"): TrivialPredictor(
        1 / 6, "always answering 1, the variance of the sum of two uniform numbers", _TENTH
    ),
    ("mackey_glass", "nmse"): TrivialPredictor(1.0, "always answering the mean", _TENTH),
}
