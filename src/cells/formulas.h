#pragma once
#include <torch/types.h>

#include "cells/cell.h"

// What the files of cells have in common.

namespace eigenrnn {

/// The slopes of tanh and of the logistic sigmoid as functions of their values.
inline torch::Tensor tanh_slope(const torch::Tensor& value) { return 1.0 - value * value; }
inline torch::Tensor sigmoid_slope(const torch::Tensor& value) { return value * (1.0 - value); }

/// The rows of W [H, H], each scaled by its entry in `factors` [B, H]: diag(factors)·W [B, H, H].
inline torch::Tensor scale_rows(const torch::Tensor& factors, const torch::Tensor& matrix) {
  return factors.unsqueeze(2) * matrix;
}

/// Calls `function`, one of LibTorch's for sequences, with an initial state as it takes it.
template <class Function, class State>
auto call_libtorch(Function function, const LibtorchInput& in, const State& state) {
  return in.batch_sizes.defined()
             ? function(in.data, in.batch_sizes, state, in.parameters, /*has_biases=*/true,
                        /*num_layers=*/1, /*dropout=*/0.0, /*train=*/true, /*bidirectional=*/false)
             : function(in.data, state, in.parameters, true, 1, 0.0, true, false,
                        /*batch_first=*/false);
}

/// The same for a cell whose state is h alone.
template <class Function>
LibtorchOutput call_libtorch(Function function, const LibtorchInput& in) {
  auto [outputs, hidden] = call_libtorch(function, in, in.hidden);
  return {outputs, hidden, {}};
}

}  // namespace eigenrnn
