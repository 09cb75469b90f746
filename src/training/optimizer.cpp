#include "training/optimizer.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <torch/nn/module.h>  // clip_grad.h of LibTorch 1.13 does not stand alone
#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/rmsprop.h>
#include <torch/optim/sgd.h>

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
    return std::make_unique<torch::optim::RMSprop>(std::move(parameters),
                                                   torch::optim::RMSpropOptions(learning_rate)
                                                       .alpha(training.alpha)
                                                       .eps(training.epsilon)
                                                       .momentum(momentum)
                                                       .weight_decay(weight_decay));
  }
  return std::make_unique<Adam>(std::move(parameters), torch::optim::AdamOptions(learning_rate)
                                                           .betas({training.beta1, training.beta2})
                                                           .eps(training.epsilon)
                                                           .weight_decay(weight_decay));
}

namespace {

// What the learning rate is multiplied by, once `fraction` of the epochs after the warm-up are
// done.
double decay_at(const TrainingSettings& training, double fraction, double epochs_done) {
  if (training.schedule == "cosine") return (1.0 + std::cos(M_PI * fraction)) / 2.0;
  if (training.schedule == "linear") return 1.0 - fraction;
  if (training.schedule == "step") {
    // A fraction of a run times its epochs may lie a rounding below the epoch that begins.
    const double decays =
        std::floor((epochs_done + 1e-9) / static_cast<double>(training.decay_epochs));
    return std::pow(training.decay_factor, decays);
  }
  return 1.0;
}

bool is_constant(const TrainingSettings& training) {
  return training.schedule == "constant" && training.warmup_epochs <= 0;
}

}  // namespace

double learning_rate_at(const TrainingSettings& training, double fraction) {
  if (is_constant(training)) return training.learning_rate;
  const auto epochs = static_cast<double>(training.epochs);
  const double done = fraction * epochs, warmup = training.warmup_epochs;
  if (done < warmup) return training.learning_rate * done / warmup;
  const double rest = epochs - warmup;
  const double of_rest = rest > 0 ? (done - warmup) / rest : 1.0;
  return training.learning_rate * decay_at(training, of_rest, done - warmup);
}

void apply_schedule(const TrainingSettings& training, double fraction,
                    torch::optim::Optimizer& optimizer) {
  if (is_constant(training)) return;
  for (torch::optim::OptimizerParamGroup& group : optimizer.param_groups()) {
    group.options().set_lr(learning_rate_at(training, fraction));
  }
}

namespace {

std::vector<torch::Tensor> gradients_of(const std::vector<torch::Tensor>& parameters) {
  std::vector<torch::Tensor> gradients;
  for (const torch::Tensor& parameter : parameters) {
    if (parameter.grad().defined()) gradients.push_back(parameter.grad());
  }
  return gradients;
}

// What gradients of this norm are multiplied by, as LibTorch has it.
double clip_factor(double norm, double bound) {
  return bound > 0 ? std::min(bound / (norm + 1e-6), 1.0) : 1.0;
}

}  // namespace

double clip_gradients(const std::vector<torch::Tensor>& parameters, double bound) {
  std::vector<torch::Tensor> gradients = gradients_of(parameters);
  if (!std::all_of(gradients.begin(), gradients.end(), is_plain)) {
    const double largest = bound > 0 ? bound : std::numeric_limits<double>::infinity();
    return torch::nn::utils::clip_grad_norm_(parameters, largest);
  }
  double sum = 0;
  for (const torch::Tensor& gradient : gradients) {
    sum += sum_of_squares(gradient.numel(), gradient.data_ptr<float>());
  }
  const double norm = std::sqrt(sum), factor = clip_factor(norm, bound);
  if (factor >= 1.0) return norm;
  for (torch::Tensor& gradient : gradients) gradient.mul_(factor);
  return norm;
}

LossAndNorm clip_gradients(const torch::Tensor& loss, const std::vector<torch::Tensor>& parameters,
                           double bound) {
  const torch::NoGradGuard no_gradient;
  const std::vector<torch::Tensor> gradients = gradients_of(parameters);
  const torch::Tensor norm = torch::stack(torch::_foreach_norm(gradients, 2)).norm();
  const torch::Tensor both = torch::stack({loss.detach(), norm}).cpu();  // waits
  const LossAndNorm result = {both[0].item<double>(), both[1].item<double>()};
  const double factor = clip_factor(result.norm, bound);
  if (std::isfinite(result.loss) && !(factor >= 1.0)) torch::_foreach_mul_(gradients, factor);
  return result;
}

}  // namespace eigenrnn
