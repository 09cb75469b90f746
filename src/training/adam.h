#pragma once
#include <optional>
#include <vector>

#include <torch/torch.h>

namespace eigenrnn {

/// LibTorch's Adam with its state and checkpoints, but on the CPU a step is one pass over each
/// parameter, where LibTorch's are a dozen calls that cost more than a small network's gradients.
/// Not bit for bit LibTorch's: it rounds at other places.
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
  // Over each parameter with a gradient; nothing if one has no moments yet, or lies where no pass
  // reaches it.
  std::optional<std::vector<Pass>> passes();
};

}  // namespace eigenrnn
