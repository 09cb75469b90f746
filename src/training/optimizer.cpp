#include "training/optimizer.h"

namespace eigenrnn {

std::unique_ptr<torch::optim::Optimizer> make_optimizer(const Options& training,
                                                        std::vector<torch::Tensor> parameters) {
  const std::string name = training.choice("optimizer");
  const double learning_rate = training.number("learning_rate");
  const double momentum = training.number("momentum");
  const double weight_decay = training.number("weight_decay");
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

}  // namespace eigenrnn
