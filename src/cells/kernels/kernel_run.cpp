#include "cells/kernels/kernel_run.h"

#include <algorithm>
#include <functional>

#include <torch/autograd.h>

#include "cells/kernels/buffer_pool.h"
#include "cells/kernels/dispatch.h"
#include "cells/kernels/fused.h"
#include "cells/kernels/thread_pool.h"

namespace eigenrnn::fused {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Null for an undefined tensor, and for an empty one, which stands for it in autograd functions.
template <class Scalar>
Scalar* data(const Tensor& tensor) {
  return tensor.defined() && tensor.numel() > 0 ? tensor.data_ptr<Scalar>() : nullptr;
}

Tensor or_empty(const Tensor& tensor) { return tensor.defined() ? tensor : torch::empty({0}); }

// What these files need to know of a cell, in a form that autograd can keep.
struct KernelCell {
  CellKind kind;
  bool has_cell_state;
};

KernelCell kernel_of(const Cell& cell) {
  TORCH_CHECK(cell.kernel, "there is no fused kernel for the cell ", cell.name);
  return {*cell.kernel, cell.has_cell_state()};
}

// The tensors of one run. Undefined ones are zeros, or not wanted.
struct Tensors {
  KernelCell cell;
  KernelInput given;
  Tensor outputs, hidden_final, cell_final;
  Tensor gates, states;

  int64_t steps() const { return given.steps.size(0); }
  int64_t batch() const { return given.steps.size(1); }
  int64_t hidden() const { return given.weights.recurrent.size(1); }
  bool is_indexed() const { return given.steps.dim() == 2; }
  torch::ScalarType type() const { return given.weights.recurrent.scalar_type(); }
};

template <class Scalar>
KernelCall<Scalar> describe(const Tensors& t) {
  KernelCall<Scalar> run;
  run.kind = t.cell.kind;
  run.steps = t.steps();
  run.batch = t.batch();
  run.inputs = t.given.weights.input.size(1);
  run.hidden = t.hidden();
  run.input = t.is_indexed() ? nullptr : data<Scalar>(t.given.steps);
  run.indices = t.is_indexed() ? data<int64_t>(t.given.steps) : nullptr;
  run.offset = data<Scalar>(t.given.offset);
  run.lengths = data<int64_t>(t.given.lengths);
  run.weight_ih = data<Scalar>(t.given.weights.input);
  run.weight_hh = data<Scalar>(t.given.weights.recurrent);
  run.bias_ih = data<Scalar>(t.given.weights.input_bias);
  run.bias_hh = data<Scalar>(t.given.weights.recurrent_bias);
  run.hidden0 = data<Scalar>(t.given.initial.hidden);
  run.cell0 = data<Scalar>(t.given.initial.cell);
  run.outputs = data<Scalar>(t.outputs);
  run.hidden_final = data<Scalar>(t.hidden_final);
  run.cell_final = data<Scalar>(t.cell_final);
  run.gates = data<Scalar>(t.gates);
  run.states = data<Scalar>(t.states);
  return run;
}

// Slices that a shard is cut into: as many as there are threads for, none below kLeastRows rows.
int64_t slices_of(int64_t batch) {
  constexpr int64_t kLeastRows = 8;
  const int64_t shards = shard_count(batch);
  return std::clamp<int64_t>(batch / shards / kLeastRows, 1,
                             std::max<int64_t>(1, kernel_threads() / shards));
}

// Calls body(slice) for every slice of every shard.
void for_slices(int64_t batch, int64_t slices, const std::function<void(Slice)>& body) {
  for_tasks(shard_count(batch) * slices, [&](int64_t task) {
    body({task / slices, task % slices, slices});
  });
}

template <class Scalar>
void run_forward(Tensors& t, bool keep) {
  const torch::ScalarType type = t.type();
  t.outputs = pooled_tensor({t.steps(), t.batch(), t.hidden()}, type);
  t.hidden_final = torch::empty({t.batch(), t.hidden()}, type);
  if (t.cell.has_cell_state) t.cell_final = torch::empty({t.batch(), t.hidden()}, type);
  const Kernels<Scalar>& use = kernels<Scalar>();
  KernelCall<Scalar> run = describe<Scalar>(t);
  run.keep = keep;
  const Sizes sizes = use.sizes(run);
  t.gates = pooled_tensor({sizes.gates}, type);
  t.states = pooled_tensor({sizes.states}, type);
  const Tensor packed = pooled_tensor({sizes.packed_forward}, type);
  run.gates = data<Scalar>(t.gates);
  run.states = data<Scalar>(t.states);
  run.packed = data<Scalar>(packed);
  use.pack_forward(run);
  for_slices(run.batch, slices_of(run.batch), [&](Slice slice) { use.forward(run, slice); });
}

// Windows follow one another; within one, weights need the steps of all slices of their shard.
template <class Scalar>
void run_windows(const Kernels<Scalar>& use, const KernelCall<Scalar>& run) {
  const int64_t windows = (run.steps + run.window - 1) / run.window;
  const auto steps = [&](Slice slice, int64_t window) { use.backward_steps(run, slice, window); };
  const auto weights = [&](Slice slice, int64_t window) {
    if (run.grad_weight_hh) use.backward_weights(run, slice, window);
  };
  if (run.slices == 1) {
    for_slices(run.batch, 1, [&](Slice shard) {
      for (int64_t window = windows - 1; window >= 0; --window) {
        steps(shard, window);
        weights(shard, window);
      }
    });
    return;
  }
  for (int64_t window = windows - 1; window >= 0; --window) {
    for_slices(run.batch, run.slices, [&](Slice slice) { steps(slice, window); });
    for_slices(run.batch, run.slices, [&](Slice slice) { weights(slice, window); });
  }
}

struct Gradients {
  Tensor outputs, hidden_final, cell_final;  // given; undefined: zeros
  bool want_weights = false, want_input = false, want_offset = false, want_hidden = false,
       want_cell = false;
  RecurrentWeights weights;
  Tensor input, offset;
  RecurrentState initial;
};

template <class Scalar>
void run_backward(const Tensors& t, Gradients& grads) {
  const torch::ScalarType type = t.type();
  if (grads.want_weights) {
    grads.weights = {torch::empty_like(t.given.weights.input),
                     torch::empty_like(t.given.weights.recurrent),
                     torch::empty_like(t.given.weights.input_bias),
                     torch::empty_like(t.given.weights.recurrent_bias)};
  }
  if (grads.want_input) grads.input = pooled_tensor(t.given.steps.sizes(), type);
  if (grads.want_offset)
    grads.offset = torch::empty({t.batch(), t.given.weights.recurrent.size(0)}, type);
  if (grads.want_hidden) grads.initial.hidden = torch::empty({t.batch(), t.hidden()}, type);
  if (grads.want_cell) grads.initial.cell = torch::empty({t.batch(), t.hidden()}, type);
  KernelCall<Scalar> run = describe<Scalar>(t);
  run.keep = true;
  run.grad_outputs = data<Scalar>(grads.outputs);
  run.grad_hidden_final = data<Scalar>(grads.hidden_final);
  run.grad_cell_final = data<Scalar>(grads.cell_final);
  run.grad_input = data<Scalar>(grads.input);
  run.grad_offset = data<Scalar>(grads.offset);
  run.grad_hidden0 = data<Scalar>(grads.initial.hidden);
  run.grad_cell0 = data<Scalar>(grads.initial.cell);
  run.grad_weight_ih = data<Scalar>(grads.weights.input);
  run.grad_weight_hh = data<Scalar>(grads.weights.recurrent);
  run.grad_bias_ih = data<Scalar>(grads.weights.input_bias);
  run.grad_bias_hh = data<Scalar>(grads.weights.recurrent_bias);

  const Kernels<Scalar>& use = kernels<Scalar>();
  run.slices = slices_of(run.batch);
  run.window = use.choose_window(run);
  const Sizes sizes = use.sizes(run);
  const Tensor packed = pooled_tensor({sizes.packed_backward}, type);
  const Tensor workspace = pooled_tensor({shard_count(run.batch) * sizes.workspace}, type);
  run.packed = data<Scalar>(packed);
  run.workspace = data<Scalar>(workspace);
  use.pack_backward(run);
  run_windows(use, run);
  if (run.grad_weight_hh) use.collect(run);
}

class SequenceFunction : public torch::autograd::Function<SequenceFunction> {
 public:
  // Outputs, final hidden state and, if the cell has one, final cell state.
  static variable_list forward(AutogradContext* context, const Tensor& weight_ih,
                               const Tensor& weight_hh, const Tensor& bias_ih,
                               const Tensor& bias_hh, const Tensor& input, const Tensor& offset,
                               const Tensor& hidden0, const Tensor& cell0, const Tensor& lengths,
                               int64_t kind, bool has_cell_state) {
    Tensors t = {
        {static_cast<CellKind>(kind), has_cell_state},
        {{weight_ih, weight_hh, bias_ih, bias_hh}, input, offset, lengths, {hidden0, cell0}},
        {},
        {},
        {},
        {},
        {}};
    t.type() == torch::kDouble ? run_forward<double>(t, true) : run_forward<float>(t, true);
    context->save_for_backward(
        {weight_ih, weight_hh, bias_ih, bias_hh, input, hidden0, cell0, t.outputs});
    context->saved_data["lengths"] = lengths;
    context->saved_data["kind"] = kind;
    context->saved_data["has_cell_state"] = has_cell_state;
    context->saved_data["gates"] = t.gates;
    context->saved_data["states"] = t.states;
    context->saved_data["instructions"] = std::string(instruction_set().name);
    const auto wanted = [](const Tensor& x) { return x.defined() && x.requires_grad(); };
    context->saved_data["want_weights"] =
        wanted(weight_ih) || wanted(weight_hh) || wanted(bias_ih) || wanted(bias_hh);
    context->saved_data["want_input"] = wanted(input);
    context->saved_data["want_offset"] = wanted(offset);
    context->saved_data["want_hidden"] = wanted(hidden0);
    context->saved_data["want_cell"] = wanted(cell0);
    context->set_materialize_grads(false);
    if (t.cell_final.defined()) return {t.outputs, t.hidden_final, t.cell_final};
    return {t.outputs, t.hidden_final};
  }

  static variable_list backward(AutogradContext* context, variable_list given) {
    TORCH_CHECK(!torch::GradMode::is_enabled(),
                "the fused kernels have no second derivative (create_graph); run the sequence "
                "with Kernel::kLibtorch");
    auto& saved = context->saved_data;
    TORCH_CHECK(saved["instructions"].toStringRef() == instruction_set().name,
                "the instruction set was changed between a forward and its backward pass");
    const variable_list v = context->get_saved_variables();
    const Tensors t = {
        {static_cast<CellKind>(saved["kind"].toInt()), saved["has_cell_state"].toBool()},
        {{v[0], v[1], v[2], v[3]}, v[4], {}, saved["lengths"].toTensor(), {v[5], v[6]}},
        v[7],
        {},
        {},
        saved["gates"].toTensor(),
        saved["states"].toTensor()};
    Gradients grads;
    grads.outputs = contiguous(given[0]);
    grads.hidden_final = contiguous(given[1]);
    if (given.size() > 2) grads.cell_final = contiguous(given[2]);
    grads.want_weights = saved["want_weights"].toBool();
    grads.want_input = saved["want_input"].toBool();
    grads.want_offset = saved["want_offset"].toBool();
    grads.want_hidden = saved["want_hidden"].toBool();
    grads.want_cell = saved["want_cell"].toBool();
    t.type() == torch::kDouble ? run_backward<double>(t, grads) : run_backward<float>(t, grads);
    return {grads.weights.input,
            grads.weights.recurrent,
            grads.weights.input_bias,
            grads.weights.recurrent_bias,
            grads.input,
            grads.offset,
            grads.initial.hidden,
            grads.initial.cell,
            Tensor(),
            Tensor(),
            Tensor()};
  }
};

}  // namespace

SequenceResult run_kernel(const Cell& cell, const KernelInput& given) {
  const KernelCell kernel = kernel_of(cell);
  const RecurrentWeights& w = given.weights;
  const std::vector<Tensor> inputs = {
      w.input,     w.recurrent,  w.input_bias,         w.recurrent_bias,
      given.steps, given.offset, given.initial.hidden, given.initial.cell};
  const bool differentiate = torch::GradMode::is_enabled() &&
                             std::any_of(inputs.begin(), inputs.end(), [](const Tensor& x) {
                               return x.defined() && x.requires_grad();
                             });
  if (differentiate) {
    const variable_list out = SequenceFunction::apply(
        w.input, w.recurrent, w.input_bias, w.recurrent_bias, given.steps, or_empty(given.offset),
        or_empty(given.initial.hidden), or_empty(given.initial.cell), or_empty(given.lengths),
        static_cast<int64_t>(kernel.kind), kernel.has_cell_state);
    return {out[0], {out[1], out.size() > 2 ? out[2] : Tensor()}};
  }
  Tensors t = {kernel, given, {}, {}, {}, {}, {}};
  t.type() == torch::kDouble ? run_forward<double>(t, false) : run_forward<float>(t, false);
  return {t.outputs, {t.hidden_final, t.cell_final}};
}

int64_t kept_bytes(const Cell& cell, int64_t steps, int64_t batch, int64_t hidden) {
  KernelCall<float> run;
  run.kind = kernel_of(cell).kind;
  run.steps = steps;
  run.batch = batch;
  run.hidden = hidden;
  run.inputs = 1;
  run.keep = true;
  const Sizes sizes = kernels<float>().sizes(run);
  return (sizes.gates + sizes.states + steps * batch * hidden) * int64_t{sizeof(float)};
}

}  // namespace eigenrnn::fused
