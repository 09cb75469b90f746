#pragma once
#include <cstdint>

namespace eigenrnn {

/// The constants of one step of Adam (Kingma & Ba 2015, algorithm 1).
struct AdamStep {
  float beta1, beta2, epsilon;
  float weight_decay;     // an L2 penalty: added to the gradient
  float step_size;        // the learning rate / (1 − β₁^t)
  float root_correction;  // sqrt(1 − β₂^t)
};

/// Moves `n` weights, and both moments, in one pass.
void adam_update(const AdamStep& step, int64_t n, const float* gradients, float* weights,
                 float* first_moments, float* second_moments);

/// In double precision. What is not finite stays so.
double sum_of_squares(int64_t n, const float* values);

}  // namespace eigenrnn
