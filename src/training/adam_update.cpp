// Loops alone, which the compiler turns into vector instructions: built without errno for sqrt, and
// without LibTorch's headers.

#include "training/adam_update.h"

#include <cmath>

namespace eigenrnn {

void adam_update(const AdamStep& step, int64_t n, const float* __restrict gradients,
                 float* __restrict weights, float* __restrict first_moments,
                 float* __restrict second_moments) {
  for (int64_t i = 0; i < n; ++i) {
    const float gradient = gradients[i] + step.weight_decay * weights[i];
    const float first = step.beta1 * first_moments[i] + (1.0F - step.beta1) * gradient;
    const float second = step.beta2 * second_moments[i] + (1.0F - step.beta2) * gradient * gradient;
    first_moments[i] = first;
    second_moments[i] = second;
    weights[i] -=
        step.step_size * first / (std::sqrt(second) / step.root_correction + step.epsilon);
  }
}

double sum_of_squares(int64_t n, const float* values) {
  constexpr int64_t kLanes = 8;  // sums apart, since the compiler may not reorder one
  double sums[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (int64_t lane = 0; lane < kLanes; ++lane) {
      const double value = values[i + lane];
      sums[lane] += value * value;
    }
  }
  double sum = 0;
  for (; i < n; ++i) sum += static_cast<double>(values[i]) * static_cast<double>(values[i]);
  for (const double lane : sums) sum += lane;
  return sum;
}

}  // namespace eigenrnn
