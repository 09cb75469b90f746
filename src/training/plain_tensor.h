#pragma once
#include <torch/types.h>

namespace eigenrnn {

/// Does a loop over data_ptr<float>() reach all of it?
inline bool is_plain(const torch::Tensor& tensor) {
  return tensor.device().is_cpu() && tensor.layout() == torch::kStrided &&
         tensor.scalar_type() == torch::kFloat32 && tensor.is_contiguous();
}

}  // namespace eigenrnn
