#pragma once
#include <string>
#include <vector>

#include <torch/autograd.h>
#include <torch/types.h>

#include "cells/kernels/dispatch.h"
#include "cells/kernels/fused.h"
#include "support/random.h"

namespace eigenrnn {

/// One run and what its gradients are asked of: every input that can have one.
struct FusedCase {
  std::string cell = "rnn_tanh";
  int64_t steps = 5, batch = 3, hidden = 7, inputs = 2;
  bool one_hot = false, ragged = false, initial = false;
  torch::ScalarType type = torch::kDouble;
  int64_t constants = 0;

  std::string name() const {
    return cell + "_T" + std::to_string(steps) + "_B" + std::to_string(batch) + "_H" +
           std::to_string(hidden) + "_I" + std::to_string(inputs) + (one_hot ? "_onehot" : "") +
           (ragged ? "_ragged" : "") + (initial ? "_initial" : "") +
           (type == torch::kFloat ? "_float" : "_double") +
           (constants > 0 ? "_C" + std::to_string(constants) : "");
  }
};

struct FusedData {
  RecurrentWeights weights;
  torch::Tensor input, constant, lengths;
  RecurrentState initial;
  torch::Tensor outputs_factor, hidden_factor, cell_factor;  // of the loss

  std::vector<torch::Tensor> leaves() const {
    std::vector<torch::Tensor> all = {weights.input, weights.recurrent, weights.input_bias,
                                      weights.recurrent_bias};
    for (const torch::Tensor& x : {input, constant, initial.hidden, initial.cell}) {
      if (x.defined() && x.is_floating_point()) all.push_back(x);
    }
    return all;
  }
};

/// A drawn case.
inline FusedData draw_case(const FusedCase& c, uint64_t seed = 1) {
  Random random(seed);
  const Cell& cell = cell_named(c.cell);
  const int64_t rows = cell.gate_count() * c.hidden;
  const auto leaf = [&](torch::IntArrayRef sizes, double deviation) {
    return random.normal_tensor(sizes, deviation).to(c.type).requires_grad_();
  };
  const double scale = 0.8 / std::sqrt(static_cast<double>(c.hidden));
  FusedData data;
  data.weights = {leaf({rows, c.inputs + c.constants}, 0.7), leaf({rows, c.hidden}, scale),
                  leaf({rows}, 0.3), leaf({rows}, 0.3)};
  if (c.ragged) {
    data.lengths = torch::empty({c.batch}, torch::kInt64);
    for (int64_t b = 0; b < c.batch; ++b) data.lengths[b] = 1 + random.index(c.steps);
  }
  torch::Tensor input = c.one_hot ? torch::empty({c.steps, c.batch}, torch::kInt64)
                                  : random.normal_tensor({c.steps, c.batch, c.inputs}).to(c.type);
  for (int64_t b = 0; c.one_hot && b < c.batch; ++b) {
    for (int64_t t = 0; t < c.steps; ++t) input[t][b] = random.index(c.inputs);
  }
  data.input = c.one_hot ? input : input.requires_grad_();
  if (c.constants > 0) data.constant = leaf({c.batch, c.constants}, 1.0);
  if (c.initial) {
    data.initial.hidden = leaf({c.batch, c.hidden}, 0.5);
    if (cell.has_cell_state()) data.initial.cell = leaf({c.batch, c.hidden}, 0.5);
  }
  data.outputs_factor = random.normal_tensor({c.steps, c.batch, c.hidden}).to(c.type);
  data.hidden_factor = random.normal_tensor({c.batch, c.hidden}).to(c.type);
  data.cell_factor = random.normal_tensor({c.batch, c.hidden}).to(c.type);
  return data;
}

inline torch::Tensor loss_of(const FusedData& data, const SequenceResult& result) {
  torch::Tensor loss = (result.outputs * data.outputs_factor).sum() +
                       (result.final.hidden * data.hidden_factor).sum();
  if (result.final.cell.defined()) loss = loss + (result.final.cell * data.cell_factor).sum();
  return loss;
}

/// Outputs, final states, then the gradients of leaves().
inline std::vector<torch::Tensor> results_of(const FusedData& data, const SequenceResult& result) {
  std::vector<torch::Tensor> all = {result.outputs, result.final.hidden};
  if (result.final.cell.defined()) all.push_back(result.final.cell);
  for (const torch::Tensor& grad : torch::autograd::grad({loss_of(data, result)}, data.leaves())) {
    all.push_back(grad);
  }
  return all;
}

/// The same of run_sequence.
inline std::vector<torch::Tensor> run_case(const FusedCase& c, const FusedData& data,
                                           Kernel kernel) {
  return results_of(data,
                    run_sequence(cell_named(c.cell), data.weights, {data.input, data.constant},
                                 data.lengths, data.initial, kernel));
}

/// The largest difference, relative to the largest value of `right`.
inline double relative_difference(const torch::Tensor& left, const torch::Tensor& right) {
  if (left.sizes() != right.sizes()) return INFINITY;
  const double scale = right.detach().abs().max().item<double>();
  const double difference = (left.detach() - right.detach()).abs().max().item<double>();
  return difference / std::max(scale, 1e-30);
}

/// Chooses an instruction set as long as it lives.
class UsingInstructions {
 public:
  explicit UsingInstructions(const std::string& name) { fused::choose_instruction_set(name); }
  ~UsingInstructions() { fused::choose_instruction_set(fused::instruction_sets().back()); }
};

}  // namespace eigenrnn
