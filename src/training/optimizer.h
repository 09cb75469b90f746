#pragma once
#include <memory>
#include <vector>

#include <torch/torch.h>

#include "run/settings.h"

namespace eigenrnn {

/// LibTorch's Adam, RMSprop or SGD with momentum, as a manifest's training section says.
std::unique_ptr<torch::optim::Optimizer> make_optimizer(const TrainingSettings& training,
                                                        std::vector<torch::Tensor> parameters);

}  // namespace eigenrnn
