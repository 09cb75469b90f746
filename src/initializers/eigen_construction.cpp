#include "initializers/eigen_construction.h"

#include <algorithm>
#include <complex>
#include <numeric>
#include <tuple>
#include <vector>

#include <fmt/format.h>

#include "linear_algebra/haar.h"
#include "support/error.h"

namespace eigenrnn {
namespace {

constexpr int kTries = 10;
constexpr double kAcceptedShift = 5e-5;

// Bauer & Fike 1960, "Norms and exclusion theorems": V⁻¹·float(W)·V is B but for a perturbation,
// and since B is normal, no eigenvalue of float(W) is farther from those of B than its norm.
double eigenvalue_shift(const torch::Tensor& weight, const torch::Tensor& vectors,
                        const torch::Tensor& inverse, const torch::Tensor& blocks) {
  const torch::Tensor rounded = weight.to(torch::kFloat32).to(torch::kFloat64);
  return (inverse.matmul(rounded).matmul(vectors) - blocks).norm().item<double>();
}

}  // namespace

EigenMatrix compose(const std::function<Eigenbasis()>& draw) {
  double shift = 0.0;
  for (int i = 0; i < kTries; ++i) {
    const Eigenbasis drawn = draw();
    const torch::Tensor blocks = block_diagonal(drawn.spectrum);
    const auto [inverse, failed] = torch::linalg_inv_ex(drawn.vectors);
    const torch::Tensor weight = drawn.vectors.matmul(blocks).matmul(inverse);
    shift = eigenvalue_shift(weight, drawn.vectors, inverse, blocks);
    const bool invertible = failed.item<int>() == 0;
    if (invertible && shift <= kAcceptedShift) return {drawn.spectrum, weight};
  }
  throw Error(fmt::format(
      "eigen: {} bases in a row were too ill-conditioned; in the last one, rounding the weights to "
      "float32 could move an eigenvalue by {:.2g}, and {:g} is the limit. Take basis orthogonal, a "
      "smaller radius, or fewer hidden units",
      kTries, shift, kAcceptedShift));
}

EigenMatrix eigen_in_orthogonal_basis(const Spectrum& spectrum, Random& random) {
  return compose([&] { return Eigenbasis{spectrum, haar_orthogonal(spectrum.size(), random)}; });
}

EigenMatrix eigen_in_gaussian_basis(const Spectrum& spectrum, Random& random) {
  const int64_t size = spectrum.size();
  return compose([&] {
    return Eigenbasis{spectrum, decompose(random.normal_tensor({size, size})).vectors};
  });
}

EigenMatrix eigen_respectral(const SpectrumLaw& law,
                             const std::function<torch::Tensor(Random&)>& base, Random& random) {
  return compose([&] {
    Eigenbasis basis = decompose(base(random));
    for (std::complex<double>& value : basis.spectrum.pairs) {
      value = std::polar(draw_modulus(law, random), std::arg(value));
    }
    for (double& value : basis.spectrum.reals) {
      value = std::copysign(draw_modulus(law, random), value);
    }
    return basis;
  });
}

}  // namespace eigenrnn
