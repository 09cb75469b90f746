#include "model/batch.h"

namespace eigenrnn {

namespace {

// The copy to a GPU is waited for by its kernels, not by the program: for that it must be made from
// pinned memory.
torch::Tensor moved(const torch::Tensor& tensor, torch::Device device) {
  if (!device.is_cuda() || !tensor.device().is_cpu()) return tensor.to(device);
  return tensor.pin_memory().to(device, /*non_blocking=*/true);
}

}  // namespace

Batch Batch::to(torch::Device device) const {
  return {moved(input, device), lengths, moved(target, device), target_lengths};
}

}  // namespace eigenrnn
