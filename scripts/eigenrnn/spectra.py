"""Spectra of recurrent weights, and Lyapunov exponents of a layer that is driven by a sequence."""

import dataclasses
from typing import List, Optional, Union

import torch
from torch import nn

from .modules import cell_of_matrix, layers
from .torch_library import operators, registered_cells


@dataclasses.dataclass(frozen=True)
class Spectrum:
    """Of one H×H block W of recurrent weights. All numbers are NaN if W is not finite."""

    layer: str  # as in "recurrent.layer0"; empty for a matrix
    gate: str  # as in "f"
    eigenvalues: torch.Tensor  # [H] complex128, the largest modulus first; [0] if W is not finite
    radius: float  # the largest modulus
    norm: float  # the largest singular value
    fraction_outside: float  # of the eigenvalues: outside the unit circle
    departure: float  # from normality: sqrt(‖W‖² − Σ|λ|²), Henrici 1962; 0 for a normal matrix
    relative_departure: float  # the same as a part of ‖W‖, from 0 to 1
    condition: float  # of the matrix of eigenvectors, κ₂ ≥ 1; NaN if W is defective
    warning: str  # why the eigenvalues are not to be taken at face value; mostly empty


def spectrum(target: Union[nn.Module, torch.Tensor], cell: Optional[str] = None) -> List[Spectrum]:
    """The spectrum of every gate of every recurrent layer, computed in double.

    target: a module with recurrent layers of torch.nn, or recurrent weights [G·H, H] of `cell` (a square matrix needs
        none). Throws ValueError for shapes that do not fit and a module without recurrent layers.
    """
    if isinstance(target, torch.Tensor):
        found = [("", cell_of_matrix(target, cell), target)]
    else:
        found = [(layer.name, layer.cell, layer.weight_hh) for layer in layers(target)]
        if not found:
            raise ValueError(f"a {type(target).__name__} has no recurrent layer of torch.nn")
    return [
        Spectrum(layer, gate, *operators().spectrum(block))
        for layer, cell_name, weight in found
        for gate, block in zip(
            registered_cells()[cell_name]["gates"], weight.detach().split(weight.shape[1])
        )
    ]


def lyapunov_exponents(
    module: nn.Module, inputs: torch.Tensor, *, transient: int = 100, exponents: Optional[int] = None
) -> torch.Tensor:
    """Lyapunov exponents of the first recurrent layer along a sequence, in nats per step, the largest first.

    inputs: [T, I], from which the layer is driven from rest; the first `transient` steps are not averaged over.
    exponents: how many of them, at most the size of the state (H, and 2·H of an LSTM); None for all.
    Returns float64; -inf for a direction that is lost, as where a ReLU is off. Throws ValueError for other shapes,
    and for a sequence that is no longer than the transient.
    """
    layer = next(iter(layers(module)), None)
    if layer is None:
        raise ValueError(f"a {type(module).__name__} has no recurrent layer of torch.nn")
    size = layer.weight_ih.shape[1]
    if inputs.dim() != 2 or inputs.shape[1] != size:
        raise ValueError(f"inputs are {list(inputs.shape)}, and must be [T, {size}]")
    if not 0 <= transient < inputs.shape[0]:
        raise ValueError(f"transient is {transient}, and must be from 0 to below the {inputs.shape[0]} steps")
    state = layer.weight_hh.shape[1] * registered_cells()[layer.cell]["state_tensors"]
    if exponents is not None and not 1 <= exponents <= state:
        raise ValueError(f"exponents is {exponents}, and must be from 1 to {state}")
    biases = layer.biases or (layer.weight_hh.new_zeros(layer.weight_hh.shape[0]),) * 2
    weights = [tensor.detach().cpu() for tensor in (layer.weight_ih, layer.weight_hh, *biases)]
    return operators().lyapunov(layer.cell, inputs.detach().cpu(), weights, transient, exponents or 0)
