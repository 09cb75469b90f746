// What every cell must keep, whoever adds it: the tests walk the registry.

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fused_fixture.h"

namespace eigenrnn {
namespace {

constexpr int64_t kContractSteps = 6, kContractBatch = 4, kInput = 3, kContractHidden = 5;

// All that one step depends on, drawn in double and to be differentiated by.
struct DrawnStep {
  StepInput input;
  std::vector<torch::Tensor> leaves;
};

DrawnStep draw_step(const Cell& cell, torch::ScalarType type = torch::kDouble) {
  Random random(21);
  const int64_t rows = cell.gate_count() * kContractHidden;
  const auto leaf = [&](torch::IntArrayRef sizes, double deviation) {
    return random.normal_tensor(sizes, deviation).to(type).requires_grad_();
  };
  const StepInput in = {leaf({kContractBatch, cell.state_tensors * kContractHidden}, 0.7),
                        leaf({kContractBatch, rows}, 0.7), leaf({rows, kContractHidden}, 0.5),
                        leaf({rows}, 0.3)};
  return {in, {in.states, in.drives, in.recurrent, in.recurrent_bias}};
}

class CellContract : public testing::TestWithParam<std::string> {
 protected:
  const Cell& cell_ = cell_named(GetParam());
};

TEST_P(CellContract, IsDescribed) {
  EXPECT_THAT(cell_.name, testing::MatchesRegex("[a-z][a-z0-9_]*"));
  EXPECT_FALSE(cell_.label.empty());
  EXPECT_FALSE(cell_.summary.empty());
  EXPECT_FALSE(cell_.gates.empty());
  EXPECT_EQ(std::set<std::string>(cell_.gates.begin(), cell_.gates.end()).size(),
            cell_.gates.size());
  for (const std::string& gate : cell_.gates) {
    EXPECT_THAT(gate, testing::MatchesRegex("[a-z][a-z0-9_]*"));
    EXPECT_THAT(gate_names(), testing::Contains(gate));
  }
  std::vector<std::string> shown;
  for (const GateLabel& gate : shown_gates(cell_)) shown.push_back(gate.gate);
  EXPECT_THAT(shown, testing::UnorderedElementsAreArray(cell_.gates));
  for (const std::string& gate : {cell_.forget_gate, cell_.keep_gate, cell_.write_gate}) {
    if (!gate.empty()) {
      EXPECT_THAT(cell_.gates, testing::Contains(gate));
    }
  }
  EXPECT_THAT(cell_.state_tensors, testing::AnyOf(1, 2));
  ASSERT_TRUE(cell_.step);
  ASSERT_TRUE(cell_.jacobian);
}

TEST_P(CellContract, AStepKeepsShapeAndType) {
  for (const torch::ScalarType type : {torch::kFloat, torch::kDouble}) {
    const StepInput in = draw_step(cell_, type).input;
    const torch::Tensor next = cell_.step(in), jacobian = cell_.jacobian(in);
    const int64_t size = in.states.size(1);
    EXPECT_EQ(next.sizes(), in.states.sizes());
    EXPECT_EQ(jacobian.sizes(), torch::IntArrayRef({kContractBatch, size, size}));
    EXPECT_EQ(next.scalar_type(), type);
    EXPECT_EQ(jacobian.scalar_type(), type);
  }
}

TEST_P(CellContract, TheJacobianIsThatOfTheStep) {
  const torch::NoGradGuard no_gradient;
  constexpr double kStep = 1e-6;
  StepInput in = draw_step(cell_).input;
  const torch::Tensor exact = cell_.jacobian(in), states = in.states;
  const auto at = [&](const torch::Tensor& shift) {
    in.states = states + shift;
    return cell_.step(in);
  };
  for (int64_t j = 0; j < states.size(1); ++j) {
    torch::Tensor shift = torch::zeros({states.size(1)}, torch::kDouble);
    shift[j] = kStep;
    const torch::Tensor difference = (at(shift) - at(-shift)) / (2 * kStep);
    EXPECT_LT((exact.select(2, j) - difference).abs().max().item<double>(), 1e-8) << "column " << j;
  }
}

TEST_P(CellContract, TheStepsGradientsAreFiniteDifferences) {
  const DrawnStep drawn = draw_step(cell_);
  const torch::Tensor factor = Random(22).normal_tensor(drawn.input.states.sizes());
  const auto loss = [&] { return (cell_.step(drawn.input) * factor).sum(); };
  const auto grads = torch::autograd::grad({loss()}, drawn.leaves);
  const torch::NoGradGuard no_gradient;
  constexpr double kStep = 1e-6;
  for (size_t i = 0; i < drawn.leaves.size(); ++i) {
    const torch::Tensor grad = grads[i].contiguous();
    double* value = drawn.leaves[i].data_ptr<double>();
    for (int64_t k = 0; k < grad.numel(); ++k) {
      const double kept = value[k];
      value[k] = kept + kStep;
      const double above = loss().item<double>();
      value[k] = kept - kStep;
      const double below = loss().item<double>();
      value[k] = kept;
      EXPECT_NEAR(grad.data_ptr<double>()[k], (above - below) / (2 * kStep), 1e-7)
          << "leaf " << i << ", element " << k;
    }
  }
}

TEST_P(CellContract, AnActivationIsAllButAnAffineMap) {
  if (!cell_.activation) return;
  const torch::NoGradGuard no_gradient;
  const StepInput in = draw_step(cell_).input;
  const torch::Tensor affine = in.drives + in.recurrent_sums();
  const torch::Tensor value = cell_.activation->value(affine);
  EXPECT_TRUE(torch::equal(cell_.step(in), value));
  EXPECT_TRUE(torch::allclose(cell_.jacobian(in),
                              cell_.activation->slope(value).unsqueeze(2) * in.recurrent));
  EXPECT_EQ(cell_.activation->saturated(value).scalar_type(), torch::kBool);
}

// Outputs, final states and every gradient of both sequence calls against the loop of steps.
TEST_P(CellContract, SequencesAreTheLoopOfSteps) {
  for (const bool one_hot : {false, true}) {
    for (const bool ragged : {false, true}) {
      const FusedCase c{GetParam(), kContractSteps, kContractBatch, kContractHidden,
                        kInput,     one_hot,        ragged,         ragged};
      const FusedData data = draw_case(c);
      const auto expected = results_of(
          data, run_reference(cell_, data.weights, data.input, data.lengths, data.initial));
      for (const Kernel kernel : {Kernel::kFused, Kernel::kLibtorch}) {
        SCOPED_TRACE(c.name() + " " + name_of(kernel));
        const auto found = run_case(c, data, kernel);
        ASSERT_EQ(found.size(), expected.size());
        for (size_t i = 0; i < found.size(); ++i) {
          EXPECT_LT(relative_difference(found[i], expected[i]), 1e-10)
              << "tensor " << i << " of outputs, final states, gradients";
        }
      }
    }
  }
}

RecurrentWeights random_weights(const Cell& cell) {
  Random random(11);
  const int64_t rows = cell.gate_count() * kContractHidden;
  const auto parameter = [&](torch::IntArrayRef sizes) {
    return random.normal_tensor(sizes, 0.4).to(torch::kFloat32).requires_grad_();
  };
  return {parameter({rows, kInput}), parameter({rows, kContractHidden}), parameter({rows}),
          parameter({rows})};
}

torch::Tensor random_input() {
  return Random(12).normal_tensor({kContractSteps, kContractBatch, kInput}).to(torch::kFloat32);
}

TEST_P(CellContract, PaddingChangesNothing) {
  const torch::Tensor lengths = torch::tensor({4, 6, 1, 3}, torch::kInt64);
  // More padding, and NaN as its content: states and gradients stay the same to the bit.
  const auto run = [&](const torch::Tensor& padding) {
    RecurrentWeights weights = random_weights(cell_);
    torch::Tensor input = torch::cat({random_input(), padding});
    for (int64_t b = 0; b < kContractBatch; ++b) {
      input.select(1, b).slice(0, lengths[b].item<int64_t>()).fill_(NAN);
    }
    input.requires_grad_();
    const SequenceResult result = run_sequence(cell_, weights, input, lengths);
    for (int64_t b = 0; b < kContractBatch; ++b) {
      const int64_t length = lengths[b].item<int64_t>();
      EXPECT_TRUE(torch::equal(result.outputs[length - 1][b], result.final.hidden[b]));
      EXPECT_EQ(result.outputs.select(1, b).slice(0, length).abs().sum().item<float>(), 0.0f);
    }
    result.final.hidden.square().sum().backward();
    return std::vector<torch::Tensor>{
        result.final.hidden,           weights.input.grad(),
        weights.recurrent.grad(),      weights.input_bias.grad(),
        weights.recurrent_bias.grad(), input.grad().slice(0, 0, kContractSteps)};
  };
  const auto plain = run(torch::empty({0, kContractBatch, kInput}));
  const auto padded = run(torch::full({5, kContractBatch, kInput}, NAN));
  for (size_t i = 0; i < plain.size(); ++i) {
    EXPECT_TRUE(torch::isfinite(plain[i]).all().item<bool>()) << i;
    EXPECT_TRUE(torch::equal(plain[i], padded[i])) << i;
  }
  const torch::Tensor input_gradient = plain.back();
  EXPECT_EQ(input_gradient.select(1, 2).slice(0, 1).abs().sum().item<float>(), 0.0f);
  EXPECT_GT(input_gradient.select(1, 2)[0].abs().sum().item<float>(), 0.0f);
}

TEST_P(CellContract, TheInitialStateContinuesASequence) {
  const torch::NoGradGuard no_gradient;
  const RecurrentWeights weights = random_weights(cell_);
  const torch::Tensor input = random_input();
  const SequenceResult whole = run_sequence(cell_, weights, input);
  const SequenceResult first = run_sequence(cell_, weights, input.slice(0, 0, 2));
  const SequenceResult second = run_sequence(cell_, weights, input.slice(0, 2), {}, first.final);
  EXPECT_TRUE(torch::allclose(whole.outputs.slice(0, 2), second.outputs, 1e-5, 1e-6));
  EXPECT_TRUE(torch::allclose(whole.final.hidden, second.final.hidden, 1e-5, 1e-6));
}

TEST_P(CellContract, IndicesStandForOneHotVectors) {
  const torch::NoGradGuard no_gradient;
  const RecurrentWeights weights = random_weights(cell_);
  const torch::Tensor indices = torch::tensor({{0, 1, 2, 1}, {2, 2, 0, 1}}, torch::kInt64);
  const torch::Tensor dense = torch::one_hot(indices, kInput).to(torch::kFloat32);
  EXPECT_TRUE(torch::allclose(run_sequence(cell_, weights, indices).outputs,
                              run_sequence(cell_, weights, dense).outputs, 1e-6, 1e-7));
}

TEST_P(CellContract, WrongShapesAreRefused) {
  const RecurrentWeights weights = random_weights(cell_);
  EXPECT_THROW(
      run_sequence(cell_, weights, torch::zeros({kContractSteps, kContractBatch, kInput + 1})),
      c10::Error);
  EXPECT_THROW(run_sequence(cell_, weights, random_input(), torch::tensor({1, 2}, torch::kInt64)),
               c10::Error);
}

INSTANTIATE_TEST_SUITE_P(Registry, CellContract, testing::ValuesIn(cell_names()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace eigenrnn
