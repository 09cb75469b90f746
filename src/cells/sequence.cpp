#include "cells/sequence.h"

#include <fmt/format.h>
#include <torch/nn/functional/linear.h>

#include "cells/kernels/cuda/cuda_sequence.h"
#include "cells/kernels/fused.h"
#include "cells/kernels/kernel_call.h"
#include "support/error.h"

namespace eigenrnn {
namespace {

void check_shapes(const Cell& cell, const RecurrentWeights& weights, const SequenceInput& given,
                  const torch::Tensor& lengths) {
  const int64_t rows = weights.recurrent.size(0);
  TORCH_CHECK(rows == cell.gate_count() * weights.recurrent.size(1), "run_sequence: W_hh is ",
              weights.recurrent.sizes(), ", and a ", cell.name, " has ", cell.gate_count(),
              " square blocks");
  TORCH_CHECK(weights.input.size(0) == rows, "run_sequence: W_ih has ", weights.input.size(0),
              " rows, and W_hh has ", rows);
  const torch::Tensor &input = given.steps, &constant = given.constant;
  TORCH_CHECK(!constant.defined() ||
                  (input.dim() == 3 && constant.dim() == 2 && constant.size(0) == input.size(1)),
              "run_sequence: the constant input is ",
              constant.defined() ? constant.sizes() : torch::IntArrayRef{},
              ", and must be [B, C], beside an input [T, B, I], which is ", input.sizes());
  const int64_t columns = weights.input.size(1) - (constant.defined() ? constant.size(1) : 0);
  const bool is_indices = input.scalar_type() == torch::kInt64 && input.dim() == 2;
  TORCH_CHECK(is_indices || (input.dim() == 3 && input.size(2) == columns),
              "run_sequence: input is ", input.sizes(), ", and must be [T, B, ", columns,
              "], or [T, B] of int64 indices");
  TORCH_CHECK(!lengths.defined() || (lengths.dim() == 1 && lengths.size(0) == input.size(1)),
              "run_sequence: lengths must be [B], with B = ", input.size(1));
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
  const torch::Tensor hidden = state(initial.hidden);
  const torch::Tensor cell_state = cell.has_cell_state() ? state(initial.cell) : torch::Tensor();
  const std::vector<torch::Tensor> parameters = {weights.input, weights.recurrent,
                                                 weights.input_bias, weights.recurrent_bias};
  const bool ragged = lengths.defined() && !lengths.eq(steps).all().item<bool>();
  if (!ragged) {
    const LibtorchOutput result = cell.libtorch({input, {}, hidden, cell_state, parameters});
    return {result.outputs,
            {result.hidden[0], result.cell.defined() ? result.cell[0] : torch::Tensor()}};
  }

  // LibTorch wants the longest sequence first: sort, run packed, put back in order.
  auto [sorted_lengths, order] = lengths.sort(/*dim=*/0, /*descending=*/true);
  const torch::Tensor inverse = order.argsort().to(input.device());
  const torch::Tensor forward_order = order.to(input.device());
  const auto [data, batch_sizes] = torch::_pack_padded_sequence(
      input.index_select(1, forward_order), sorted_lengths, /*batch_first=*/false);
  const LibtorchOutput result = cell.libtorch(
      {data, batch_sizes, hidden.index_select(1, forward_order),
       cell_state.defined() ? cell_state.index_select(1, forward_order) : cell_state, parameters});
  const torch::Tensor outputs =
      std::get<0>(torch::_pad_packed_sequence(result.outputs, batch_sizes, /*batch_first=*/false,
                                              /*padding_value=*/0.0, /*total_length=*/steps));
  const auto restored = [&](const torch::Tensor& sorted) {
    return sorted.defined() ? sorted.index_select(1, inverse)[0] : sorted;
  };
  return {outputs.index_select(1, inverse), {restored(result.hidden), restored(result.cell)}};
}

// As cuDNN numbers its cells.
int64_t cudnn_mode(fused::CellKind kind) {
  switch (kind) {
    case fused::CellKind::kRnnRelu:
      return 0;
    case fused::CellKind::kRnnTanh:
      return 1;
    case fused::CellKind::kLstm:
      return 2;
    case fused::CellKind::kGru:
      return 3;
  }
  return -1;
}

// W_ih x + b_ih [B, G·H] of one step [B, I], or of indices [B].
torch::Tensor drive(const RecurrentWeights& weights, const torch::Tensor& step) {
  return step.dim() == 1 ? torch::embedding(weights.input.t(), step) + weights.input_bias
                         : torch::nn::functional::linear(step, weights.input, weights.input_bias);
}

torch::Tensor initial_states(const Cell& cell, const RecurrentWeights& weights, int64_t batch,
                             const RecurrentState& initial) {
  const auto or_zeros = [&](const torch::Tensor& given) {
    return given.defined()
               ? given
               : torch::zeros({batch, weights.recurrent.size(1)}, weights.recurrent.options());
  };
  const torch::Tensor hidden = or_zeros(initial.hidden);
  return cell.has_cell_state() ? torch::cat({hidden, or_zeros(initial.cell)}, 1) : hidden;
}

}  // namespace

SequenceResult run_reference(const Cell& cell, const RecurrentWeights& weights,
                             const torch::Tensor& input, const torch::Tensor& lengths,
                             const RecurrentState& initial) {
  check_shapes(cell, weights, input, lengths);
  const int64_t steps = input.size(0), batch = input.size(1), hidden = weights.recurrent.size(1);
  TORCH_CHECK(steps > 0 && batch > 0, "run_reference: input is ", input.sizes(),
              "; there must be a step and a sequence");
  torch::Tensor states = initial_states(cell, weights, batch, initial);
  std::vector<torch::Tensor> outputs;
  for (int64_t t = 0; t < steps; ++t) {
    const torch::Tensor ended =
        lengths.defined() ? lengths.le(t).to(input.device()) : torch::Tensor();
    // What stands behind an end may be anything, and 0·NaN would be a gradient.
    const auto read = [&](torch::Tensor step) {
      if (!ended.defined()) return step;
      return step.masked_fill(step.dim() == 1 ? ended : ended.unsqueeze(1), 0);
    };
    const torch::Tensor next = cell.step(
        {states, drive(weights, read(input[t])), weights.recurrent, weights.recurrent_bias});
    states = ended.defined() ? torch::where(ended.unsqueeze(1), states, next) : next;
    outputs.push_back(read(states.slice(1, 0, hidden)));
  }
  return {torch::stack(outputs),
          {states.slice(1, 0, hidden),
           cell.has_cell_state() ? states.slice(1, hidden) : torch::Tensor()}};
}

torch::Tensor SequenceInput::joined() const {
  if (!constant.defined()) return steps;
  return torch::cat({steps, constant.unsqueeze(0).expand({steps.size(0), -1, -1})}, 2);
}

SequenceResult run_sequence(const Cell& cell, const RecurrentWeights& weights,
                            const SequenceInput& given, const torch::Tensor& lengths,
                            const RecurrentState& initial, Kernel kernel, Wanted wanted) {
  check_shapes(cell, weights, given, lengths);
  const torch::ScalarType type = weights.recurrent.scalar_type();
  const bool on_cpu = weights.recurrent.device().is_cpu();
  if (kernel == Kernel::kFused && cell.kernel && on_cpu &&
      (type == torch::kFloat || type == torch::kDouble)) {
    return fused::run(cell, weights, given, lengths, initial, wanted);
  }
  const torch::Tensor input = given.joined();
  if (kernel == Kernel::kFused && cuda::runs(cell, weights)) {
    return cuda::run(cell, weights, input, lengths, initial);
  }
  return cell.libtorch ? run_libtorch(cell, weights, input, lengths, initial)
                       : run_reference(cell, weights, input, lengths, initial);
}

void pack_weights(const Cell& cell, const RecurrentWeights& weights, Kernel kernel) {
  if (!weights.recurrent.is_cuda() || !cell.libtorch || !cell.kernel) return;
  if (kernel == Kernel::kFused && cuda::runs(cell, weights)) return;
  if (!torch::cudnn_is_acceptable(weights.recurrent)) return;
  const torch::NoGradGuard no_gradient;
  const std::vector<torch::Tensor> parts = {weights.input, weights.recurrent, weights.input_bias,
                                            weights.recurrent_bias};
  torch::_cudnn_rnn_flatten_weight(parts, /*weight_stride0=*/static_cast<int64_t>(parts.size()),
                                   weights.input.size(1), cudnn_mode(*cell.kernel),
                                   weights.recurrent.size(1), /*proj_size=*/0, /*num_layers=*/1,
                                   /*batch_first=*/false, /*bidirectional=*/false);
}

std::string name_of(Kernel kernel) { return kernel == Kernel::kFused ? "fused" : "libtorch"; }

Kernel kernel_named(const std::string& name) {
  for (const Kernel kernel : {Kernel::kFused, Kernel::kLibtorch}) {
    if (name == name_of(kernel)) return kernel;
  }
  throw Error(fmt::format("unknown kernel '{}'; there are: fused, libtorch", name));
}

}  // namespace eigenrnn
