// The tensor side of the GPU's kernels: what they read and write, and the products over all steps
// at once that are left to cuBLAS.

#include "cells/kernels/cuda/cuda_sequence.h"

#include <atomic>

#include <torch/autograd.h>

#include "cells/kernels/cuda/module.h"
#include "cells/kernels/kernel_call.h"

namespace eigenrnn::cuda {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Numbers up to which W_ih x is computed within a step; above, as one product over all steps.
constexpr int64_t kMostFew = 4;
// Inputs up to which the gradient of W_ih is a product with one-hot vectors.
constexpr int64_t kMostOneHot = 64;

std::atomic<int> chosen_rows{0};

template <class Scalar>
Scalar* data(const Tensor& tensor) {
  return tensor.defined() && tensor.numel() > 0 ? tensor.data_ptr<Scalar>() : nullptr;
}

Tensor contiguous(const Tensor& tensor) { return tensor.defined() ? tensor.contiguous() : tensor; }

Tensor or_empty(const Tensor& tensor) { return tensor.defined() ? tensor : torch::empty({0}); }

// One layer's run.
struct Layer {
  int kind;
  RecurrentWeights weights;
  Tensor input, lengths;  // lengths on the device, or undefined
  RecurrentState initial;
  Tensor outputs, gates, cells;

  int64_t steps() const { return input.size(0); }
  int64_t batch() const { return input.size(1); }
  int64_t hidden() const { return weights.recurrent.size(1); }
  int64_t inputs() const { return weights.input.size(1); }
  int64_t rows() const { return weights.recurrent.size(0); }  // G·H
  bool is_indexed() const { return input.dim() == 2; }
  bool has_cell() const { return kind == kLstm; }
  bool keeps_gates() const { return kind == kLstm || kind == kGru; }
  torch::TensorOptions options() const { return weights.recurrent.options(); }
  int device() const { return weights.recurrent.device().index(); }

  Input input_kind() const {
    return is_indexed() ? kOneHot : inputs() <= kMostFew ? kFew : kDrives;
  }
};

// All blocks at once, if the GPU has room for them.
int rows_for(int64_t batch, int device) {
  if (const int chosen = chosen_rows; chosen != 0) return chosen;
  const int64_t room = limits_of(device).multiprocessors;
  return batch <= room ? 1 : batch <= 2 * room ? 2 : 4;
}

ShapeValues shape_of(const Layer& layer) {
  return {layer.kind, static_cast<int>(layer.hidden()), layer.input_kind(),
          static_cast<int>(layer.inputs()), rows_for(layer.batch(), layer.device())};
}

Call describe(const Layer& layer) {
  Call call = {};
  call.steps = static_cast<int>(layer.steps());
  call.batch = static_cast<int>(layer.batch());
  static_assert(sizeof(Index) == sizeof(int64_t));
  call.lengths = reinterpret_cast<const Index*>(data<int64_t>(layer.lengths));
  if (layer.is_indexed()) {
    call.indices = reinterpret_cast<const Index*>(data<int64_t>(layer.input));
  }
  call.weight_ih = data<float>(layer.weights.input);
  call.weight_hh = data<float>(layer.weights.recurrent);
  call.bias_ih = data<float>(layer.weights.input_bias);
  call.bias_hh = data<float>(layer.weights.recurrent_bias);
  call.hidden0 = data<float>(layer.initial.hidden);
  call.cell0 = data<float>(layer.initial.cell);
  call.outputs = data<float>(layer.outputs);
  call.gates = data<float>(layer.gates);
  call.cells = data<float>(layer.cells);
  return call;
}

RecurrentState run_forward(Layer& layer, bool keep) {
  const int64_t steps = layer.steps(), batch = layer.batch(), hidden = layer.hidden();
  layer.outputs = torch::empty({steps, batch, hidden}, layer.options());
  if (keep && layer.keeps_gates()) {
    layer.gates = torch::empty({steps, batch, 4 * hidden}, layer.options());
  }
  if (keep && layer.has_cell()) {
    layer.cells = torch::empty({steps, batch, hidden}, layer.options());
  }
  RecurrentState final;
  final.hidden = torch::empty({batch, hidden}, layer.options());
  if (layer.has_cell()) final.cell = torch::empty({batch, hidden}, layer.options());
  Call call = describe(layer);
  Tensor drives;
  if (layer.input_kind() == kDrives) {
    drives = layer.input.flatten(0, 1).mm(layer.weights.input.t());
    call.input = data<float>(drives);
  } else if (!layer.is_indexed()) {
    call.input = data<float>(layer.input);
  }
  call.hidden_final = data<float>(final.hidden);
  call.cell_final = data<float>(final.cell);
  start_forward(shape_of(layer), layer.device(), call);
  return final;
}

struct Gradients {
  Tensor outputs, hidden_final, cell_final;  // given; undefined: zeros
  bool want_weights = false, want_input = false, want_hidden = false, want_cell = false;
  RecurrentWeights weights;
  Tensor input;
  RecurrentState initial;
};

// Of W_ih, from the gradient [T·B, G·H] of what it gives.
Tensor input_weight_gradient(const Layer& layer, const Tensor& grads) {
  if (!layer.is_indexed()) {
    Tensor input = layer.input;
    if (layer.lengths.defined()) {  // behind an end there may be anything, and 0·NaN is a number
      const Tensor ended = torch::arange(layer.steps(), layer.lengths.options())
                               .unsqueeze(1)
                               .ge(layer.lengths.unsqueeze(0));
      input = input.masked_fill(ended.unsqueeze(2), 0);
    }
    return grads.t().mm(input.flatten(0, 1));
  }
  const Tensor indices = layer.input.flatten();
  if (layer.inputs() <= kMostOneHot) {
    const Tensor columns = torch::arange(layer.inputs(), indices.options());
    return grads.t().mm(indices.unsqueeze(1).eq(columns).to(torch::kFloat32));
  }
  return torch::zeros({layer.inputs(), grads.size(1)}, layer.options())
      .index_add_(0, indices, grads)
      .t();
}

void weight_gradients(const Layer& layer, const Tensor& all, Gradients& grads) {
  const int64_t hidden = layer.hidden(), steps = layer.steps(), rows = layer.rows();
  const Tensor of_hidden = all.slice(2, 0, rows);
  Tensor recurrent = torch::zeros({rows, hidden}, layer.options());
  if (steps > 1) {
    // A view that stays one matrix: all steps but the first.
    const Tensor later = all.slice(0, 1).flatten(0, 1).slice(1, 0, rows);
    recurrent = later.t().mm(layer.outputs.slice(0, 0, steps - 1).flatten(0, 1));
  }
  if (layer.initial.hidden.defined()) recurrent.addmm_(of_hidden[0].t(), layer.initial.hidden);
  const Tensor flat = all.flatten(0, 1), sums = flat.sum(0);
  grads.weights.recurrent = recurrent;
  grads.weights.recurrent_bias = sums.slice(0, 0, rows);
  if (layer.kind == kGru) {
    const Tensor of_inputs =
        torch::cat({flat.slice(1, 0, 2 * hidden), flat.slice(1, 3 * hidden)}, 1);
    grads.weights.input = input_weight_gradient(layer, of_inputs);
    grads.weights.input_bias =
        torch::cat({sums.slice(0, 0, 2 * hidden), sums.slice(0, 3 * hidden)});
  } else {
    grads.weights.input = input_weight_gradient(layer, flat);
    grads.weights.input_bias = sums;
  }
}

void run_backward(const Layer& layer, Gradients& grads) {
  const int64_t steps = layer.steps(), batch = layer.batch(), hidden = layer.hidden();
  const int64_t slots = layer.kind == kGru ? 4 * hidden : layer.rows();
  const Tensor all = torch::empty({steps, batch, slots}, layer.options());
  if (grads.want_hidden) grads.initial.hidden = torch::empty({batch, hidden}, layer.options());
  if (grads.want_cell) grads.initial.cell = torch::empty({batch, hidden}, layer.options());
  Call call = describe(layer);
  call.grad_outputs = data<float>(grads.outputs);
  call.grad_hidden_final = data<float>(grads.hidden_final);
  call.grad_cell_final = data<float>(grads.cell_final);
  call.grad_hidden0 = data<float>(grads.initial.hidden);
  call.grad_cell0 = data<float>(grads.initial.cell);
  call.grad_gates = data<float>(all);
  start_backward(shape_of(layer), layer.device(), call);
  if (grads.want_weights) weight_gradients(layer, all, grads);
  if (grads.want_input) {
    const Tensor flat = all.flatten(0, 1);
    const Tensor of_inputs =
        layer.kind == kGru
            ? torch::cat({flat.slice(1, 0, 2 * hidden), flat.slice(1, 3 * hidden)}, 1)
            : flat;
    grads.input = of_inputs.mm(layer.weights.input).view(layer.input.sizes());
  }
}

class SequenceFunction : public torch::autograd::Function<SequenceFunction> {
 public:
  // Outputs, final hidden state and, if the cell has one, final cell state.
  static variable_list forward(AutogradContext* context, const Tensor& weight_ih,
                               const Tensor& weight_hh, const Tensor& bias_ih,
                               const Tensor& bias_hh, const Tensor& input, const Tensor& hidden0,
                               const Tensor& cell0, const Tensor& lengths, int64_t kind) {
    Layer layer = {static_cast<int>(kind),
                   {weight_ih, weight_hh, bias_ih, bias_hh},
                   input,
                   lengths,
                   {hidden0, cell0},
                   {},
                   {},
                   {}};
    const RecurrentState final = run_forward(layer, /*keep=*/true);
    context->save_for_backward(
        {weight_ih, weight_hh, bias_ih, bias_hh, input, hidden0, cell0, layer.outputs});
    auto& saved = context->saved_data;
    saved["lengths"] = lengths;
    saved["kind"] = kind;
    saved["gates"] = or_empty(layer.gates);
    saved["cells"] = or_empty(layer.cells);
    const auto wanted = [](const Tensor& x) { return x.defined() && x.requires_grad(); };
    saved["want_weights"] =
        wanted(weight_ih) || wanted(weight_hh) || wanted(bias_ih) || wanted(bias_hh);
    saved["want_input"] = wanted(input);
    saved["want_hidden"] = wanted(hidden0);
    saved["want_cell"] = wanted(cell0);
    context->set_materialize_grads(false);
    if (final.cell.defined()) return {layer.outputs, final.hidden, final.cell};
    return {layer.outputs, final.hidden};
  }

  static variable_list backward(AutogradContext* context, variable_list given) {
    TORCH_CHECK(!torch::GradMode::is_enabled(),
                "our kernels have no second derivative (create_graph); run the sequence with "
                "Kernel::kLibtorch");
    auto& saved = context->saved_data;
    const variable_list v = context->get_saved_variables();
    const auto defined = [](const Tensor& x) {
      return x.defined() && x.numel() > 0 ? x : Tensor();
    };
    const Layer layer = {
        static_cast<int>(saved["kind"].toInt()), {v[0], v[1], v[2], v[3]},          v[4],
        defined(saved["lengths"].toTensor()),    {defined(v[5]), defined(v[6])},    v[7],
        defined(saved["gates"].toTensor()),      defined(saved["cells"].toTensor())};
    Gradients grads;
    grads.outputs = contiguous(given[0]);
    grads.hidden_final = contiguous(given[1]);
    if (given.size() > 2) grads.cell_final = contiguous(given[2]);
    grads.want_weights = saved["want_weights"].toBool();
    grads.want_input = saved["want_input"].toBool();
    grads.want_hidden = saved["want_hidden"].toBool();
    grads.want_cell = saved["want_cell"].toBool();
    run_backward(layer, grads);
    return {grads.weights.input,
            grads.weights.recurrent,
            grads.weights.input_bias,
            grads.weights.recurrent_bias,
            grads.input,
            grads.initial.hidden,
            grads.initial.cell,
            Tensor(),
            Tensor()};
  }
};

void check(const RecurrentWeights& weights, const Tensor& input, const Tensor& lengths,
           const RecurrentState& initial) {
  const int64_t steps = input.size(0), batch = input.size(1), hidden = weights.recurrent.size(1);
  TORCH_CHECK(steps > 0 && batch > 0, "run_sequence: input is ", input.sizes(),
              "; there must be a step and a sequence");
  const auto fits = [&](const Tensor& x, const char* name, torch::IntArrayRef sizes) {
    if (!x.defined()) return;
    TORCH_CHECK(x.sizes() == sizes, "run_sequence: ", name, " is ", x.sizes(), ", not ", sizes);
    TORCH_CHECK(x.scalar_type() == torch::kFloat32 && x.device() == weights.recurrent.device(),
                "run_sequence: ", name, " is of another type or device than W_hh");
  };
  const int64_t rows = weights.recurrent.size(0);
  fits(weights.input, "W_ih", {rows, weights.input.size(1)});
  fits(weights.input_bias, "b_ih", {rows});
  fits(weights.recurrent_bias, "b_hh", {rows});
  fits(initial.hidden, "the initial hidden state", {batch, hidden});
  fits(initial.cell, "the initial cell state", {batch, hidden});
  if (input.dim() == 3) fits(input, "input", {steps, batch, weights.input.size(1)});
  if (!lengths.defined()) return;
  const int64_t* length = lengths.data_ptr<int64_t>();
  for (int64_t row = 0; row < batch; ++row) {
    TORCH_CHECK(length[row] >= 1 && length[row] <= steps, "run_sequence: length ", length[row],
                " of sequence ", row, " is not in 1 … ", steps);
  }
}

}  // namespace

bool runs(const Cell& cell, const RecurrentWeights& weights) {
  return cell.kernel && weights.recurrent.device().is_cuda() &&
         weights.recurrent.scalar_type() == torch::kFloat32 &&
         weights.recurrent.size(1) <= kMostUnits;
}

SequenceResult run(const Cell& cell, const RecurrentWeights& weights, const Tensor& input,
                   const Tensor& lengths, const RecurrentState& initial) {
  const RecurrentWeights w = {weights.input.contiguous(), weights.recurrent.contiguous(),
                              weights.input_bias.contiguous(), weights.recurrent_bias.contiguous()};
  const Tensor given = input.contiguous();
  const RecurrentState start = {contiguous(initial.hidden),
                                cell.has_cell_state() ? contiguous(initial.cell) : Tensor()};
  check(w, given, lengths, start);
  Tensor on_device;
  if (lengths.defined() && !lengths.eq(given.size(0)).all().item<bool>()) {
    on_device = lengths.to(w.recurrent.device());
  }
  const auto kind = static_cast<int64_t>(*cell.kernel);
  const auto wanted = [](const Tensor& x) { return x.defined() && x.requires_grad(); };
  const bool differentiate =
      torch::GradMode::is_enabled() &&
      (wanted(w.input) || wanted(w.recurrent) || wanted(w.input_bias) || wanted(w.recurrent_bias) ||
       wanted(given) || wanted(start.hidden) || wanted(start.cell));
  if (differentiate) {
    const variable_list out = SequenceFunction::apply(
        w.input, w.recurrent, w.input_bias, w.recurrent_bias, given, or_empty(start.hidden),
        or_empty(start.cell), or_empty(on_device), kind);
    return {out[0], {out[1], out.size() > 2 ? out[2] : Tensor()}};
  }
  Layer layer = {static_cast<int>(kind), w, given, on_device, start, {}, {}, {}};
  const RecurrentState final = run_forward(layer, /*keep=*/false);
  return {layer.outputs, final};
}

void choose_rows(int rows) { chosen_rows = rows; }

}  // namespace eigenrnn::cuda
