#include "dynamics/lyapunov.h"

#include <algorithm>
#include <tuple>

#include "linear_algebra/haar.h"

namespace eigenrnn {

std::vector<double> lyapunov_exponents(const std::function<torch::Tensor(int64_t t)>& jacobian,
                                       const LyapunovSettings& settings) {
  TORCH_CHECK(settings.steps >= 1 && settings.transient >= 0, "lyapunov_exponents: steps is ",
              settings.steps, " and transient ", settings.transient,
              ", and they must be at least 1 and 0");
  torch::Tensor frame, sums;
  for (int64_t t = 1; t <= settings.transient + settings.steps; ++t) {
    const torch::Tensor step = jacobian(t);
    if (!frame.defined()) {
      const int64_t size = step.size(0);
      const int64_t count = settings.exponents > 0 ? std::min(settings.exponents, size) : size;
      Random random(0);  // any frame that is in general position does
      frame = haar_orthogonal(size, random).slice(1, 0, count);
      sums = torch::zeros({count}, torch::kFloat64);
    }
    torch::Tensor upper;
    std::tie(frame, upper) = torch::linalg_qr(step.matmul(frame));
    if (t > settings.transient) sums += upper.diagonal().abs().log();
  }
  const torch::Tensor means =
      std::get<0>((sums / static_cast<double>(settings.steps)).sort(0, /*descending=*/true))
          .contiguous();
  return {means.data_ptr<double>(), means.data_ptr<double>() + means.numel()};
}

}  // namespace eigenrnn
