// The vanilla recurrent network (Elman 1990, "Finding structure in time"):
//   h' = φ(W_ih x + b_ih + W_hh h + b_hh) with φ = tanh, or φ = max(0, ·), whose slope at 0 is 0.

#include "cells/formulas.h"
#include "cells/kernels/kernel_call.h"

namespace eigenrnn {
namespace {

torch::Tensor value(const Activation& activation, const StepInput& in) {
  return activation.value(in.drives + in.recurrent_sums());
}

// All but what LibTorch and our kernels call it.
Cell vanilla(const std::string& name, const std::string& label, const std::string& summary,
             const Activation& activation) {
  Cell cell;
  cell.name = name;
  cell.label = label;
  cell.summary = summary;
  cell.gates = {"h"};
  cell.step = [activation](const StepInput& in) { return value(activation, in); };
  cell.jacobian = [activation](const StepInput& in) {
    return scale_rows(activation.slope(value(activation, in)), in.recurrent);
  };
  cell.activation = activation;
  return cell;
}

Cell rnn_tanh() {
  Cell cell = vanilla("rnn_tanh", "RNN (tanh)", "h' = tanh(W_ih x + W_hh h + b)",
                      {[](const torch::Tensor& x) { return torch::tanh(x); }, tanh_slope,
                       [](const torch::Tensor& h) { return h.abs().gt(0.99); }});
  cell.libtorch = [](const LibtorchInput& in) {
    return call_libtorch([](auto&&... a) { return torch::rnn_tanh(a...); }, in);
  };
  cell.kernel = fused::CellKind::kRnnTanh;
  cell.place = 1;
  return cell;
}

Cell rnn_relu() {
  Cell cell = vanilla("rnn_relu", "RNN (ReLU)", "h' = max(0, W_ih x + W_hh h + b)",
                      {[](const torch::Tensor& x) { return torch::relu(x); },
                       [](const torch::Tensor& h) { return h.gt(0).to(h.scalar_type()); },
                       [](const torch::Tensor& h) { return h.eq(0.0); }});
  cell.libtorch = [](const LibtorchInput& in) {
    return call_libtorch([](auto&&... a) { return torch::rnn_relu(a...); }, in);
  };
  cell.kernel = fused::CellKind::kRnnRelu;
  cell.place = 2;
  return cell;
}

const CellRegistration kRegistrationOfTanh(rnn_tanh());
const CellRegistration kRegistrationOfRelu(rnn_relu());

}  // namespace
}  // namespace eigenrnn
