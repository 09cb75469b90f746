"""What is known of metrics, tasks and cells by their names: all that the program does not export with each
table yet. Nothing else goes by a name.
"""

import dataclasses
import re
from typing import Dict, Optional, Tuple

NULL_IS_NEVER = ("epochs_to_threshold",)  # metrics that a finished run may never get to have

_LOGARITHMIC = re.compile("loss|perplexity|mse|norm")


def is_logarithmic(quantity: str) -> bool:
    """Is its curve drawn on a logarithmic axis?"""
    return bool(_LOGARITHMIC.search(quantity))


# The recurrent blocks of a cell with what they are called, in the order in which they are shown.
GATES: Dict[str, Dict[str, str]] = {
    "rnn_tanh": {"h": ""},
    "rnn_relu": {"h": ""},
    "lstm": {"g": "candidate", "f": "forget gate", "i": "input gate", "o": "output gate"},
    "gru": {"n": "candidate", "z": "update gate", "r": "reset gate"},
}


@dataclasses.dataclass(frozen=True)
class TrivialPredictor:
    """What is reached without learning. A run is successful if it beats that clearly."""

    value: float  # of the metric, unscaled
    why: str
    # For a share of right answers None: better than chance by the binomial law at LUCK. For a loss
    # the factor of `value` that a successful run stays below.
    margin: Optional[float] = None


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
