#include "linear_algebra/haar.h"

#include <tuple>

namespace eigenrnn {

torch::Tensor haar_orthogonal(int64_t size, Random& random) {
  const auto [q, r] = torch::linalg_qr(random.normal_tensor({size, size}));
  const torch::Tensor diagonal = r.diagonal();
  return q * torch::where(diagonal.lt(0.0), -torch::ones_like(diagonal),
                          torch::ones_like(diagonal));  // scales column j by the sign of R_jj
}

}  // namespace eigenrnn
