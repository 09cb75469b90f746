#include <gtest/gtest.h>

#include "dynamics_fixture.h"

namespace eigenrnn {
namespace {

constexpr int64_t kSteps = 5, kBatch = 3, kInputs = 2, kHidden = 6;

class Jacobian : public testing::TestWithParam<std::string> {
 protected:
  RecurrentState split(const torch::Tensor& states) const {
    RecurrentState state{states.slice(1, 0, kHidden), {}};
    if (cell_.has_cell_state()) state.cell = states.slice(1, kHidden);
    return state;
  }
  // One step of run_sequence as a map of states [B, S].
  torch::Tensor step(const torch::Tensor& states, const torch::Tensor& input) const {
    const RecurrentState next =
        run_sequence(cell_, weights_, input.unsqueeze(0), {}, split(states)).final;
    return next.cell.defined() ? torch::cat({next.hidden, next.cell}, 1) : next.hidden;
  }

  const Cell& cell_ = cell_named(GetParam());
  RecurrentWeights weights_ = draw_double_weights(cell_, kHidden, kInputs);
  StateMap map_{cell_, weights_};
  torch::Tensor input_ = Random(2).normal_tensor({kSteps, kBatch, kInputs});
};

TEST_P(Jacobian, StatesAreThoseOfRunSequence) {
  const torch::Tensor initial = Random(3).normal_tensor({kBatch, map_.state_size()}, 0.5);
  const torch::Tensor states = map_.trajectory(map_.drive(input_), initial);
  const SequenceResult expected = run_sequence(cell_, weights_, input_, {}, split(initial));
  EXPECT_TRUE(torch::equal(states[0], initial));
  EXPECT_TRUE(torch::allclose(states.slice(0, 1).slice(2, 0, kHidden), expected.outputs, 0, 1e-12));
  if (cell_.has_cell_state()) {
    EXPECT_TRUE(torch::allclose(states[kSteps].slice(1, kHidden), expected.final.cell, 0, 1e-12));
  }
}

TEST_P(Jacobian, EqualsCentralDifferencesOfRunSequence) {
  const torch::Tensor drives = map_.drive(input_);
  const torch::Tensor states = map_.trajectory(drives);
  constexpr double kStep = 1e-6;
  for (int64_t t = 0; t < kSteps; ++t) {
    const torch::Tensor exact = map_.jacobian(states[t], drives[t]);
    ASSERT_EQ(exact.sizes(), (std::vector<int64_t>{kBatch, map_.state_size(), map_.state_size()}));
    for (int64_t j = 0; j < map_.state_size(); ++j) {
      torch::Tensor shift = torch::zeros({map_.state_size()}, torch::kFloat64);
      shift[j] = kStep;
      const torch::Tensor difference =
          (step(states[t] + shift, input_[t]) - step(states[t] - shift, input_[t])) / (2 * kStep);
      EXPECT_LT((exact.select(2, j) - difference).abs().max().item<double>(), 1e-8)
          << "step " << t << ", column " << j;
    }
  }
}

TEST_P(Jacobian, OfALongStretchIsTheProduct) {
  const torch::Tensor drives = map_.drive(input_);
  const torch::Tensor states = map_.trajectory(drives);
  torch::Tensor product = torch::eye(map_.state_size(), torch::kFloat64);
  int64_t steps = 0;
  for_each_jacobian(map_, states.select(1, 1), drives.select(1, 1),
                    [&](int64_t t, const torch::Tensor& jacobian) {
                      EXPECT_EQ(t, ++steps);
                      product = jacobian.matmul(product);
                    });
  EXPECT_EQ(steps, kSteps);
  torch::Tensor initial = torch::zeros({1, map_.state_size()}, torch::kFloat64).requires_grad_();
  const SequenceResult result =
      run_sequence(cell_, weights_, input_.slice(1, 1, 2), {}, split(initial));
  for (int64_t i = 0; i < kHidden; ++i) {
    const torch::Tensor gradient = torch::autograd::grad({result.final.hidden[0][i]}, {initial}, {},
                                                         /*retain_graph=*/true)[0];
    EXPECT_TRUE(torch::allclose(product[i], gradient[0], 0, 1e-12));
  }
}

TEST_P(Jacobian, IndicesStandForOneHotVectors) {
  const torch::Tensor indices = torch::tensor({{0, 1, 1}, {1, 0, 1}}, torch::kInt64);
  EXPECT_TRUE(torch::equal(map_.drive(indices),
                           map_.drive(torch::one_hot(indices, kInputs).to(torch::kFloat64))));
  EXPECT_THROW(map_.drive(torch::zeros({2, kInputs + 1})), c10::Error);
}

INSTANTIATE_TEST_SUITE_P(Cells, Jacobian, testing::ValuesIn(cell_names()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace eigenrnn
