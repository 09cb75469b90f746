#include <limits>

#include <gtest/gtest.h>

#include "dynamics/gradient_flow.h"
#include "dynamics_fixture.h"

namespace eigenrnn {
namespace {

const std::vector<int64_t> kLags = {0, 1, 2, 5, 9};

TEST(GradientFlow, OfALinearNetworkIsThatOfThePowers) {
  for (bool normal : {true, false}) {
    // tanh around 0 is linear to first order: its Jacobian there is W.
    const torch::Tensor w = known_matrix(normal);
    const StateMap map(cell_named("rnn_tanh"), layer_of(w, torch::ones({5, 1}, torch::kFloat64)));
    const torch::Tensor drives = torch::zeros({9, 2, 5}, torch::kFloat64);
    const GradientFlow flow =
        gradient_flow(map, map.trajectory(drives), drives, /*lengths=*/{}, kLags);
    for (size_t i = 0; i < kLags.size(); ++i) {
      const torch::Tensor power = torch::matrix_power(w, kLags[i]);
      const double norm = torch::linalg_svdvals(power)[0].item<double>();
      const double frobenius = power.norm().item<double>() / std::sqrt(5.0);
      const auto row = static_cast<int64_t>(i);
      EXPECT_NEAR(std::pow(10.0, flow.spectral[row][1].item<double>()), norm, 1e-12);
      EXPECT_NEAR(std::pow(10.0, flow.frobenius[row][1].item<double>()), frobenius, 1e-12);
      if (normal) {
        EXPECT_NEAR(norm, std::pow(0.9, static_cast<double>(kLags[i])), 1e-12);
      }
    }
  }
}

TEST(GradientFlow, OfVeryLongProductsStaysInRange) {
  const torch::Tensor w = 0.01 * torch::eye(3, torch::kFloat64);
  const StateMap map(cell_named("rnn_tanh"), layer_of(w, torch::ones({3, 1}, torch::kFloat64)));
  const torch::Tensor drives = torch::zeros({400, 1, 3}, torch::kFloat64);
  const GradientFlow flow = gradient_flow(map, map.trajectory(drives), drives, {}, {400});
  EXPECT_NEAR(flow.spectral[0][0].item<double>(), -800.0, 1e-9);
  EXPECT_NEAR(flow.frobenius[0][0].item<double>(), -800.0, 1e-9);
}

TEST(GradientFlow, ADeadNetworkPassesNone) {
  const torch::Tensor w = torch::eye(3, torch::kFloat64);
  const StateMap map(cell_named("rnn_relu"), layer_of(w, torch::ones({3, 1}, torch::kFloat64)));
  const torch::Tensor drives = torch::full({4, 1, 3}, -1.0, torch::kFloat64);
  const GradientFlow flow = gradient_flow(map, map.trajectory(drives), drives, {}, {0, 4});
  EXPECT_EQ(flow.spectral[0][0].item<double>(), 0.0);
  EXPECT_EQ(flow.spectral[1][0].item<double>(), -INFINITY);
}

TEST(GradientFlow, SummariesLeaveOutWhatIsTooShort) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const LagSummary summary = summarize(torch::tensor({{3.0, 1.0, 2.0, 6.0, 4.0},
                                                      {-kInfinity, kNaN, 2.0, kNaN, 0.0},
                                                      {kNaN, kNaN, kNaN, kNaN, kNaN}},
                                                     torch::kFloat64));
  EXPECT_EQ(summary.sequences, (std::vector<int64_t>{5, 3, 0}));
  EXPECT_EQ(summary.median[0], 3.0);
  EXPECT_EQ(summary.low[0], 1.0);
  EXPECT_EQ(summary.high[0], 6.0);
  EXPECT_NEAR(summary.mean[0], 3.2, 1e-12);
  EXPECT_EQ(summary.median[1], 0.0);
  EXPECT_EQ(summary.mean[1], -INFINITY);
  EXPECT_TRUE(std::isnan(summary.median[2]));
}

TEST(GradientFlow, LagsMustFit) {
  const StateMap map(cell_named("gru"), draw_double_weights(cell_named("gru"), 3, 1));
  const torch::Tensor drives = torch::zeros({4, 1, 9}, torch::kFloat64);
  EXPECT_THROW(gradient_flow(map, map.trajectory(drives), drives, {}, {5}), c10::Error);
  EXPECT_THROW(gradient_flow(map, map.trajectory(drives), drives, {}, {2, 1}), c10::Error);
}

class GradientFlowOfCells : public testing::TestWithParam<std::string> {};

TEST_P(GradientFlowOfCells, OfAVectorIsBackpropagation) {
  const Cell& cell = cell_named(GetParam());
  const RecurrentWeights weights = draw_double_weights(cell, 4, 2);
  const StateMap map(cell, weights);
  const torch::Tensor input = Random(7).normal_tensor({9, 2, 2});
  const torch::Tensor lengths = torch::tensor({9, 6}, torch::kInt64);
  const torch::Tensor vectors = Random(8).normal_tensor({2, map.state_size()});
  const torch::Tensor drives = map.drive(input), states = map.trajectory(drives);
  const torch::Tensor found = vector_gradient_flow(map, states, drives, lengths, kLags, vectors);
  for (size_t i = 0; i < kLags.size(); ++i) {
    for (int64_t b = 0; b < 2; ++b) {
      const int64_t length = lengths[b].item<int64_t>(), from = length - kLags[i];
      const double value = found[static_cast<int64_t>(i)][b].item<double>();
      if (from < 0) {
        EXPECT_TRUE(std::isnan(value));
        continue;
      }
      torch::Tensor state = states[from].slice(0, b, b + 1).clone().requires_grad_();
      torch::Tensor last = state;
      if (kLags[i] > 0) {
        RecurrentState initial{state.slice(1, 0, 4), {}};
        if (cell.has_cell_state()) initial.cell = state.slice(1, 4);
        const RecurrentState final =
            run_sequence(cell, weights, input.slice(1, b, b + 1).slice(0, from, length), {},
                         initial)
                .final;
        last = final.cell.defined() ? torch::cat({final.hidden, final.cell}, 1) : final.hidden;
      }
      const double norm =
          torch::autograd::grad({(last[0] * vectors[b]).sum()}, {state})[0].norm().item<double>();
      EXPECT_NEAR(std::pow(10.0, value) / norm, 1.0, 1e-9) << "lag " << kLags[i];
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cells, GradientFlowOfCells, testing::ValuesIn(cell_names()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace eigenrnn
