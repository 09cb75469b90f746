#pragma once
#include <cmath>

#include "linear_algebra/eigenbasis.h"
#include "support/random.h"

namespace eigenrnn {

/// What the eigenvalues of the `eigen` initializer are drawn from.
struct SpectrumLaw {
  double radius_low = 1.0, radius_high = 1.0;  // moduli, uniform in area: ρ² ~ U(low², high²)
  double phase_min = 0.0, phase_max = M_PI;    // phases of the pairs, uniform, in radians
  double real_fraction = 0.0;                  // of the H eigenvalues; the rest are pairs
  /// In the place of the radius where they are not 0: ρ = exp(−1/τ), log τ uniform. What a mode
  /// holds decays by e in τ steps.
  double time_low = 0.0, time_high = 0.0;
};

/// One modulus of the law.
double draw_modulus(const SpectrumLaw& law, Random& random);

/// `size` eigenvalues. As many are real as comes nearest to real_fraction and leaves an even
/// number for the pairs: an odd `size` always has a real one. A real eigenvalue has the phase 0
/// or π: whichever the phases of the law include, by a fair coin if both. Pairs come in the order
/// of their phases, reals in ascending order. Throws Error if a real one is needed and the phases
/// include neither 0 nor π.
Spectrum draw_spectrum(const SpectrumLaw& law, int64_t size, Random& random);

/// `size` eigenvalues drawn with replacement from those of `observed`: a bootstrap. The share of
/// real ones is the observed one, to the nearest count that leaves pairs, and moduli above 1 stay
/// as they are. In the order of draw_spectrum. Throws Error if `size` is odd, so that one must be
/// real, and none was observed.
Spectrum resample_spectrum(const Spectrum& observed, int64_t size, Random& random);

}  // namespace eigenrnn
