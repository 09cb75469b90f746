#include "training/optimizer.h"

#include <cmath>

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
  return std::make_unique<torch::optim::Adam>(
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

}  // namespace eigenrnn
