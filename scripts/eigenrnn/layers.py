"""torch.nn's RNN, LSTM and GRU on eigenrnn's CPU kernels.

Each is a subclass of its namesake in torch.nn, with its arguments, parameters and state_dict. What our kernels
do not take (a GPU, both directions, proj_size, other types than float32 and float64) goes torch.nn's way.
"""

from typing import List, Optional, Sequence, Tuple, Union

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from .modules import cell_of
from .torch_library import operators

Sequences = Union[torch.Tensor, PackedSequence]
_TYPES = (torch.float32, torch.float64)
# torch.compile takes the operator as it is, and does not look into it.
_unseen_by_compilers = getattr(getattr(torch, "compiler", None), "disable", lambda function: function)


def _packed_like(packed: PackedSequence, outputs: torch.Tensor, lengths: torch.Tensor) -> PackedSequence:
    """outputs [T, B, H] of sequences in their own order, packed in the order of `packed`."""
    if packed.sorted_indices is not None:
        outputs = outputs.index_select(1, packed.sorted_indices)
        lengths = lengths.index_select(0, packed.sorted_indices.cpu())
    data = pack_padded_sequence(outputs, lengths).data
    return PackedSequence(data, packed.batch_sizes, packed.sorted_indices, packed.unsorted_indices)


class _OnOurKernels:
    """What the three have in common; comes before torch.nn's class."""

    def _takes(self, data: torch.Tensor) -> bool:
        weight = self.weight_hh_l0
        return (
            weight.device.type == "cpu"
            and data.device.type == "cpu"
            and weight.dtype in _TYPES
            and data.dtype == weight.dtype
            and not self.bidirectional
            and not getattr(self, "proj_size", 0)
            and data.numel() > 0
            and not torch.is_autocast_enabled()
            and not torch.jit.is_tracing()
        )

    def _weights(self, layer: int) -> List[torch.Tensor]:
        weights = [getattr(self, f"weight_{kind}_l{layer}") for kind in ("ih", "hh")]
        if self.bias:
            return weights + [getattr(self, f"bias_{kind}_l{layer}") for kind in ("ih", "hh")]
        return weights + [weights[1].new_zeros(weights[1].shape[0])] * 2

    def _run(
        self, data: torch.Tensor, lengths: Sequence[torch.Tensor], initial: Sequence[torch.Tensor]
    ) -> Tuple[torch.Tensor, List[torch.Tensor]]:
        """data [T, B, I], initial states [L, B, H] each; outputs [T, B, H] and the final ones [L, B, H]."""
        cell, finals = cell_of(self), []
        for layer in range(self.num_layers):
            if layer > 0 and self.dropout > 0:
                data = nn.functional.dropout(data, self.dropout, self.training)
            given = [state[layer] for state in initial]
            data, *final = operators().run_sequence(cell, data, self._weights(layer), list(lengths), given)
            finals.append(final)
        return data, [torch.stack(states) for states in zip(*finals)]

    @_unseen_by_compilers
    def forward(
        self, input: Sequences, hx: Optional[Union[torch.Tensor, Tuple[torch.Tensor, torch.Tensor]]] = None
    ) -> Tuple[Sequences, Union[torch.Tensor, Tuple[torch.Tensor, torch.Tensor]]]:
        """As torch.nn's: shapes, batch_first, packed and unbatched sequences, errors."""
        packed = isinstance(input, PackedSequence)
        data = input.data if packed else input
        if not self._takes(data):
            return super().forward(input, hx)
        initial = [] if hx is None else list(hx) if isinstance(hx, tuple) else [hx]
        lengths: List[torch.Tensor] = []
        alone = not packed and data.dim() == 2
        if packed:
            data, ends = pad_packed_sequence(input)
            lengths = [ends]
        elif data.dim() not in (2, 3) or data.shape[-1] != self.input_size:
            return super().forward(input, hx)  # which says what is wrong
        elif alone:
            data = data.unsqueeze(1)
            initial = [state.unsqueeze(1) for state in initial if state.dim() == 2]
        elif self.batch_first:
            data = data.transpose(0, 1)
        expected = (self.num_layers, data.shape[1], self.hidden_size)
        if hx is not None and (
            len(initial) != len(self._state_names) or any(tuple(state.shape) != expected for state in initial)
        ):
            return super().forward(input, hx)
        outputs, final = self._run(data, lengths, initial)
        if packed:
            outputs = _packed_like(input, outputs, lengths[0])
        elif alone:
            outputs, final = outputs.squeeze(1), [state.squeeze(1) for state in final]
        elif self.batch_first:
            outputs = outputs.transpose(0, 1)
        return outputs, final[0] if len(self._state_names) == 1 else tuple(final)


class RNN(_OnOurKernels, nn.RNN):
    """torch.nn.RNN, with tanh or ReLU, on eigenrnn's kernels."""

    _state_names = ("h",)


class LSTM(_OnOurKernels, nn.LSTM):
    """torch.nn.LSTM on eigenrnn's kernels."""

    _state_names = ("h", "c")


class GRU(_OnOurKernels, nn.GRU):
    """torch.nn.GRU on eigenrnn's kernels."""

    _state_names = ("h",)
