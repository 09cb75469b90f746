// Long short-term memory (Hochreiter & Schmidhuber 1997) with forget gates (Gers, Schmidhuber &
// Cummins 2000), without peepholes. With a_k = W_ik x + b_ik + W_hk h + b_hk for the gate k,
//   i = σ(a_i), f = σ(a_f), g = tanh(a_g), o = σ(a_o),
//   c' = f c + i g, h' = o tanh(c').

#include "cells/formulas.h"
#include "cells/kernels/kernel_call.h"

namespace eigenrnn {
namespace {

struct Gates {
  torch::Tensor i, f, g, o;  // [B, H]
};

Gates gates_of(const StepInput& in) {
  const auto sums = (in.drives + in.recurrent_sums()).chunk(4, /*dim=*/1);
  return {torch::sigmoid(sums[0]), torch::sigmoid(sums[1]), torch::tanh(sums[2]),
          torch::sigmoid(sums[3])};
}

torch::Tensor step(const StepInput& in) {
  const Gates gates = gates_of(in);
  const torch::Tensor cell = gates.f * in.cell_state() + gates.i * gates.g;
  return torch::cat({gates.o * torch::tanh(cell), cell}, /*dim=*/1);
}

// The rows of h' are those of c' times o·tanh′(c'), and what h does through o.
torch::Tensor jacobian(const StepInput& in) {
  const Gates gates = gates_of(in);
  const torch::Tensor cell = in.cell_state();
  const auto w = in.recurrent.chunk(4, /*dim=*/0);
  const torch::Tensor new_cell_tanh = torch::tanh(gates.f * cell + gates.i * gates.g);
  const torch::Tensor cell_by_hidden = scale_rows(gates.g * sigmoid_slope(gates.i), w[0]) +
                                       scale_rows(cell * sigmoid_slope(gates.f), w[1]) +
                                       scale_rows(gates.i * tanh_slope(gates.g), w[2]);
  const torch::Tensor cell_by_cell = torch::diag_embed(gates.f);
  const torch::Tensor through_cell = gates.o * tanh_slope(new_cell_tanh);
  const torch::Tensor hidden_by_hidden = through_cell.unsqueeze(2) * cell_by_hidden +
                                         scale_rows(new_cell_tanh * sigmoid_slope(gates.o), w[3]);
  const torch::Tensor hidden_by_cell = torch::diag_embed(through_cell * gates.f);
  return torch::cat({torch::cat({hidden_by_hidden, hidden_by_cell}, 2),
                     torch::cat({cell_by_hidden, cell_by_cell}, 2)},
                    1);
}

LibtorchOutput libtorch(const LibtorchInput& in) {
  auto [outputs, hidden, cell] = call_libtorch([](auto&&... a) { return torch::lstm(a...); }, in,
                                               std::vector<torch::Tensor>{in.hidden, in.cell});
  return {outputs, hidden, cell};
}

Cell lstm() {
  Cell cell;
  cell.name = "lstm";
  cell.label = "LSTM";
  cell.summary = "c' = f c + i g, h' = o tanh(c') with gates i, f, o and candidate g";
  cell.gates = {"i", "f", "g", "o"};
  cell.gate_labels = {
      {"g", "candidate"}, {"f", "forget gate"}, {"i", "input gate"}, {"o", "output gate"}};
  cell.step = step;
  cell.jacobian = jacobian;
  cell.state_tensors = 2;
  cell.forget_gate = "f";
  cell.keep_gate = "f";
  cell.write_gate = "i";
  cell.libtorch = libtorch;
  cell.kernel = fused::CellKind::kLstm;
  cell.place = 3;
  return cell;
}

const CellRegistration kRegistration(lstm());

}  // namespace
}  // namespace eigenrnn
