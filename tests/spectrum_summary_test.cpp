#include "linear_algebra/spectrum_summary.h"

#include <cmath>

#include <gtest/gtest.h>

namespace eigenrnn {
namespace {

TEST(SpectrumSummary, OfAKnownSpectrum) {
  // Moduli 0, 0.5, 1, 2 and 2: one real 0, one real −0.5, one real 1 and the pair ±2i.
  const torch::Tensor matrix = torch::zeros({5, 5}, torch::kFloat64);
  matrix[1][1] = -0.5;
  matrix[2][2] = 1.0;
  matrix[3][4] = 2.0;
  matrix[4][3] = -2.0;
  BlockSpectrum block = matrix_spectrum(matrix);
  block.layer = "recurrent.layer0";
  block.gate = "h";
  const SpectrumSummary summary = summarize(block);
  EXPECT_NEAR(summary.spectral_radius, 2.0, 1e-12);
  EXPECT_NEAR(summary.spectral_norm, 2.0, 1e-12);
  EXPECT_NEAR(summary.fraction_outside, 0.4, 1e-12);  // 1 itself is not outside
  EXPECT_NEAR(summary.fraction_real, 0.6, 1e-12);
  EXPECT_NEAR(summary.relative_departure, 0.0, 1e-7);  // it is normal
  EXPECT_NEAR(summary.eigenvector_condition, 1.0, 1e-7);
  EXPECT_NEAR(summary.mean_modulus, 1.1, 1e-12);
  const std::array<double, 5> expected = {0.1, 0.5, 1.0, 2.0, 2.0};
  for (size_t i = 0; i < 5; ++i) EXPECT_NEAR(summary.modulus_quantiles[i], expected[i], 1e-12);
  EXPECT_EQ(to_json(summary).at("modulus_quantiles"), nlohmann::json({0.1, 0.5, 1.0, 2.0, 2.0}));
  EXPECT_EQ(to_json(summary).at("layer"), "recurrent.layer0");
}

TEST(SpectrumSummary, WeightsThatAreNotFiniteGiveNulls) {
  const nlohmann::json json =
      to_json(summarize(matrix_spectrum(torch::full({2, 2}, NAN, torch::kFloat32))));
  for (const char* name : {"spectral_radius", "fraction_outside", "mean_modulus"}) {
    EXPECT_TRUE(json.at(name).is_null()) << name;
  }
  EXPECT_TRUE(json.at("modulus_quantiles")[2].is_null());
}

}  // namespace
}  // namespace eigenrnn
