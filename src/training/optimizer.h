#pragma once
#include <memory>
#include <vector>

#include <torch/optim/optimizer.h>

#include "run/settings.h"

namespace eigenrnn {

/// Adam, RMSprop or SGD with momentum, as LibTorch has them and a manifest's training section says.
std::unique_ptr<torch::optim::Optimizer> make_optimizer(const TrainingSettings& training,
                                                        std::vector<torch::Tensor> parameters);

/// The learning rate of the step before which `fraction` of all epochs, 0 to 1, is done. It rises
/// along a line from 0 over the warm-up; its schedule is over the rest. The cosine schedule is
/// Loshchilov & Hutter 2017, eq. 5, without restarts and down to 0.
double learning_rate_at(const TrainingSettings& training, double fraction);

/// Gives `optimizer` that rate, where it changes during a run.
void apply_schedule(const TrainingSettings& training, double fraction,
                    torch::optim::Optimizer& optimizer);

/// Scales the gradients so that the norm of all together is at most `bound`, 0 for no bound.
/// Returns the norm before.
double clip_gradients(const std::vector<torch::Tensor>& parameters, double bound);

/// The same on a GPU together with the loss, so that the program waits for the GPU once. Gradients
/// are left as they are where the loss is not finite.
struct LossAndNorm {
  double loss, norm;
};
LossAndNorm clip_gradients(const torch::Tensor& loss, const std::vector<torch::Tensor>& parameters,
                           double bound);

}  // namespace eigenrnn
