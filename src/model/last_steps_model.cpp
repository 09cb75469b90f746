#include "model/last_steps_model.h"

#include <torch/nn/functional/linear.h>

namespace eigenrnn {

LastStepsModel::LastStepsModel(const RecurrentSettings& settings, int64_t input_size,
                               const Head& head, const Random& random)
    : HeadModel(settings, input_size, head.classes, random), steps_(head.steps) {}

torch::Tensor LastStepsModel::outputs(const Batch& batch) {
  const torch::Tensor states = network().forward(batch.input).outputs;  // [T, B, H]
  return torch::nn::functional::linear(states.slice(0, states.size(0) - steps_), weight(), bias());
}

torch::Tensor LastStepsModel::loss_of(const torch::Tensor& outputs, const Batch& batch) const {
  return torch::cross_entropy_loss(outputs.flatten(0, 1), batch.target.flatten());
}

}  // namespace eigenrnn
