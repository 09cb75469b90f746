#pragma once
#include <cmath>
#include <string>

#include <torch/autograd.h>
#include <torch/types.h>

#include "dynamics/jacobian.h"
#include "initializers/eigen_spectrum.h"
#include "linear_algebra/haar.h"
#include "support/random.h"

namespace eigenrnn {

/// Weights in double with every block and bias in play.
inline RecurrentWeights draw_double_weights(const Cell& cell, int64_t hidden, int64_t inputs,
                                            uint64_t seed = 1) {
  Random random(seed);
  const int64_t rows = cell.gate_count() * hidden;
  return {random.normal_tensor({rows, inputs}, 0.7),
          random.normal_tensor({rows, hidden}, 1.0 / std::sqrt(static_cast<double>(hidden))),
          random.normal_tensor({rows}, 0.3), random.normal_tensor({rows}, 0.3)};
}

/// Two 2×2 rotations by the phases 0.5 and 2 with the moduli 0.9 and 0.6, and the real eigenvalue
/// 0.8, in a basis that is orthogonal or else well-conditioned.
inline torch::Tensor known_matrix(bool normal, uint64_t seed = 5) {
  const Spectrum spectrum{{std::polar(0.9, 0.5), std::polar(0.6, 2.0)}, {0.8}};
  Random random(seed);
  torch::Tensor basis = haar_orthogonal(5, random);
  if (!normal) basis = basis + 0.2 * random.normal_tensor({5, 5});
  return basis.matmul(block_diagonal(spectrum)).matmul(torch::linalg_inv(basis));
}

/// Weights without biases.
inline RecurrentWeights layer_of(const torch::Tensor& recurrent, const torch::Tensor& input) {
  const torch::Tensor zero = torch::zeros({recurrent.size(0)}, torch::kFloat64);
  return {input, recurrent, zero, zero};
}

}  // namespace eigenrnn
