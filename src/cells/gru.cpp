// The gated recurrent unit (Cho et al. 2014) as cuDNN and LibTorch have it: the reset gate acts
// after the product with W_hn. With x_k = W_ik x + b_ik and u_k = W_hk h + b_hk for the gate k,
//   r = σ(x_r + u_r), z = σ(x_z + u_z), n = tanh(x_n + r u_n),
//   h' = (1 − z) n + z h.

#include "cells/formulas.h"
#include "cells/kernels/kernel_call.h"

namespace eigenrnn {
namespace {

struct Gates {
  torch::Tensor r, z, n, recurrent_n;  // [B, H]; the last is u_n
};

Gates gates_of(const StepInput& in) {
  const auto x = in.drives.chunk(3, /*dim=*/1), u = in.recurrent_sums().chunk(3, /*dim=*/1);
  const torch::Tensor r = torch::sigmoid(x[0] + u[0]);
  return {r, torch::sigmoid(x[1] + u[1]), torch::tanh(x[2] + r * u[2]), u[2]};
}

torch::Tensor step(const StepInput& in) {
  const Gates gates = gates_of(in);
  return (1.0 - gates.z) * gates.n + gates.z * in.hidden();
}

torch::Tensor jacobian(const StepInput& in) {
  const Gates gates = gates_of(in);
  const auto w = in.recurrent.chunk(3, /*dim=*/0);
  const torch::Tensor candidate = (1.0 - gates.z) * tanh_slope(gates.n);
  return torch::diag_embed(gates.z) +
         scale_rows((in.hidden() - gates.n) * sigmoid_slope(gates.z), w[1]) +
         scale_rows(candidate * gates.r, w[2]) +
         scale_rows(candidate * gates.recurrent_n * sigmoid_slope(gates.r), w[0]);
}

Cell gru() {
  Cell cell;
  cell.name = "gru";
  cell.label = "GRU";
  cell.summary = "h' = (1 - z) n + z h, n = tanh(W_in x + b_in + r (W_hn h + b_hn))";
  cell.gates = {"r", "z", "n"};
  cell.gate_labels = {{"n", "candidate"}, {"z", "update gate"}, {"r", "reset gate"}};
  cell.step = step;
  cell.jacobian = jacobian;
  cell.keep_gate = "z";
  cell.libtorch = [](const LibtorchInput& in) {
    return call_libtorch([](auto&&... a) { return torch::gru(a...); }, in);
  };
  cell.kernel = fused::CellKind::kGru;
  cell.place = 4;
  return cell;
}

const CellRegistration kRegistration(gru());

}  // namespace
}  // namespace eigenrnn
