#pragma once
#include <torch/types.h>

#include "support/random.h"

namespace eigenrnn {

/// An orthogonal matrix [size, size], float64, from the Haar measure: no direction is preferred.
/// QR = G of a Gaussian G, then Q·diag(sign(diag R)), without which the law would be that of the
/// QR routine (Mezzadri 2007, "How to generate random matrices from the classical compact
/// groups", section 5).
torch::Tensor haar_orthogonal(int64_t size, Random& random);

}  // namespace eigenrnn
