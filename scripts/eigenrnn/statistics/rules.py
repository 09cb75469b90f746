"""What is decided beforehand, and not by looking at the results."""

import dataclasses
from typing import Optional, Tuple

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


LUCK = 0.001  # one run in a thousand that only guesses counts as successful
