#pragma once
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
  // Has every parameter with a gradient moments of its own by now, and lies where a pass reaches
  // it?
  bool can_pass();
  torch::optim::AdamParamState* state_of(const torch::Tensor& parameter);
};

}  // namespace eigenrnn
