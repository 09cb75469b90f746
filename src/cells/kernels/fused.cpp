#include "cells/kernels/fused.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "cells/kernels/kernel_run.h"

namespace eigenrnn::fused {
namespace {

using torch::Tensor;

// Throws unless every index that will be read is below `inputs`.
void check_indices(const Tensor& indices, const Tensor& lengths, int64_t inputs) {
  const int64_t steps = indices.size(0), batch = indices.size(1);
  const int64_t* index = indices.data_ptr<int64_t>();
  const int64_t* length = lengths.defined() ? lengths.data_ptr<int64_t>() : nullptr;
  for (int64_t t = 0; t < steps; ++t) {
    for (int64_t row = 0; row < batch; ++row) {
      const int64_t value = index[t * batch + row];
      TORCH_CHECK((value >= 0 && value < inputs) || (length && length[row] <= t),
                  "run_sequence: index ", value, " at step ", t, " of sequence ", row,
                  " is not below the input size ", inputs);
    }
  }
}

void check(const KernelInput& given, const Tensor& lengths) {
  const RecurrentWeights& weights = given.weights;
  const Tensor& input = given.steps;
  const int64_t steps = input.size(0), batch = input.size(1), hidden = weights.recurrent.size(1);
  TORCH_CHECK(steps > 0 && batch > 0, "run_sequence: input is ", input.sizes(),
              "; there must be a step and a sequence");
  const auto same_type = [&](const Tensor& x, const char* name, torch::IntArrayRef sizes) {
    if (!x.defined()) return;
    TORCH_CHECK(x.sizes() == sizes, "run_sequence: ", name, " is ", x.sizes(), ", not ", sizes);
    TORCH_CHECK(x.scalar_type() == weights.recurrent.scalar_type() && x.device().is_cpu(),
                "run_sequence: ", name, " is of another type or device than W_hh");
  };
  const int64_t rows = weights.recurrent.size(0);
  same_type(weights.input, "W_ih", {rows, weights.input.size(1)});
  same_type(weights.input_bias, "b_ih", {rows});
  same_type(weights.recurrent_bias, "b_hh", {rows});
  same_type(given.initial.hidden, "the initial hidden state", {batch, hidden});
  same_type(given.initial.cell, "the initial cell state", {batch, hidden});
  if (input.dim() == 3) same_type(input, "input", {steps, batch, weights.input.size(1)});
  if (!lengths.defined()) return;
  const int64_t* length = lengths.data_ptr<int64_t>();
  for (int64_t row = 0; row < batch; ++row) {
    TORCH_CHECK(length[row] >= 1 && length[row] <= steps, "run_sequence: length ", length[row],
                " of sequence ", row, " is not in 1 … ", steps);
  }
}

// Of the columns of W_ih that belong to a constant input only their product is left: the offset.
KernelInput contiguous_input(const Cell& cell, const RecurrentWeights& weights,
                             const SequenceInput& read, const RecurrentState& initial) {
  KernelInput input;
  input.weights = {weights.input, weights.recurrent.contiguous(), weights.input_bias.contiguous(),
                   weights.recurrent_bias.contiguous()};
  if (read.constant.defined()) {
    const int64_t columns = read.constant.size(1), first = weights.input.size(1) - columns;
    input.weights.input = weights.input.narrow(1, 0, first);
    input.offset = read.constant.mm(weights.input.narrow(1, first, columns).t());
  }
  input.weights.input = input.weights.input.contiguous();
  input.steps = read.steps.contiguous();
  input.initial = {contiguous(initial.hidden),
                   cell.has_cell_state() ? contiguous(initial.cell) : Tensor()};
  return input;
}

// The order of sequences by falling length, equal ones as they come, and its inverse, [B] int64.
struct Order {
  Tensor falling, inverse;
};

Order order_of(const int64_t* length, int64_t batch) {
  Order order = {torch::empty({batch}, torch::kInt64), torch::empty({batch}, torch::kInt64)};
  int64_t* falling = order.falling.data_ptr<int64_t>();
  std::iota(falling, falling + batch, 0);
  std::stable_sort(falling, falling + batch,
                   [&](int64_t a, int64_t b) { return length[a] > length[b]; });
  for (int64_t i = 0; i < batch; ++i) order.inverse.data_ptr<int64_t>()[falling[i]] = i;
  return order;
}

}  // namespace

SequenceResult run(const Cell& cell, const RecurrentWeights& weights, const SequenceInput& read,
                   const Tensor& given_lengths, const RecurrentState& initial, Wanted wanted) {
  KernelInput given = contiguous_input(cell, weights, read, initial);
  const Tensor lengths = contiguous(given_lengths), input = given.steps;
  check(given, lengths);
  if (input.dim() == 2) check_indices(input, lengths, given.weights.input.size(1));
  if (!lengths.defined()) return run_kernel(cell, given);
  const int64_t* length = lengths.data_ptr<int64_t>();
  if (std::is_sorted(length, length + lengths.numel(), std::greater<>())) {
    const bool ragged = length[lengths.numel() - 1] < input.size(0);
    if (ragged) given.lengths = lengths;
    return run_kernel(cell, given);
  }

  const Order order = order_of(length, lengths.numel());
  const auto reordered = [](const Tensor& x, int64_t dim, const Tensor& by) {
    return x.defined() ? x.index_select(dim, by) : x;
  };
  const KernelInput sorted = {given.weights,
                              input.index_select(1, order.falling),
                              reordered(given.offset, 0, order.falling),
                              lengths.take(order.falling),
                              {reordered(given.initial.hidden, 0, order.falling),
                               reordered(given.initial.cell, 0, order.falling)}};
  const SequenceResult result = run_kernel(cell, sorted);
  return {wanted == Wanted::kAll ? result.outputs.index_select(1, order.inverse) : Tensor(),
          {reordered(result.final.hidden, 0, order.inverse),
           reordered(result.final.cell, 0, order.inverse)}};
}

}  // namespace eigenrnn::fused
