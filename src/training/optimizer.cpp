#include "training/optimizer.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "training/adam.h"
#include "training/adam_update.h"
#include "training/plain_tensor.h"

namespace eigenrnn {

std::unique_ptr<torch::optim::Optimizer> make_optimizer(const TrainingSettings& training,
                                                        std::vector<torch::Tensor> parameters) {
  const std::string name = training.optimizer;
  const double learning_rate = training.learning_rate;
  const double momentum = training.momentum;
  const double weight_decay = training.weight_decay;
  if (name == "sgd") {
    return std::make_unique<torch::optim::SGD>(
        std::move(parameters),
        torch::optim::SGDOptions(learning_rate).momentum(momentum).weight_decay(weight_decay));
  }
  if (name == "rmsprop") {
    return std::make_unique<torch::optim::RMSprop>(
        std::move(parameters),
        torch::optim::RMSpropOptions(learning_rate).momentum(momentum).weight_decay(weight_decay));
  }
  return std::make_unique<Adam>(
      std::move(parameters), torch::optim::AdamOptions(learning_rate).weight_decay(weight_decay));
}

double learning_rate_at(const TrainingSettings& training, double fraction) {
  if (training.schedule == "constant") return training.learning_rate;
  return training.learning_rate * (1.0 + std::cos(M_PI * fraction)) / 2.0;
}

void apply_schedule(const TrainingSettings& training, double fraction,
                    torch::optim::Optimizer& optimizer) {
  if (training.schedule == "constant") return;
  for (torch::optim::OptimizerParamGroup& group : optimizer.param_groups()) {
    group.options().set_lr(learning_rate_at(training, fraction));
  }
}

double clip_gradients(const std::vector<torch::Tensor>& parameters, double bound) {
  std::vector<torch::Tensor> gradients;
  for (const torch::Tensor& parameter : parameters) {
    if (parameter.grad().defined()) gradients.push_back(parameter.grad());
  }
  const double largest = bound > 0 ? bound : std::numeric_limits<double>::infinity();
  if (!std::all_of(gradients.begin(), gradients.end(), is_plain)) {
    return torch::nn::utils::clip_grad_norm_(parameters, largest);
  }
  double sum = 0;
  for (const torch::Tensor& gradient : gradients) {
    sum += sum_of_squares(gradient.numel(), gradient.data_ptr<float>());
  }
  const double norm = std::sqrt(sum), factor = largest / (norm + 1e-6);
  if (factor >= 1.0) return norm;
  for (torch::Tensor& gradient : gradients) gradient.mul_(factor);
  return norm;
}

}  // namespace eigenrnn
