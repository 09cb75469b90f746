#include "model/last_state_model.h"

#include <torch/nn/functional/linear.h>

namespace eigenrnn {

LastStateModel::LastStateModel(const RecurrentSettings& settings, int64_t input_size,
                               const Head& head, const Random& random)
    : HeadModel(settings, input_size, head.outputs, random), loss_(head.loss) {}

torch::Tensor LastStateModel::outputs(const Batch& batch) {
  return torch::nn::functional::linear(network().last_hidden(batch.input, batch.lengths), weight(),
                                       bias());
}

torch::Tensor LastStateModel::loss(const Batch& batch) {
  return mean_loss_of_head(loss_, network().last_hidden(batch.input, batch.lengths), weight(),
                           bias(), batch.target);
}

}  // namespace eigenrnn
