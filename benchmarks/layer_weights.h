#pragma once
#include <cmath>
#include <vector>

#include <torch/autograd.h>

#include "cells/sequence.h"
#include "support/random.h"

namespace eigenrnn {

/// The weights of a layer to be timed, float, each a leaf that takes a gradient.
inline RecurrentWeights random_weights(const Cell& cell, int64_t hidden, int64_t inputs,
                                       Random& random) {
  const int64_t rows = cell.gate_count() * hidden;
  const auto leaf = [&](torch::IntArrayRef sizes) {
    const double deviation = 1 / std::sqrt(static_cast<double>(hidden));
    return random.normal_tensor(sizes, deviation).to(torch::kFloat).requires_grad_();
  };
  return {leaf({rows, inputs}), leaf({rows, hidden}), leaf({rows}), leaf({rows})};
}

/// The backward pass of what `weights` were used for: their gradients, which nobody keeps.
inline void take_gradients(const RecurrentWeights& weights, const torch::Tensor& outputs,
                           const torch::Tensor& grad) {
  torch::autograd::grad(
      {outputs}, {weights.input, weights.recurrent, weights.input_bias, weights.recurrent_bias},
      {grad});
}

}  // namespace eigenrnn
