#include "dynamics/jacobian.h"

#include <vector>

namespace eigenrnn {
namespace {

torch::Tensor in_double(const torch::Tensor& tensor) {
  return tensor.detach().to(torch::kCPU, torch::kFloat64).contiguous();
}

// The rows of W, each scaled by its entry in `factors` [B, H]: diag(factors)·W as [B, H, H].
torch::Tensor scale_rows(const torch::Tensor& factors, const torch::Tensor& matrix) {
  return factors.unsqueeze(2) * matrix;
}

torch::Tensor tanh_slope(const torch::Tensor& value) { return 1.0 - value * value; }
torch::Tensor sigmoid_slope(const torch::Tensor& value) { return value * (1.0 - value); }

struct LstmGates {
  torch::Tensor i, f, g, o;  // [B, H]
};

LstmGates lstm_gates(const torch::Tensor& sums) {
  const auto parts = sums.chunk(4, /*dim=*/1);
  return {torch::sigmoid(parts[0]), torch::sigmoid(parts[1]), torch::tanh(parts[2]),
          torch::sigmoid(parts[3])};
}

struct GruGates {
  torch::Tensor r, z, n, recurrent_n;  // [B, H]; the last is W_hn h + b_hn
};

GruGates gru_gates(const torch::Tensor& drives, const torch::Tensor& recurrent) {
  const auto x = drives.chunk(3, /*dim=*/1), u = recurrent.chunk(3, /*dim=*/1);
  const torch::Tensor r = torch::sigmoid(x[0] + u[0]);
  return {r, torch::sigmoid(x[1] + u[1]), torch::tanh(x[2] + r * u[2]), u[2]};
}

// With c' = f c + i g and h' = o tanh(c'): the rows of h' are those of c' times o·tanh′(c'), and
// what h does through o.
torch::Tensor lstm_jacobian(const LstmGates& gates, const torch::Tensor& cell,
                            const torch::Tensor& weight) {
  const auto w = weight.chunk(4, /*dim=*/0);
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

// With h' = (1 − z) n + z h.
torch::Tensor gru_jacobian(const GruGates& gates, const torch::Tensor& hidden,
                           const torch::Tensor& weight) {
  const auto w = weight.chunk(3, /*dim=*/0);
  const torch::Tensor candidate = (1.0 - gates.z) * tanh_slope(gates.n);
  return torch::diag_embed(gates.z) +
         scale_rows((hidden - gates.n) * sigmoid_slope(gates.z), w[1]) +
         scale_rows(candidate * gates.r, w[2]) +
         scale_rows(candidate * gates.recurrent_n * sigmoid_slope(gates.r), w[0]);
}

}  // namespace

StateMap::StateMap(const Cell& cell, const RecurrentWeights& weights)
    : cell_(cell),
      weights_{in_double(weights.input), in_double(weights.recurrent),
               in_double(weights.input_bias), in_double(weights.recurrent_bias)} {
  TORCH_CHECK(weights_.recurrent.size(0) == cell.gate_count() * hidden_size(), "StateMap: W_hh is ",
              weights_.recurrent.sizes(), ", and a ", cell.name, " has ", cell.gate_count(),
              " square blocks");
}

torch::Tensor StateMap::drive(const torch::Tensor& input) const {
  if (input.scalar_type() == torch::kInt64) {
    return torch::embedding(weights_.input.t().contiguous(), input) + weights_.input_bias;
  }
  TORCH_CHECK(input.size(-1) == input_size(), "StateMap::drive: input is ", input.sizes(),
              ", and must be [..., ", input_size(), "], or int64 indices");
  return torch::matmul(in_double(input), weights_.input.t()) + weights_.input_bias;
}

torch::Tensor StateMap::step(const torch::Tensor& states, const torch::Tensor& drives) const {
  const torch::NoGradGuard no_gradient;
  const torch::Tensor hidden = states.slice(1, 0, hidden_size());
  const torch::Tensor recurrent =
      torch::addmm(weights_.recurrent_bias, hidden, weights_.recurrent.t());
  switch (cell_.kind) {
    case CellKind::kRnnTanh:
      return torch::tanh(drives + recurrent);
    case CellKind::kRnnRelu:
      return torch::relu(drives + recurrent);
    case CellKind::kLstm: {
      const LstmGates gates = lstm_gates(drives + recurrent);
      const torch::Tensor cell = gates.f * states.slice(1, hidden_size()) + gates.i * gates.g;
      return torch::cat({gates.o * torch::tanh(cell), cell}, /*dim=*/1);
    }
    case CellKind::kGru: {
      const GruGates gates = gru_gates(drives, recurrent);
      return (1.0 - gates.z) * gates.n + gates.z * hidden;
    }
  }
  TORCH_CHECK(false, "StateMap::step: no such cell");
}

torch::Tensor StateMap::jacobian(const torch::Tensor& states, const torch::Tensor& drives) const {
  const torch::NoGradGuard no_gradient;
  const torch::Tensor hidden = states.slice(1, 0, hidden_size());
  const torch::Tensor recurrent =
      torch::addmm(weights_.recurrent_bias, hidden, weights_.recurrent.t());
  switch (cell_.kind) {
    case CellKind::kRnnTanh:
      return scale_rows(tanh_slope(torch::tanh(drives + recurrent)), weights_.recurrent);
    case CellKind::kRnnRelu:
      return scale_rows((drives + recurrent).gt(0).to(torch::kFloat64), weights_.recurrent);
    case CellKind::kLstm:
      return lstm_jacobian(lstm_gates(drives + recurrent), states.slice(1, hidden_size()),
                           weights_.recurrent);
    case CellKind::kGru:
      return gru_jacobian(gru_gates(drives, recurrent), hidden, weights_.recurrent);
  }
  TORCH_CHECK(false, "StateMap::jacobian: no such cell");
}

torch::Tensor StateMap::trajectory(const torch::Tensor& drives,
                                   const torch::Tensor& initial) const {
  const int64_t steps = drives.size(0), batch = drives.size(1);
  torch::Tensor states = torch::zeros({steps + 1, batch, state_size()}, torch::kFloat64);
  if (initial.defined()) states[0].copy_(initial);
  for (int64_t t = 0; t < steps; ++t) states[t + 1].copy_(step(states[t], drives[t]));
  return states;
}

void for_each_jacobian(const StateMap& map, const torch::Tensor& states,
                       const torch::Tensor& drives,
                       const std::function<void(int64_t t, const torch::Tensor& jacobian)>& visit) {
  for (int64_t t = 1; t <= drives.size(0); ++t) {
    visit(t, map.jacobian(states[t - 1].unsqueeze(0), drives[t - 1].unsqueeze(0))[0]);
  }
}

}  // namespace eigenrnn
