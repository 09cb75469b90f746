#include <cmath>

#include <gtest/gtest.h>

#include "linear_algebra/block_spectrum.h"
#include "linear_algebra/haar.h"

namespace eigenrnn {
namespace {

// λ on the diagonal, 1 above it: one eigenvector for the whole space.
torch::Tensor jordan_block(double value, int64_t size) {
  const torch::Tensor ones = torch::ones({size - 1}, torch::kFloat64);
  return value * torch::eye(size, torch::kFloat64) + torch::diag(ones, 1);
}

TEST(SpectrumMeasures, OfANormalMatrix) {
  Random random(1);
  const BlockSpectrum spectrum = matrix_spectrum(0.9 * haar_orthogonal(32, random));
  EXPECT_NEAR(spectrum.spectral_radius, 0.9, 1e-12);
  EXPECT_LT(spectrum.relative_departure, 1e-7);
  EXPECT_NEAR(spectrum.eigenvector_condition, 1.0, 1e-10);
  EXPECT_EQ(spectrum.fraction_outside, 0.0);
  EXPECT_EQ(spectrum.warning, "");
}

TEST(SpectrumMeasures, OfATriangularMatrix) {
  // Eigenvalues 2 and 1, eigenvectors (1, 0) and (1, -1/3)/‖·‖ at an angle of cos φ = 3/√10:
  // κ² = (1 + cos φ)/(1 − cos φ).
  const BlockSpectrum spectrum =
      matrix_spectrum(torch::tensor({{2.0, 3.0}, {0.0, 1.0}}, torch::kFloat64));
  EXPECT_NEAR(spectrum.departure_from_normality, 3.0, 1e-12);
  EXPECT_NEAR(spectrum.relative_departure, 3.0 / std::sqrt(14.0), 1e-12);
  const double cosine = 3.0 / std::sqrt(10.0);
  EXPECT_NEAR(spectrum.eigenvector_condition, std::sqrt((1 + cosine) / (1 - cosine)), 1e-12);
  EXPECT_EQ(spectrum.fraction_outside, 0.5);  // 1 is on the circle
}

TEST(SpectrumMeasures, TheConditionIsThatOfTheComplexEigenvectors) {
  Random random(2);
  const torch::Tensor matrix = random.normal_tensor({15, 15});
  const torch::Tensor values = torch::linalg_svdvals(std::get<1>(torch::linalg_eig(matrix)));
  const double expected = values.max().item<double>() / values.min().item<double>();
  EXPECT_NEAR(matrix_spectrum(matrix).eigenvector_condition / expected, 1.0, 1e-9);
}

TEST(SpectrumMeasures, RoundingToFloatPutsNoEigenvalueOutside) {
  Random random(3);
  const torch::Tensor rounded = haar_orthogonal(64, random).to(torch::kFloat32);
  EXPECT_EQ(matrix_spectrum(rounded).fraction_outside, 0.0);
  EXPECT_EQ(matrix_spectrum(1.001 * rounded).fraction_outside, 1.0);
}

TEST(SpectrumMeasures, ADefectiveMatrixIsToldFromOthers) {
  for (int64_t size : {2, 6}) {
    const BlockSpectrum spectrum = matrix_spectrum(jordan_block(0.5, size));
    EXPECT_NE(spectrum.warning.find("defective to working precision"), std::string::npos);
    EXPECT_TRUE(std::isnan(spectrum.eigenvector_condition));
    EXPECT_NEAR(spectrum.spectral_radius, 0.5, 1e-12);
    EXPECT_NEAR(spectrum.departure_from_normality, std::sqrt(size - 1.0), 1e-12);
  }
}

TEST(SpectrumMeasures, ANearlyDefectiveMatrixWarns) {
  for (int64_t size : {2, 8}) {
    torch::Tensor matrix = jordan_block(0.5, size);
    matrix[size - 1][0] = 1e-10;  // eigenvalues on a circle of radius 1e-10^(1/size) around 0.5
    const BlockSpectrum spectrum = matrix_spectrum(matrix);
    EXPECT_NE(spectrum.warning.find("nearly defective"), std::string::npos);
    const double radius = std::pow(1e-10, 1.0 / static_cast<double>(size));
    // V is a Fourier matrix times the powers of the radius.
    const double condition = std::pow(radius, 1.0 - static_cast<double>(size));
    EXPECT_NEAR(spectrum.eigenvector_condition / condition, 1.0, 1e-4);
    EXPECT_NEAR(spectrum.spectral_radius, 0.5 + radius, 1e-9);
  }
}

TEST(SpectrumMeasures, AGaussianMatrixDoesNotWarn) {
  for (uint64_t seed = 0; seed < 3; ++seed) {
    Random random(seed);
    const BlockSpectrum spectrum = matrix_spectrum(random.normal_tensor({64, 64}, 0.125));
    EXPECT_EQ(spectrum.warning, "");
    EXPECT_GT(spectrum.eigenvector_condition, 1.0);
    EXPECT_GT(spectrum.relative_departure, 0.3);
  }
}

}  // namespace
}  // namespace eigenrnn
