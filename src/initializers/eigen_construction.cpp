#include "initializers/eigen_construction.h"

#include <algorithm>
#include <complex>
#include <numeric>
#include <tuple>
#include <vector>

#include <fmt/format.h>

#include "initializers/haar.h"
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

Eigenbasis decompose(const torch::Tensor& matrix) {
  const auto [values, vectors] = torch::linalg_eig(matrix);
  const torch::Tensor eigenvalues = values.contiguous();
  const auto* lambda = eigenvalues.data_ptr<c10::complex<double>>();
  const auto phase = [&](int64_t i) { return std::arg(std::complex<double>(lambda[i])); };

  // Of a real matrix LAPACK gives real eigenvalues an imaginary part of exactly 0.
  std::vector<int64_t> pairs, reals;
  for (int64_t i = 0; i < eigenvalues.numel(); ++i) {
    if (lambda[i].imag() > 0.0) pairs.push_back(i);
    if (lambda[i].imag() == 0.0) reals.push_back(i);
  }
  std::sort(pairs.begin(), pairs.end(), [&](int64_t a, int64_t b) { return phase(a) < phase(b); });
  std::sort(reals.begin(), reals.end(),
            [&](int64_t a, int64_t b) { return lambda[a].real() < lambda[b].real(); });

  Eigenbasis result;
  std::vector<torch::Tensor> columns;
  for (int64_t i : pairs) {
    result.spectrum.pairs.push_back(std::complex<double>(lambda[i]));
    // A unit vector splits into two parts; √2 brings both to the length of a real eigenvector.
    const torch::Tensor vector = std::sqrt(2.0) * vectors.select(1, i);
    columns.push_back(torch::real(vector));
    columns.push_back(torch::imag(vector));
  }
  for (int64_t i : reals) {
    const torch::Tensor vector = vectors.select(1, i);
    TORCH_CHECK(torch::imag(vector).abs().max().item<double>() < 1e-12,
                "decompose: the eigenvector of the real eigenvalue ", lambda[i].real(),
                " is not real");
    result.spectrum.reals.push_back(lambda[i].real());
    columns.push_back(torch::real(vector));
  }
  result.vectors = torch::stack(columns, /*dim=*/1);
  return result;
}

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
