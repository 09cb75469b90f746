#pragma once
#include <functional>

#include <torch/types.h>

#include "cells/sequence.h"

namespace eigenrnn {

/// One layer as a driven dynamical system s_t = F(s_{t−1}, x_t), in float64 on the CPU, without
/// gradients. State, drive and letters are those of cells/cell.h.
class StateMap {
 public:
  StateMap(const Cell& cell, const RecurrentWeights& weights);

  const Cell& cell() const { return cell_; }
  const RecurrentWeights& weights() const { return weights_; }
  int64_t hidden_size() const { return weights_.recurrent.size(1); }
  int64_t state_size() const { return cell_.state_tensors * hidden_size(); }
  int64_t input_size() const { return weights_.input.size(1); }

  /// [..., G·H] from [..., I] of any floating type, or from int64 indices [...] (one-hot).
  torch::Tensor drive(const torch::Tensor& input) const;

  /// F: [B, S] from states [B, S] and drives [B, G·H].
  torch::Tensor step(const torch::Tensor& states, const torch::Tensor& drives) const;

  /// ∂F/∂s [B, S, S] in closed form: row i, column j is ∂s'_i/∂s_j.
  torch::Tensor jacobian(const torch::Tensor& states, const torch::Tensor& drives) const;

  /// s_0 to s_T [T+1, B, S] from drives [T, B, G·H]. `initial` [B, S] is s_0; undefined: zeros.
  torch::Tensor trajectory(const torch::Tensor& drives, const torch::Tensor& initial = {}) const;

 private:
  const Cell& cell_;
  RecurrentWeights weights_;
};

/// Jacobian t, ∂s_t/∂s_{t−1} [S, S], of one sequence, for t from 1 to T: calls back step by step,
/// so that no more than one is in memory. `states` [T+1, S] and `drives` [T, G·H] are those of one
/// sequence.
void for_each_jacobian(const StateMap& map, const torch::Tensor& states,
                       const torch::Tensor& drives,
                       const std::function<void(int64_t t, const torch::Tensor& jacobian)>& visit);

}  // namespace eigenrnn
