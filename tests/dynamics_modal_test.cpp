#include <gtest/gtest.h>

#include "dynamics/modal.h"
#include "dynamics_fixture.h"
#include "support/error.h"

namespace eigenrnn {
namespace {

torch::Tensor drives() { return Random(3).normal_tensor({20, 2, 5}); }

TEST(Modal, TimeConstants) {
  EXPECT_NEAR(time_constant(std::polar(std::exp(-0.1), 2.0)), 10.0, 1e-12);
  EXPECT_NEAR(time_constant(std::exp(0.1)), -10.0, 1e-12);
  EXPECT_TRUE(std::isinf(time_constant(1.0)));
  EXPECT_EQ(time_constant(0.0), 0.0);
}

TEST(Modal, TheModesAddUpToTheLinearStates) {
  for (bool normal : {true, false}) {
    const torch::Tensor w = known_matrix(normal);
    const ModalView view = modal_view(w, drives());
    const torch::Tensor composed = view.coordinates.matmul(view.vectors.t());
    EXPECT_LT(torch::imag(composed).abs().max().item<double>(), 1e-12);
    const torch::Tensor states = linear_states(w, drives());
    EXPECT_TRUE(torch::allclose(torch::real(composed), states, 0, 1e-12));

    // Written out: h_20 = Σ_j W^j d_{20−j}
    torch::Tensor last = torch::zeros({2, 5}, torch::kFloat64);
    for (int64_t j = 0; j < 20; ++j) {
      last += drives()[19 - j].matmul(torch::matrix_power(w, j).t());
    }
    EXPECT_TRUE(torch::allclose(states[19], last, 0, 1e-12));

    double energy = 0.0;
    const std::vector<double> moduli = {0.9, 0.9, 0.8, 0.6, 0.6};
    for (size_t i = 0; i < 5; ++i) {
      EXPECT_NEAR(std::abs(view.modes[i].eigenvalue), moduli[i], 1e-12);
      EXPECT_NEAR(view.modes[i].time_constant, -1.0 / std::log(moduli[i]), 1e-9);
      energy += view.modes[i].energy;
    }
    const double expected = states.square().sum(2).mean().item<double>();
    // In an orthogonal basis energies add up (Parseval), in another they do not.
    EXPECT_EQ(std::abs(energy / expected - 1.0) < 1e-10, normal);
    EXPECT_EQ(view.warning, "");
  }
}

TEST(Modal, AStationaryModeHasTheEnergyOfAnAutoregression) {
  // c_t = λ c_{t−1} + d_t with a unit drive: c_t = (1 − λ^t)/(1 − λ)
  const torch::Tensor w = torch::full({1, 1}, 0.5, torch::kFloat64);
  const ModalView view = modal_view(w, torch::ones({3, 1, 1}, torch::kFloat64));
  EXPECT_NEAR(view.modes[0].energy, (1.0 + 2.25 + 3.0625) / 3.0, 1e-12);
}

TEST(Modal, ADefectiveMatrixHasNoModesAndAWarning) {
  torch::Tensor jordan = 0.5 * torch::eye(5, torch::kFloat64);
  jordan[0][1] = 1.0;
  const ModalView view = modal_view(jordan, drives());
  EXPECT_TRUE(view.modes.empty());
  EXPECT_FALSE(view.coordinates.defined());
  EXPECT_NE(view.warning.find("defective"), std::string::npos);
  EXPECT_TRUE(torch::isfinite(linear_states(jordan, drives())).all().item<bool>());

  jordan[1][0] = 1e-10;
  const ModalView nearly = modal_view(jordan, drives());
  EXPECT_NE(nearly.warning.find("nearly defective"), std::string::npos);
  const torch::Tensor composed = torch::real(nearly.coordinates.matmul(nearly.vectors.t()));
  EXPECT_TRUE(torch::allclose(composed, linear_states(jordan, drives()), 0, 1e-9));

  jordan[1][0] = NAN;
  EXPECT_NE(modal_view(jordan, drives()).warning.find("not finite"), std::string::npos);
}

TEST(Modal, TanhIsLinearForSmallInputsAndSaturatesForLargeOnes) {
  const StateMap map(cell_named("rnn_tanh"),
                     layer_of(known_matrix(true), Random(4).normal_tensor({5, 2})));
  const torch::Tensor input = Random(5).normal_tensor({30, 4, 2});
  const auto errors = linearity_errors(map, input, {1e-4, 1e-3, 1.0, 100.0});
  EXPECT_LT(errors[0].relative_error, 1e-5);
  EXPECT_NEAR(errors[1].relative_error / errors[0].relative_error, 100.0, 1.0);  // of order s²
  EXPECT_GT(errors[2].relative_error, 0.1);
  EXPECT_GT(errors[3].relative_error, 10.0);
  EXPECT_EQ(errors[0].saturated, 0.0);
  EXPECT_GT(errors[3].saturated, 0.9);
}

TEST(Modal, ReluErrsAlikeAtEveryScale) {
  const StateMap map(cell_named("rnn_relu"),
                     layer_of(known_matrix(true), Random(4).normal_tensor({5, 2})));
  const auto errors = linearity_errors(map, Random(5).normal_tensor({30, 4, 2}), {1e-3, 10.0});
  EXPECT_NEAR(errors[0].relative_error, errors[1].relative_error, 1e-9);
  EXPECT_GT(errors[0].relative_error, 0.1);
}

TEST(Modal, AGatedCellIsNoLinearModelWithAnActivation) {
  const StateMap map(cell_named("gru"), draw_double_weights(cell_named("gru"), 3, 1));
  EXPECT_THROW(linearity_errors(map, torch::zeros({2, 1, 1}), {1.0}), Error);
}

}  // namespace
}  // namespace eigenrnn
