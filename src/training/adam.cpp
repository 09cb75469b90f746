#include "training/adam.h"

#include <cmath>
#include <sstream>
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
    std::ostringstream text;
    text << parameter.unsafeGetTensorImpl();
    return states.find(text.str());
  } else {
    return states.find(parameter.unsafeGetTensorImpl());
  }
}

}  // namespace

std::optional<std::vector<Adam::Pass>> Adam::passes() {
  std::vector<Pass> found;
  for (const torch::optim::OptimizerParamGroup& group : param_groups()) {
    const auto& options = static_cast<const torch::optim::AdamOptions&>(group.options());
    if (options.amsgrad()) return std::nullopt;
    for (const torch::Tensor& parameter : group.params()) {
      const torch::Tensor& gradient = parameter.grad();
      if (!gradient.defined()) continue;
      const auto moments = find_state(state(), parameter);
      if (moments == state().end() || !is_plain(parameter) || !is_plain(gradient)) {
        return std::nullopt;
      }
      found.push_back(
          {options, parameter, static_cast<torch::optim::AdamParamState&>(*moments->second)});
    }
  }
  return found;
}

torch::Tensor Adam::step(LossClosure closure) {
  // LibTorch makes the moments at its first step.
  const auto found = closure == nullptr ? passes() : std::nullopt;
  if (!found) return torch::optim::Adam::step(closure);
  for (const auto& [options, parameter, state] : *found) {
    state.step(state.step() + 1);
    const auto [beta1, beta2] = options.betas();
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
  return {};
}

}  // namespace eigenrnn
