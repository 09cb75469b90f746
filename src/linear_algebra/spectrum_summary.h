#pragma once
#include <array>
#include <string>

#include <nlohmann/json.hpp>

#include "linear_algebra/block_spectrum.h"

namespace eigenrnn {

/// The quantiles that a summary has.
constexpr std::array<double, 5> kModulusQuantiles = {0.05, 0.25, 0.5, 0.75, 0.95};

/// A spectrum in a few numbers, small enough to keep after every epoch. All NaN if the block has
/// no eigenvalues.
struct SpectrumSummary {
  std::string layer, gate;
  // As in BlockSpectrum.
  double spectral_radius, spectral_norm, fraction_outside, relative_departure;
  double eigenvector_condition;
  double fraction_real;  // share with an imaginary part of 0
  double mean_modulus;
  /// Of the moduli, at kModulusQuantiles; linear between neighbours (Hyndman & Fan 1996, type 7).
  std::array<double, kModulusQuantiles.size()> modulus_quantiles;
};

SpectrumSummary summarize(const BlockSpectrum& spectrum);

/// The fields by their names, numbers to 4 significant digits, NaN as null.
nlohmann::json to_json(const SpectrumSummary& summary);

}  // namespace eigenrnn
