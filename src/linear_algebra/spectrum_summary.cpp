#include "linear_algebra/spectrum_summary.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "linear_algebra/rounded.h"

namespace eigenrnn {
namespace {

constexpr int kDigits = 4;  // a summary is kept for every epoch
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double quantile(const std::vector<double>& ascending, double share) {
  const double place = share * static_cast<double>(ascending.size() - 1);
  const auto below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, ascending.size() - 1);
  const double weight = place - static_cast<double>(below);
  return (1.0 - weight) * ascending[below] + weight * ascending[above];
}

}  // namespace

SpectrumSummary summarize(const BlockSpectrum& spectrum) {
  SpectrumSummary summary = {spectrum.layer,
                             spectrum.gate,
                             spectrum.spectral_radius,
                             spectrum.spectral_norm,
                             spectrum.fraction_outside,
                             spectrum.relative_departure,
                             spectrum.eigenvector_condition,
                             kNaN,
                             kNaN,
                             {}};
  summary.modulus_quantiles.fill(kNaN);
  if (spectrum.eigenvalues.empty()) return summary;

  std::vector<double> moduli;
  double real = 0.0, sum = 0.0;
  for (const std::complex<double>& value : spectrum.eigenvalues) {
    moduli.push_back(std::abs(value));
    sum += moduli.back();
    real += value.imag() == 0.0 ? 1.0 : 0.0;  // LAPACK leaves exactly 0
  }
  std::sort(moduli.begin(), moduli.end());
  const auto count = static_cast<double>(moduli.size());
  summary.fraction_real = real / count;
  summary.mean_modulus = sum / count;
  for (size_t i = 0; i < kModulusQuantiles.size(); ++i) {
    summary.modulus_quantiles[i] = quantile(moduli, kModulusQuantiles[i]);
  }
  return summary;
}

nlohmann::json to_json(const SpectrumSummary& summary) {
  nlohmann::json quantiles = nlohmann::json::array();
  for (double value : summary.modulus_quantiles) quantiles.push_back(rounded(value, kDigits));
  return {{"layer", summary.layer},
          {"gate", summary.gate},
          {"spectral_radius", rounded(summary.spectral_radius, kDigits)},
          {"spectral_norm", rounded(summary.spectral_norm, kDigits)},
          {"fraction_outside", rounded(summary.fraction_outside, kDigits)},
          {"relative_departure", rounded(summary.relative_departure, kDigits)},
          {"eigenvector_condition", rounded(summary.eigenvector_condition, kDigits)},
          {"fraction_real", rounded(summary.fraction_real, kDigits)},
          {"mean_modulus", rounded(summary.mean_modulus, kDigits)},
          {"modulus_quantiles", quantiles}};
}

}  // namespace eigenrnn
