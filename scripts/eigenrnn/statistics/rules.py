"""What is decided beforehand, and not by looking at the results; the plan of the analysis has the rest."""

ALPHA = 0.05  # of every family of tests
REFERENCE = "xavier"  # every initializer is compared with it
PROPOSAL = "eigen"  # the row that the grid is about
PROPOSAL_NAME = "eigen"  # the initializer that is no baseline, in all its variants

# Experiments of this name try settings for others, with seeds of their own. They compare no
# initializers, so they are in no comparison, rank or verdict; the tables and the page show them.
SEARCH_PREFIX = "learning_rates_"  # of a rate for every row
TUNING_PREFIX = "tuning_"  # of a row and a rate for every initializer


def is_search(experiment: str) -> bool:
    return experiment.startswith((SEARCH_PREFIX, TUNING_PREFIX))


def chooses_options(experiment: str) -> bool:
    return experiment.startswith(TUNING_PREFIX)


# An experiment with all of these compares the initializers over the whole grid; others have aims of their own.
GRID_ROWS = ("eigen", "xavier", "kaiming", "irnn", "sp_rnn")

LUCK = 0.001  # one run in a thousand that only guesses counts as successful
