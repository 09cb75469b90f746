#include "cells/sequence.h"

#include <fmt/format.h>

#include "cells/kernels/fused.h"
#include "support/error.h"

namespace eigenrnn {
namespace {

void check_shapes(const Cell& cell, const RecurrentWeights& weights, const torch::Tensor& input,
                  const torch::Tensor& lengths) {
  const int64_t rows = weights.recurrent.size(0);
  TORCH_CHECK(rows == cell.gate_count() * weights.recurrent.size(1), "run_sequence: W_hh is ",
              weights.recurrent.sizes(), ", and a ", cell.name, " has ", cell.gate_count(),
              " square blocks");
  TORCH_CHECK(weights.input.size(0) == rows, "run_sequence: W_ih has ", weights.input.size(0),
              " rows, and W_hh has ", rows);
  const bool is_indices = input.scalar_type() == torch::kInt64 && input.dim() == 2;
  TORCH_CHECK(is_indices || (input.dim() == 3 && input.size(2) == weights.input.size(1)),
              "run_sequence: input is ", input.sizes(), ", and must be [T, B, ",
              weights.input.size(1), "], or [T, B] of int64 indices");
  TORCH_CHECK(!lengths.defined() || (lengths.dim() == 1 && lengths.size(0) == input.size(1)),
              "run_sequence: lengths must be [B], with B = ", input.size(1));
}

struct LibtorchOutput {
  torch::Tensor outputs;       // as the call gives them: padded [T, B, H] or packed [Σ lengths, H]
  torch::Tensor hidden, cell;  // [1, B, H]
};

// One call for a dense batch (`batch_sizes` undefined) or a packed one.
LibtorchOutput call_libtorch(const Cell& cell, const torch::Tensor& data,
                             const torch::Tensor& batch_sizes, const torch::Tensor& hidden,
                             const torch::Tensor& cell_state,
                             const std::vector<torch::Tensor>& parameters) {
  const auto run = [&](auto function, const auto& state) {
    return batch_sizes.defined()
               ? function(data, batch_sizes, state, parameters, /*has_biases=*/true,
                          /*num_layers=*/1, /*dropout=*/0.0, /*train=*/true,
                          /*bidirectional=*/false)
               : function(data, state, parameters, true, 1, 0.0, true, false,
                          /*batch_first=*/false);
  };
  if (cell.kind == CellKind::kLstm) {
    auto [outputs, h, c] = run([](auto&&... a) { return torch::lstm(a...); },
                               std::vector<torch::Tensor>{hidden, cell_state});
    return {outputs, h, c};
  }
  const auto plain = [&](auto function) {
    auto [outputs, h] = run(function, hidden);
    return LibtorchOutput{outputs, h, {}};
  };
  if (cell.kind == CellKind::kGru) return plain([](auto&&... a) { return torch::gru(a...); });
  if (cell.kind == CellKind::kRnnRelu)
    return plain([](auto&&... a) { return torch::rnn_relu(a...); });
  return plain([](auto&&... a) { return torch::rnn_tanh(a...); });
}

SequenceResult run_libtorch(const Cell& cell, const RecurrentWeights& weights, torch::Tensor input,
                            const torch::Tensor& lengths, const RecurrentState& initial) {
  const int64_t hidden_size = weights.recurrent.size(1);
  if (input.dim() == 2) {
    input = torch::one_hot(input, weights.input.size(1)).to(weights.input.scalar_type());
  }
  const int64_t steps = input.size(0), batch = input.size(1);
  const auto state = [&](const torch::Tensor& given) {
    return given.defined() ? given.unsqueeze(0)
                           : torch::zeros({1, batch, hidden_size}, weights.recurrent.options());
  };
  torch::Tensor hidden = state(initial.hidden);
  torch::Tensor cell_state = cell.has_cell_state() ? state(initial.cell) : torch::Tensor();
  const std::vector<torch::Tensor> parameters = {weights.input, weights.recurrent,
                                                 weights.input_bias, weights.recurrent_bias};
  const bool ragged = lengths.defined() && !lengths.eq(steps).all().item<bool>();
  if (!ragged) {
    LibtorchOutput result = call_libtorch(cell, input, {}, hidden, cell_state, parameters);
    return {result.outputs,
            {result.hidden[0], result.cell.defined() ? result.cell[0] : torch::Tensor()}};
  }

  // LibTorch wants the longest sequence first: sort, run packed, put back in order.
  auto [sorted_lengths, order] = lengths.sort(/*dim=*/0, /*descending=*/true);
  const torch::Tensor inverse = order.argsort().to(input.device());
  const torch::Tensor forward_order = order.to(input.device());
  auto packed = torch::nn::utils::rnn::pack_padded_sequence(input.index_select(1, forward_order),
                                                            sorted_lengths);
  LibtorchOutput result = call_libtorch(
      cell, packed.data(), packed.batch_sizes(), hidden.index_select(1, forward_order),
      cell_state.defined() ? cell_state.index_select(1, forward_order) : cell_state, parameters);
  const torch::nn::utils::rnn::PackedSequence packed_outputs(result.outputs, packed.batch_sizes());
  auto [outputs, unused] = torch::nn::utils::rnn::pad_packed_sequence(
      packed_outputs, /*batch_first=*/false, /*padding_value=*/0.0, /*total_length=*/steps);
  const auto restored = [&](const torch::Tensor& sorted) {
    return sorted.defined() ? sorted.index_select(1, inverse)[0] : sorted;
  };
  return {outputs.index_select(1, inverse), {restored(result.hidden), restored(result.cell)}};
}

}  // namespace

SequenceResult run_sequence(const Cell& cell, const RecurrentWeights& weights,
                            const torch::Tensor& input, const torch::Tensor& lengths,
                            const RecurrentState& initial, Kernel kernel) {
  check_shapes(cell, weights, input, lengths);
  const torch::ScalarType type = weights.recurrent.scalar_type();
  const bool fused = kernel == Kernel::kFused && weights.recurrent.device().is_cpu() &&
                     (type == torch::kFloat || type == torch::kDouble);
  return fused ? fused::run(cell, weights, input, lengths, initial)
               : run_libtorch(cell, weights, input, lengths, initial);
}

std::string name_of(Kernel kernel) { return kernel == Kernel::kFused ? "fused" : "libtorch"; }

Kernel kernel_named(const std::string& name) {
  for (const Kernel kernel : {Kernel::kFused, Kernel::kLibtorch}) {
    if (name == name_of(kernel)) return kernel;
  }
  throw Error(fmt::format("unknown kernel '{}'; there are: fused, libtorch", name));
}

}  // namespace eigenrnn
