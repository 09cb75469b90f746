#include "initializers/eigen_spectrum.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "support/error.h"

namespace eigenrnn {
namespace {

// The number of H's parity that is nearest to fraction·H; the larger one if two are.
int64_t real_count(double fraction, int64_t size) {
  const int64_t odd = size % 2;
  const double twos = (fraction * static_cast<double>(size) - static_cast<double>(odd)) / 2.0;
  const int64_t nearest = 2 * static_cast<int64_t>(std::floor(twos + 0.5)) + odd;
  return std::clamp(nearest, odd, size);
}

double draw_sign(const SpectrumLaw& law, int64_t size, Random& random) {
  const bool positive = law.phase_min <= 0.0, negative = law.phase_max >= M_PI;
  if (!positive && !negative) {
    throw Error(fmt::format(
        "eigen: {}, and a real eigenvalue has phase 0 or π, but phases go from {:g} to {:g}; take "
        "phase_min 0 or phase_max π{}",
        size % 2 == 1
            ? fmt::format("H = {} is odd, so one eigenvalue must be real", size)
            : fmt::format("real_fraction {:g} asks for real eigenvalues", law.real_fraction),
        law.phase_min, law.phase_max, size % 2 == 1 ? ", or an even H" : ", or real_fraction 0"));
  }
  if (positive && negative) return random.uniform() < 0.5 ? 1.0 : -1.0;
  return positive ? 1.0 : -1.0;
}

void sort(Spectrum& spectrum) {
  std::sort(spectrum.pairs.begin(), spectrum.pairs.end(),
            [](const auto& a, const auto& b) { return std::arg(a) < std::arg(b); });
  std::sort(spectrum.reals.begin(), spectrum.reals.end());
}

template <class Value>
const Value& any_of(const std::vector<Value>& values, Random& random) {
  return values[static_cast<size_t>(random.index(static_cast<int64_t>(values.size())))];
}

}  // namespace

double draw_modulus(const SpectrumLaw& law, Random& random) {
  if (law.time_high > 0.0) {
    const double log_time = random.uniform(std::log(law.time_low), std::log(law.time_high));
    return std::exp(-std::exp(-log_time));
  }
  if (law.radius_low == law.radius_high) return law.radius_low;  // exactly, and no draw is spent
  return std::sqrt(
      random.uniform(law.radius_low * law.radius_low, law.radius_high * law.radius_high));
}

Spectrum draw_spectrum(const SpectrumLaw& law, int64_t size, Random& random) {
  Spectrum spectrum;
  const int64_t reals = real_count(law.real_fraction, size);
  for (int64_t i = 0; i < (size - reals) / 2; ++i) {
    const double modulus = draw_modulus(law, random);
    spectrum.pairs.push_back(std::polar(modulus, random.uniform(law.phase_min, law.phase_max)));
  }
  for (int64_t i = 0; i < reals; ++i) {
    const double modulus = draw_modulus(law, random);
    spectrum.reals.push_back(modulus * draw_sign(law, size, random));
  }
  sort(spectrum);
  return spectrum;
}

Spectrum resample_spectrum(const Spectrum& observed, int64_t size, Random& random) {
  const double share =
      static_cast<double>(observed.reals.size()) / static_cast<double>(observed.size());
  const int64_t reals = real_count(share, size);
  if (reals > 0 && observed.reals.empty()) {
    throw Error(fmt::format(
        "eigen: H = {} is odd, so one eigenvalue must be real, and none of the {} observed ones "
        "is; take an even H",
        size, observed.size()));
  }
  Spectrum spectrum;
  for (int64_t i = 0; i < (size - reals) / 2; ++i) {
    spectrum.pairs.push_back(any_of(observed.pairs, random));
  }
  for (int64_t i = 0; i < reals; ++i) spectrum.reals.push_back(any_of(observed.reals, random));
  sort(spectrum);
  return spectrum;
}

}  // namespace eigenrnn
