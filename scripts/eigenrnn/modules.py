"""What recurrent modules of torch.nn are to eigenrnn: a cell, layers, directions, weights by name."""

import dataclasses
from typing import Iterator, Optional, Sequence, Tuple

import torch
from torch import nn

from .torch_library import registered_cells


@dataclasses.dataclass(frozen=True)
class Layer:
    """One layer in one direction. Weights as torch.nn stacks them: G gates of H units, I inputs."""

    path: Tuple[str, ...]  # as in ("recurrent", "layer0"): the name of its random stream
    cell: str
    weight_ih: torch.Tensor  # [G·H, I]
    weight_hh: torch.Tensor  # [G·H, H]
    biases: Tuple[torch.Tensor, ...]  # b_ih, b_hh [G·H]; none where the module has none

    @property
    def name(self) -> str:
        return ".".join(self.path)


def check_one_of(what: str, name: str, known: Sequence[str]) -> None:
    """Throws ValueError for a name that is unknown."""
    if name not in known:
        raise ValueError(f"unknown {what} {name!r}; there are: {', '.join(known)}")


def cell_of_matrix(tensor: torch.Tensor, cell: Optional[str]) -> str:
    """The cell of recurrent weights [G·H, H]: `cell`, or without it rnn_tanh for a square one. Throws ValueError where
    they do not fit."""
    known = registered_cells()
    if tensor.dim() != 2:
        raise ValueError(f"recurrent weights are [G·H, H], and these are {list(tensor.shape)}")
    rows, hidden = tensor.shape
    if cell is None:
        if rows != hidden:
            raise ValueError(
                f"weights {[rows, hidden]} are of {rows / hidden:g} gates: say of which cell, as in "
                f'cell="lstm"; there are: {", ".join(known)}'
            )
        return "rnn_tanh"
    check_one_of("cell", cell, list(known))
    gates = len(known[cell]["gates"])
    if hidden == 0 or rows != gates * hidden:
        raise ValueError(f"weights of a {cell} of H units are [{gates}·H, H], and these are {[rows, hidden]}")
    return cell


def is_recurrent(module: nn.Module) -> bool:
    return isinstance(module, (nn.RNNBase, nn.RNNCellBase))


def cell_of(module: nn.Module) -> str:
    """eigenrnn's name of a module's cell. Throws TypeError for one that is none of torch.nn's."""
    if isinstance(module, (nn.LSTM, nn.LSTMCell)):
        return "lstm"
    if isinstance(module, (nn.GRU, nn.GRUCell)):
        return "gru"
    if isinstance(module, (nn.RNN, nn.RNNCell)):
        return f"rnn_{module.nonlinearity}"
    raise TypeError(f"a {type(module).__name__} is no recurrent module of torch.nn")


def _layers_of_one(module: nn.Module, path: Tuple[str, ...]) -> Iterator[Layer]:
    cell = cell_of(module)
    if isinstance(module, nn.RNNCellBase):
        biases = (module.bias_ih, module.bias_hh) if module.bias else ()
        yield Layer((*path, "layer0"), cell, module.weight_ih, module.weight_hh, biases)
        return
    if getattr(module, "proj_size", 0):
        raise ValueError("an LSTM with proj_size has no square recurrent blocks")
    for index in range(module.num_layers):
        for reverse in [False, True] if module.bidirectional else [False]:
            ending = f"l{index}" + ("_reverse" if reverse else "")
            names = ("bias_ih", "bias_hh") if module.bias else ()
            yield Layer(
                (*path, f"layer{index}" + ("_reverse" if reverse else "")),
                cell,
                getattr(module, f"weight_ih_{ending}"),
                getattr(module, f"weight_hh_{ending}"),
                tuple(getattr(module, f"{name}_{ending}") for name in names),
            )


def layers(module: nn.Module) -> Iterator[Layer]:
    """All recurrent layers of a module and of those in it, in order.

    A recurrent module by itself is called "recurrent", as the harness calls it; one in another by its name there.
    Throws ValueError for an LSTM with proj_size.
    """
    for name, part in module.named_modules():
        if is_recurrent(part):
            yield from _layers_of_one(part, tuple(name.split(".")) if name else ("recurrent",))
