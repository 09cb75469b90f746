#include "training/adam.h"

#include <cmath>
#include <string>
#include <type_traits>

#include "training/adam_update.h"
#include "training/plain_tensor.h"

namespace eigenrnn {
namespace {

// States are kept by an address, which was a text before LibTorch 2.
template <class States>
auto find_state(States& states, const torch::Tensor& parameter) {
  if constexpr (std::is_same_v<typename States::key_type, std::string>) {
    return states.find(c10::guts::to_string(parameter.unsafeGetTensorImpl()));
  } else {
    return states.find(parameter.unsafeGetTensorImpl());
  }
}

}  // namespace

torch::optim::AdamParamState* Adam::state_of(const torch::Tensor& parameter) {
  const auto found = find_state(state(), parameter);
  if (found == state().end()) return nullptr;
  return static_cast<torch::optim::AdamParamState*>(found->second.get());
}

bool Adam::can_pass() {
  for (const torch::optim::OptimizerParamGroup& group : param_groups()) {
    if (static_cast<const torch::optim::AdamOptions&>(group.options()).amsgrad()) return false;
    for (const torch::Tensor& parameter : group.params()) {
      const torch::Tensor& gradient = parameter.grad();
      if (!gradient.defined()) continue;
      if (!is_plain(parameter) || !is_plain(gradient) || state_of(parameter) == nullptr) {
        return false;
      }
    }
  }
  return true;
}

torch::Tensor Adam::step(LossClosure closure) {
  // LibTorch makes the moments at its first step.
  if (closure != nullptr || !can_pass()) return torch::optim::Adam::step(closure);
  for (torch::optim::OptimizerParamGroup& group : param_groups()) {
    const auto& options = static_cast<const torch::optim::AdamOptions&>(group.options());
    const auto [beta1, beta2] = options.betas();
    for (torch::Tensor& parameter : group.params()) {
      if (!parameter.grad().defined()) continue;
      torch::optim::AdamParamState& state = *state_of(parameter);
      state.step(state.step() + 1);
      const auto steps = static_cast<double>(state.step());
      const AdamStep step = {static_cast<float>(beta1),
                             static_cast<float>(beta2),
                             static_cast<float>(options.eps()),
                             static_cast<float>(options.weight_decay()),
                             static_cast<float>(options.lr() / (1.0 - std::pow(beta1, steps))),
                             static_cast<float>(std::sqrt(1.0 - std::pow(beta2, steps)))};
      adam_update(step, parameter.numel(), parameter.grad().data_ptr<float>(),
                  parameter.data_ptr<float>(), state.exp_avg().data_ptr<float>(),
                  state.exp_avg_sq().data_ptr<float>());
    }
  }
  return {};
}

}  // namespace eigenrnn
