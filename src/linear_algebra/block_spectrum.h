#pragma once
#include <complex>
#include <limits>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <torch/types.h>

namespace eigenrnn {

/// Float32 rounding leaves an eigenvalue of an orthogonal matrix this near to the unit circle.
constexpr double kUnitCircleTolerance = 1e-6;

/// The spectrum of one H×H block of recurrent weights W = V·Λ·V⁻¹. All numbers are NaN if there
/// are no eigenvalues.
struct BlockSpectrum {
  static constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

  std::string layer, gate;  // as in "recurrent.layer0" and "f"
  /// H of them, the largest modulus first, equal moduli by phase in (−π, π]; none if the block has
  /// a NaN or an infinity.
  std::vector<std::complex<double>> eigenvalues;
  double spectral_radius = kNaN;   // the largest modulus
  double spectral_norm = kNaN;     // the largest singular value
  double fraction_outside = kNaN;  // of the eigenvalues: |λ| > 1 + kUnitCircleTolerance
  /// sqrt(‖W‖_F² − Σ|λ|²), 0 for a normal matrix (Henrici 1962, "Bounds for iterates, inverses,
  /// spectral variation and fields of values of non-normal matrices"), and as a part of ‖W‖_F,
  /// which is in [0, 1]. Rounding limits the relative one to about 1e-7 from below.
  double departure_from_normality = kNaN, relative_departure = kNaN;
  /// κ₂(V) ≥ 1, the columns of V being unit vectors; 1 for a normal matrix with simple
  /// eigenvalues. NaN if W is defective to working precision: V is singular.
  double eigenvector_condition = kNaN;
  /// Why the eigenvalues are not to be taken at face value; mostly empty. A change of W by E
  /// moves an eigenvalue by up to κ₂(V)·‖E‖₂ (Bauer & Fike 1960), and weights are rounded to
  /// float32: so from a κ₂(V) of about 17,000 on, by more than a thousandth of ‖W‖₂.
  std::string warning;
};

/// Of one matrix [H, H] of any floating type and device, computed in double; `layer` and `gate`
/// stay empty. Never throws for values that are not finite: a diverged network has a spectrum too.
BlockSpectrum matrix_spectrum(const torch::Tensor& matrix);

/// The fields by their names, the eigenvalues as [[re, im], …]. Numbers have 6 significant digits,
/// NaN is null, and so is an empty warning.
nlohmann::json to_json(const BlockSpectrum& spectrum);

}  // namespace eigenrnn
