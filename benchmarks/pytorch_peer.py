#!/usr/bin/env python3
"""Takes the training steps of step_bench in plain PyTorch, as its users write them, and says how many more ours are.

Reads the JSON that step_bench wrote, trains a torch.nn network of the same sizes on random data, and writes the file
again with `pytorch_step_s` in each row. Both should be run one after the other on an idle machine; one thread.
"""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

CELLS = {"rnn_tanh": nn.RNN, "rnn_relu": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


class Classifier(nn.Module):
    """A recurrent layer, and a linear layer on its last hidden state."""

    def __init__(self, cell: str, inputs: int, hidden: int, outputs: int):
        super().__init__()
        options = {"nonlinearity": cell[len("rnn_") :]} if cell.startswith("rnn_") else {}
        self.recurrent = CELLS[cell](inputs, hidden, **options)
        self.head = nn.Linear(hidden, outputs)

    def forward(self, inputs: torch.Tensor, lengths: torch.Tensor | None) -> torch.Tensor:
        """inputs [T, B, I], lengths [B] or None; the head's outputs [B, outputs]."""
        if lengths is not None:
            inputs = pack_padded_sequence(inputs, lengths, enforce_sorted=False)
        _, state = self.recurrent(inputs)
        hidden = state[0] if isinstance(state, tuple) else state
        return self.head(hidden[-1])


def step_seconds(row: dict, steps: int) -> float:
    """Median seconds of a step: batch, forward, backward, clipping and Adam."""
    torch.manual_seed(0)
    model = Classifier(row["cell"], row["I"], row["H"], row["outputs"])
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    binary = row["outputs"] == 1
    loss_of = nn.BCEWithLogitsLoss() if binary else nn.CrossEntropyLoss()
    lengths = torch.tensor(row["lengths"]) if row["lengths"] else None
    symbols = torch.randint(row["I"], (row["T"], row["B"]))
    values = torch.randn(row["T"], row["B"], row["I"])
    target = torch.randint(2, (row["B"], 1)).float() if binary else torch.randint(row["outputs"], (row["B"],))
    times = []
    for _ in range(steps):
        start = time.perf_counter()
        inputs = nn.functional.one_hot(symbols, row["I"]).float() if row["indices"] else values
        optimizer.zero_grad()
        loss = loss_of(model(inputs, lengths), target)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        loss.item()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "steps_json", nargs="?", type=Path, default=Path("build/bench/steps.json"), help="of step_bench"
    )
    parser.add_argument("--seconds", type=float, default=5.0, help="for each row, about (default: %(default)s)")
    arguments = parser.parse_args()
    try:
        document = json.loads(arguments.steps_json.read_text())
    except OSError as error:
        parser.error(f"{arguments.steps_json}: {error.strerror}; step_bench writes it")
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    document["pytorch"] = torch.__version__
    print(f"PyTorch {torch.__version__}, one thread, medians")
    print(f"{'µs':<22} {'PyTorch':>9} {'ours':>9} {'ratio':>7}")
    for row in document["steps"]:
        once = step_seconds(row, 3)
        row["pytorch_step_s"] = step_seconds(row, max(20, min(5000, int(arguments.seconds / once))))
        print(
            f"{row['task'] + ', ' + row['cell']:<22} {1e6 * row['pytorch_step_s']:>9.1f} {1e6 * row['step_s']:>9.1f} "
            f"{row['pytorch_step_s'] / row['step_s']:>6.2f}×",
            flush=True,
        )
    arguments.steps_json.write_text(json.dumps(document, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
