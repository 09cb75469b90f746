#include <cmath>
#include <limits>

#include <gtest/gtest.h>
#include <torch/nn/modules/linear.h>

#include "linear_algebra/block_spectrum.h"
#include "model/recurrent_network.h"
#include "model/recurrent_spectra.h"

namespace eigenrnn {
namespace {

using Complex = std::complex<double>;

RecurrentSettings settings_of(const std::string& cell, const std::string& initializer,
                              int64_t layers) {
  const InitializerInfo& info = InitializerRegistry::instance().at(initializer);
  RecurrentSettings settings;
  settings.cell = &cell_named(cell);
  settings.initializer = info.make(Options::resolve(info.options, nlohmann::json::object()));
  settings.hidden_size = 4;
  settings.layers = layers;
  return settings;
}

TEST(Spectrum, OfKnownMatrices) {
  const BlockSpectrum rotation =
      matrix_spectrum(torch::tensor({{0.6, -0.8}, {0.8, 0.6}}, torch::kFloat64));
  ASSERT_EQ(rotation.eigenvalues.size(), 2u);
  EXPECT_NEAR(std::abs(rotation.eigenvalues[0] - Complex(0.6, -0.8)), 0.0, 1e-15);
  EXPECT_NEAR(std::abs(rotation.eigenvalues[1] - Complex(0.6, 0.8)), 0.0, 1e-15);
  EXPECT_NEAR(rotation.spectral_radius, 1.0, 1e-15);
  EXPECT_NEAR(rotation.spectral_norm, 1.0, 1e-15);

  // Far from normal: the eigenvalues are small and the norm is not.
  const BlockSpectrum shear = matrix_spectrum(torch::tensor({{0.25, 12.0}, {0.0, -0.5}}));
  EXPECT_NEAR(std::abs(shear.eigenvalues[0] - Complex(-0.5, 0.0)), 0.0, 1e-15);
  EXPECT_NEAR(std::abs(shear.eigenvalues[1] - Complex(0.25, 0.0)), 0.0, 1e-15);
  EXPECT_EQ(shear.spectral_radius, 0.5);
  const double squares = 0.0625 + 144.0 + 0.25, determinant = -0.125;
  EXPECT_NEAR(
      shear.spectral_norm,
      std::sqrt((squares + std::sqrt(squares * squares - 4.0 * determinant * determinant)) / 2.0),
      1e-12);
}

TEST(Spectrum, OfWhatIsNotFiniteIsNaN) {
  for (float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    torch::Tensor matrix = torch::eye(3);
    matrix[1][2] = bad;
    const BlockSpectrum spectrum = matrix_spectrum(matrix);
    EXPECT_TRUE(spectrum.eigenvalues.empty());
    EXPECT_TRUE(std::isnan(spectrum.spectral_radius));
    EXPECT_TRUE(std::isnan(spectrum.spectral_norm));
    EXPECT_EQ(to_json(spectrum).dump(),
              R"({"departure_from_normality":null,"eigenvalues":[],"eigenvector_condition":null,)"
              R"("fraction_outside":null,"gate":"","layer":"","relative_departure":null,)"
              R"("spectral_norm":null,"spectral_radius":null,"warning":null})");
  }
}

TEST(Spectrum, OfWhatIsNotSquareIsAnError) {
  EXPECT_THROW(matrix_spectrum(torch::zeros({2, 3})), c10::Error);
}

TEST(Spectrum, JsonHasSixDigits) {
  BlockSpectrum spectrum;
  spectrum.layer = "layer0";
  spectrum.gate = "f";
  spectrum.eigenvalues = {{1.0 / 3.0, -2.0e-9 / 3.0}, {1.0, 0.0}};
  spectrum.spectral_radius = 1.0;
  spectrum.spectral_norm = 1e7 / 3;
  spectrum.fraction_outside = 0.5;
  spectrum.departure_from_normality = 2.0 / 3.0;
  spectrum.relative_departure = 0.1;
  spectrum.warning = "nearly defective";
  EXPECT_EQ(to_json(spectrum).dump(),
            R"({"departure_from_normality":0.666667,)"
            R"("eigenvalues":[[0.333333,-6.66667e-10],[1.0,0.0]],"eigenvector_condition":null,)"
            R"("fraction_outside":0.5,"gate":"f","layer":"layer0","relative_departure":0.1,)"
            R"("spectral_norm":3333330.0,"spectral_radius":1.0,"warning":"nearly defective"})");
}

TEST(Spectrum, OfAModelNamesLayersAndGates) {
  struct Model : torch::nn::Module {
    RecurrentNetwork recurrent{settings_of("lstm", "xavier", 2), 3, Random(0)};
    Model() {
      register_module("encoder", std::make_shared<RecurrentNetwork>(recurrent));
      register_module("head", std::make_shared<torch::nn::LinearImpl>(4, 1));
    }
  };
  const Model model;
  const std::vector<BlockSpectrum> spectra = recurrent_spectra(model);
  ASSERT_EQ(spectra.size(), 8u);
  const std::vector<std::string> gates = {"i", "f", "g", "o"};
  for (size_t i = 0; i < spectra.size(); ++i) {
    EXPECT_EQ(spectra[i].layer, i < 4 ? "encoder.layer0" : "encoder.layer1");
    EXPECT_EQ(spectra[i].gate, gates[i % 4]);
    EXPECT_EQ(spectra[i].eigenvalues.size(), 4u);
  }
  // The right block, and not another: that of the second layer's forget gate.
  const torch::Tensor weight = model.named_parameters()["encoder.layer1.weight_hh"];
  EXPECT_EQ(spectra[5].eigenvalues, matrix_spectrum(weight.slice(0, 4, 8)).eigenvalues);
  EXPECT_NE(spectra[5].eigenvalues, spectra[4].eigenvalues);
}

TEST(Spectrum, OfALayerFollowsItsWeights) {
  const RecurrentLayer layer(settings_of("rnn_relu", "irnn", 1), 3, Random(0));
  {
    torch::NoGradGuard no_grad;
    layer.parameters()[1].mul_(0.5);  // weight_hh, as training would change it
  }
  const std::vector<BlockSpectrum> spectra = recurrent_spectra(layer);
  ASSERT_EQ(spectra.size(), 1u);
  EXPECT_EQ(spectra[0].layer, "");
  EXPECT_EQ(spectra[0].gate, "h");
  EXPECT_EQ(spectra[0].eigenvalues, std::vector<Complex>(4, Complex(0.5, 0.0)));
}

TEST(Spectrum, LargestModulusComesFirst) {
  const RecurrentNetwork network(settings_of("gru", "kaiming", 1), 3, Random(1));
  for (const BlockSpectrum& spectrum : recurrent_spectra(network)) {
    for (size_t i = 1; i < spectrum.eigenvalues.size(); ++i) {
      EXPECT_GE(std::abs(spectrum.eigenvalues[i - 1]), std::abs(spectrum.eigenvalues[i]));
    }
    EXPECT_EQ(spectrum.spectral_radius, std::abs(spectrum.eigenvalues[0]));
    EXPECT_GE(spectrum.spectral_norm, spectrum.spectral_radius);
  }
}

}  // namespace
}  // namespace eigenrnn
