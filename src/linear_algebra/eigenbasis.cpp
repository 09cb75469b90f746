#include "linear_algebra/eigenbasis.h"

#include <algorithm>
#include <cmath>

namespace eigenrnn {

std::vector<std::complex<double>> Spectrum::eigenvalues() const {
  std::vector<std::complex<double>> all(reals.begin(), reals.end());
  for (const std::complex<double>& value : pairs) {
    all.push_back(value);
    all.push_back(std::conj(value));
  }
  return all;
}

torch::Tensor block_diagonal(const Spectrum& spectrum) {
  torch::Tensor result = torch::zeros({spectrum.size(), spectrum.size()}, torch::kFloat64);
  auto b = result.accessor<double, 2>();
  int64_t k = 0;
  for (const std::complex<double>& value : spectrum.pairs) {
    b[k][k] = b[k + 1][k + 1] = value.real();
    b[k][k + 1] = value.imag();
    b[k + 1][k] = -value.imag();
    k += 2;
  }
  for (double value : spectrum.reals) {
    b[k][k] = value;
    ++k;
  }
  return result;
}

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

}  // namespace eigenrnn
