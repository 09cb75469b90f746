#include "training/adam.h"

#include <algorithm>
#include <cmath>
#include <map>
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

AdamStep adam_step(const torch::optim::AdamOptions& options, int64_t step) {
  const auto [beta1, beta2] = options.betas();
  const auto steps = static_cast<double>(step);
  return {static_cast<float>(beta1),
          static_cast<float>(beta2),
          static_cast<float>(options.eps()),
          static_cast<float>(options.weight_decay()),
          static_cast<float>(options.lr() / (1.0 - std::pow(beta1, steps))),
          static_cast<float>(std::sqrt(1.0 - std::pow(beta2, steps)))};
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
      if (moments == state().end()) return std::nullopt;
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
  const auto all = [&](const auto& holds) {
    return std::all_of(found->begin(), found->end(), [&](const Pass& pass) {
      return holds(pass.parameter) && holds(pass.parameter.grad());
    });
  };
  if (!all(is_plain) && !all([](const torch::Tensor& tensor) { return tensor.is_cuda(); })) {
    return torch::optim::Adam::step(closure);
  }
  std::map<int64_t, AdamLists> lists;  // by the number of steps, which is the same for nearly all
  for (const auto& [options, parameter, state] : *found) {
    state.step(state.step() + 1);
    if (parameter.is_cuda()) {
      AdamLists& list = lists[state.step()];
      list.step = adam_step(options, state.step());
      list.gradients.push_back(parameter.grad());
      list.weights.push_back(parameter);
      list.first_moments.push_back(state.exp_avg());
      list.second_moments.push_back(state.exp_avg_sq());
    } else {
      adam_update(adam_step(options, state.step()), parameter.numel(),
                  parameter.grad().data_ptr<float>(), parameter.data_ptr<float>(),
                  state.exp_avg().data_ptr<float>(), state.exp_avg_sq().data_ptr<float>());
    }
  }
  for (const auto& [steps, list] : lists) adam_update(list);
  return {};
}

void adam_update(const AdamLists& lists) {
  const torch::NoGradGuard no_gradient;
  const AdamStep& step = lists.step;
  std::vector<torch::Tensor> gradients = lists.gradients;
  if (step.weight_decay != 0) {
    gradients = torch::_foreach_add(gradients, lists.weights, step.weight_decay);
  }
  torch::_foreach_mul_(lists.first_moments, step.beta1);
  torch::_foreach_add_(lists.first_moments, gradients, 1.0F - step.beta1);
  torch::_foreach_mul_(lists.second_moments, step.beta2);
  torch::_foreach_addcmul_(lists.second_moments, gradients, gradients, 1.0F - step.beta2);
  std::vector<torch::Tensor> roots = torch::_foreach_sqrt(lists.second_moments);
  torch::_foreach_div_(roots, step.root_correction);
  torch::_foreach_add_(roots, step.epsilon);
  torch::_foreach_addcdiv_(lists.weights, lists.first_moments, roots, -step.step_size);
}

}  // namespace eigenrnn
