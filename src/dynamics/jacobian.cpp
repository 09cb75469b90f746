#include "dynamics/jacobian.h"

namespace eigenrnn {
namespace {

torch::Tensor in_double(const torch::Tensor& tensor) {
  return tensor.detach().to(torch::kCPU, torch::kFloat64).contiguous();
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
  return cell_.step({states, drives, weights_.recurrent, weights_.recurrent_bias});
}

torch::Tensor StateMap::jacobian(const torch::Tensor& states, const torch::Tensor& drives) const {
  const torch::NoGradGuard no_gradient;
  return cell_.jacobian({states, drives, weights_.recurrent, weights_.recurrent_bias});
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
