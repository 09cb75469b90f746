"""Initializers for recurrent weights, in the manner of torch.nn.init.

    lstm = torch.nn.LSTM(1, 64)
    eigenrnn.init.eigen_(lstm, seed=0)                      # all its weights and biases
    eigenrnn.init.eigen_(lstm.weight_hh_l0, cell="lstm")    # the recurrent matrix alone
    eigenrnn.init.orthogonal_(lstm, seed=0, gain=0.9)       # every initializer of `names()`, with its options

A seed gives the very weights that the harness draws from it for a layer of these sizes. Nothing of torch's random
state is used or changed.
"""

import functools
import inspect
import json
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, TypeVar, Union

import torch
from torch import nn

from .modules import Layer, cell_of_matrix, check_one_of, layers
from .torch_library import operators, registered_initializers

Target = TypeVar("Target", nn.Module, torch.Tensor)
_ALONE = ("recurrent", "layer0")  # the path of a tensor's stream


def names() -> List[str]:
    """Of all initializers; `init.NAME_` is the function of each."""
    return sorted(registered_initializers())


def describe(name: str) -> Dict[str, Any]:
    """Its formula (`summary`), `citation`, the cells that it is `defined_for` (none: all), and `options`: each with
    name, default, help and what it expects. Throws ValueError for an unknown name."""
    check_one_of("initializer", name, names())
    return registered_initializers()[name]


def _draw(
    initializer: str, options: Dict[str, Any], cell: str, sizes: Tuple[int, int], path: Sequence[str], seed: int, **laws
) -> List[torch.Tensor]:
    try:
        return operators().draw_weights(
            initializer,
            json.dumps(options),
            cell,
            *sizes,
            seed,
            list(path),
            laws["input_weight"],
            laws["bias"],
            float(laws["forget_bias"]),
            laws["chrono_steps"],
        )
    except RuntimeError as error:
        raise ValueError(f"{initializer}: {str(error).splitlines()[0]}") from error


def _fill(layer: Layer, drawn: Sequence[torch.Tensor]) -> None:
    with torch.no_grad():
        for parameter, value in zip((layer.weight_ih, layer.weight_hh, *layer.biases), drawn):
            parameter.copy_(value)


def initialize_(
    target: Target,
    initializer: str,
    *,
    cell: Optional[str] = None,
    seed: int = 0,
    input_weight: str = "xavier",
    bias: str = "zeros",
    forget_bias: float = 1.0,
    chrono_steps: int = 0,
    **options: Any,
) -> Target:
    """Fills `target` in place with an initializer's draw, and returns it.

    target: a recurrent module of torch.nn (RNN, LSTM, GRU, or a cell of them; also in several layers or both
        directions), a module that contains such, or a recurrent matrix W_hh [G·H, H], G gates of H units.
        Of a module, all weights and biases of its recurrent layers are filled, of any floating type and device.
    cell: of a matrix: rnn_tanh (the default for a square one), rnn_relu, lstm, gru. A module knows its own.
    seed: the same seed gives the same weights. A recurrent module by itself gets those of the harness's network
        ("recurrent"); in another module its name takes part, so that two of them differ.
    input_weight, bias: the law of what the initializer leaves open: xavier or torch_default; zeros or torch_default.
    forget_bias: added to b_ih of an LSTM's forget gate.
    chrono_steps: T of chrono biases (Tallec & Ollivier 2018) for LSTM and GRU, in the place of forget_bias; 0 for none.
    options: the initializer's own; describe(initializer)["options"] lists them.

    Throws ValueError for an unknown name, option or value, for sizes that do not fit, and for a module without
    recurrent layers or with proj_size.
    """
    check_one_of("initializer", initializer, names())
    laws = {
        "input_weight": input_weight,
        "bias": bias,
        "forget_bias": forget_bias,
        "chrono_steps": chrono_steps,
    }
    if isinstance(target, nn.Module):
        if cell is not None:
            raise ValueError("cell is for a matrix; a module knows its own")
        found = list(layers(target))
        if not found:
            raise ValueError(f"a {type(target).__name__} has no recurrent layer of torch.nn")
        for layer in found:
            sizes = (layer.weight_hh.shape[1], layer.weight_ih.shape[1])
            _fill(layer, _draw(initializer, options, layer.cell, sizes, layer.path, seed, **laws))
        return target
    name = cell_of_matrix(target, cell)
    drawn = _draw(initializer, options, name, (target.shape[1], 1), _ALONE, seed, **laws)
    with torch.no_grad():
        target.copy_(drawn[1])
    return target


def eigen_(
    target: Target,
    *,
    cell: Optional[str] = None,
    seed: int = 0,
    radius: Union[None, float, Tuple[float, float]] = None,
    **others: Any,
) -> Target:
    """Fills `target` with eigen's draw: recurrent blocks that are built from their eigenvalues.

    radius: the modulus of the eigenvalues, or a ring (low, high) from which they are drawn uniformly in area; None for
        the default, a ring of 0.95 to 1.
    others: further options of eigen (phase, basis, real_fraction, gates …: describe("eigen")) and those of
        `initialize_`, which says what else there is to know.
    """
    given = {} if radius is None else {"radius": radius}
    return initialize_(target, "eigen", cell=cell, seed=seed, **given, **others)


@functools.lru_cache(maxsize=None)
def _function(initializer: str) -> Callable[..., Any]:
    info = describe(initializer)

    def fill_(target: Target, *, cell: Optional[str] = None, seed: int = 0, **options: Any) -> Target:
        return initialize_(target, initializer, cell=cell, seed=seed, **options)

    lines = [f"    {o['name']} = {json.dumps(o['default'])}: {o['help']}; {o['expects']}" for o in info["options"]]
    fill_.__name__ = fill_.__qualname__ = f"{initializer}_"
    fill_.__module__ = __name__
    fill_.__doc__ = inspect.cleandoc(f"Fills `target` as `initialize_` does: {info['summary']} [{info['citation']}].")
    fill_.__doc__ += "\n\n" + "\n".join(["options:", *lines]) if lines else ""
    return fill_


def __getattr__(name: str) -> Callable[..., Any]:
    if name.endswith("_") and not name.startswith("_") and name[:-1] in registered_initializers():
        return _function(name[:-1])
    raise AttributeError(f"eigenrnn.init has no {name!r}; its initializers: {', '.join(n + '_' for n in names())}")


def __dir__() -> List[str]:
    return [*globals(), *(f"{name}_" for name in names())]
