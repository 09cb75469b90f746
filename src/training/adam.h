#pragma once
#include <optional>
#include <vector>

#include <torch/optim/adam.h>

#include "training/adam_update.h"

namespace eigenrnn {

/// LibTorch's Adam with its state and checkpoints, but a step is one pass over each parameter on
/// the CPU, and one call for all of them on a GPU, where LibTorch's are a dozen calls for each that
/// cost more than a small network's gradients. Not bit for bit LibTorch's: it rounds at other
/// places.
class Adam : public torch::optim::Adam {
 public:
  using torch::optim::Adam::Adam;
  torch::Tensor step(LossClosure closure = nullptr) override;

 private:
  struct Pass {
    const torch::optim::AdamOptions& options;
    torch::Tensor parameter;
    torch::optim::AdamParamState& state;
  };
  // Over each parameter with a gradient; nothing if one has no moments yet.
  std::optional<std::vector<Pass>> passes();
};

/// Parameters whose step is the same, with their gradients and moments.
struct AdamLists {
  AdamStep step;
  std::vector<torch::Tensor> gradients, weights, first_moments, second_moments;
};

/// Moves all weights and moments, on any device.
void adam_update(const AdamLists& lists);

}  // namespace eigenrnn
