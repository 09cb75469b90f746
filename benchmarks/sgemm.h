#pragma once
#include <functional>

#include <torch/types.h>

namespace eigenrnn {

/// A large square product, the limit that `fraction_of_sgemm_peak` is a fraction of.
constexpr int64_t kSgemmSide = 1536;
constexpr double kSgemmGflop = 2e-9 * kSgemmSide * kSgemmSide * kSgemmSide;
inline std::function<void()> sgemm_work() {
  const torch::Tensor a = torch::randn({kSgemmSide, kSgemmSide});
  const torch::Tensor b = torch::randn({kSgemmSide, kSgemmSide});
  torch::Tensor c = torch::empty({kSgemmSide, kSgemmSide});
  return [=]() mutable { torch::mm_out(c, a, b); };
}

}  // namespace eigenrnn
