#include "linear_algebra/block_spectrum.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "linear_algebra/eigenbasis.h"
#include "linear_algebra/rounded.h"

namespace eigenrnn {
namespace {

constexpr double kFloatRounding = 0x1p-24, kLargestShift = 1e-3;  // relative to the norm

bool comes_first(const std::complex<double>& a, const std::complex<double>& b) {
  if (std::abs(a) != std::abs(b)) return std::abs(a) > std::abs(b);
  return std::arg(a) < std::arg(b);
}

void measure_moduli(const torch::Tensor& block, BlockSpectrum& result) {
  double squares = 0.0, outside = 0.0;
  for (const std::complex<double>& value : result.eigenvalues) {
    squares += std::norm(value);
    if (std::abs(value) > 1.0 + kUnitCircleTolerance) outside += 1.0;
  }
  const double norm = block.norm().item<double>();
  result.fraction_outside = outside / static_cast<double>(result.eigenvalues.size());
  result.departure_from_normality = std::sqrt(std::max(0.0, norm * norm - squares));
  result.relative_departure = norm > 0.0 ? result.departure_from_normality / norm : 0.0;
}

// The real basis has √2·Re v and √2·Im v in the place of v and its conjugate, which is a unitary
// change of columns: the singular values are those of V.
void measure_eigenvectors(const torch::Tensor& vectors, BlockSpectrum& result) {
  const torch::Tensor values = torch::linalg_svdvals(vectors);
  const double largest = values.max().item<double>(), smallest = values.min().item<double>();
  const double singular =
      static_cast<double>(values.numel()) * std::numeric_limits<double>::epsilon() * largest;
  if (smallest <= singular) {
    result.warning = "defective to working precision: the eigenvectors do not span the space";
    return;
  }
  result.eigenvector_condition = largest / smallest;
  const double shift = result.eigenvector_condition * kFloatRounding;
  if (shift > kLargestShift) {
    result.warning = fmt::format(
        "nearly defective: with eigenvectors of condition {:.1e}, rounding the weights to float32 "
        "can move an eigenvalue by {:.1g} of the spectral norm",
        result.eigenvector_condition, std::min(shift, 1.0));
  }
}

}  // namespace

BlockSpectrum matrix_spectrum(const torch::Tensor& matrix) {
  TORCH_CHECK(matrix.dim() == 2 && matrix.size(0) == matrix.size(1) && matrix.size(0) >= 1,
              "matrix_spectrum: the matrix is ", matrix.sizes(), ", and must be square");
  BlockSpectrum result;
  const torch::Tensor block = matrix.detach().to(torch::kCPU, torch::kFloat64);
  if (!torch::isfinite(block).all().item<bool>()) return result;

  const Eigenbasis basis = decompose(block);
  result.eigenvalues = basis.spectrum.eigenvalues();
  std::sort(result.eigenvalues.begin(), result.eigenvalues.end(), comes_first);
  result.spectral_radius = std::abs(result.eigenvalues.front());
  result.spectral_norm = torch::linalg_svdvals(block).max().item<double>();
  measure_moduli(block, result);
  measure_eigenvectors(basis.vectors, result);
  return result;
}

nlohmann::json to_json(const BlockSpectrum& spectrum) {
  nlohmann::json eigenvalues = nlohmann::json::array();
  for (const std::complex<double>& value : spectrum.eigenvalues) {
    eigenvalues.push_back({rounded(value.real()), rounded(value.imag())});
  }
  return {
      {"layer", spectrum.layer},
      {"gate", spectrum.gate},
      {"eigenvalues", eigenvalues},
      {"spectral_radius", rounded(spectrum.spectral_radius)},
      {"spectral_norm", rounded(spectrum.spectral_norm)},
      {"fraction_outside", rounded(spectrum.fraction_outside)},
      {"departure_from_normality", rounded(spectrum.departure_from_normality)},
      {"relative_departure", rounded(spectrum.relative_departure)},
      {"eigenvector_condition", rounded(spectrum.eigenvector_condition)},
      {"warning", spectrum.warning.empty() ? nlohmann::json() : nlohmann::json(spectrum.warning)}};
}

}  // namespace eigenrnn
