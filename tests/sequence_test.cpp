#include "cells/sequence.h"

#include <gtest/gtest.h>

#include "support/random.h"

namespace eigenrnn {
namespace {

constexpr int64_t kSteps = 6, kBatch = 4, kInput = 3, kHidden = 5;

RecurrentWeights random_weights(const Cell& cell, int64_t input_size = kInput) {
  Random random(11);
  const int64_t rows = cell.gate_count() * kHidden;
  const auto parameter = [&](torch::IntArrayRef sizes) {
    return random.normal_tensor(sizes, 0.4).to(torch::kFloat32).requires_grad_();
  };
  return {parameter({rows, input_size}), parameter({rows, kHidden}), parameter({rows}),
          parameter({rows})};
}

torch::Tensor random_input(int64_t steps = kSteps) {
  return Random(12).normal_tensor({steps, kBatch, kInput}).to(torch::kFloat32);
}

// The definition, step by step: one sequence of its own length, written from the formulas.
torch::Tensor last_state_by_definition(const Cell& cell, const RecurrentWeights& w,
                                       const torch::Tensor& sequence) {
  torch::Tensor h = torch::zeros({kHidden}), c = torch::zeros({kHidden});
  for (int64_t t = 0; t < sequence.size(0); ++t) {
    const auto x = (torch::mv(w.input, sequence[t]) + w.input_bias).chunk(cell.gate_count());
    const auto r = (torch::mv(w.recurrent, h) + w.recurrent_bias).chunk(cell.gate_count());
    if (cell.kind == CellKind::kRnnTanh) h = torch::tanh(x[0] + r[0]);
    if (cell.kind == CellKind::kRnnRelu) h = torch::relu(x[0] + r[0]);
    if (cell.kind == CellKind::kLstm) {
      c = torch::sigmoid(x[1] + r[1]) * c + torch::sigmoid(x[0] + r[0]) * torch::tanh(x[2] + r[2]);
      h = torch::sigmoid(x[3] + r[3]) * torch::tanh(c);
    }
    if (cell.kind == CellKind::kGru) {
      const torch::Tensor reset = torch::sigmoid(x[0] + r[0]), update = torch::sigmoid(x[1] + r[1]);
      h = (1 - update) * torch::tanh(x[2] + reset * r[2]) + update * h;
    }
  }
  return h;
}

class Sequence : public testing::TestWithParam<std::string> {
 protected:
  const Cell& cell_ = cell_named(GetParam());
  RecurrentWeights weights_ = random_weights(cell_);
  torch::Tensor lengths_ = torch::tensor({4, 6, 1, 3}, torch::kInt64);
};

TEST_P(Sequence, RaggedBatchEqualsTheDefinition) {
  const torch::NoGradGuard no_gradient;
  const torch::Tensor input = random_input();
  const SequenceResult result = run_sequence(cell_, weights_, input, lengths_);
  for (int64_t b = 0; b < kBatch; ++b) {
    const int64_t length = lengths_[b].item<int64_t>();
    const torch::Tensor expected =
        last_state_by_definition(cell_, weights_, input.select(1, b).slice(0, 0, length));
    EXPECT_TRUE(torch::allclose(result.final.hidden[b], expected, 1e-5, 1e-6)) << "sequence " << b;
    EXPECT_TRUE(torch::equal(result.outputs[length - 1][b], result.final.hidden[b]));
    EXPECT_EQ(result.outputs.select(1, b).slice(0, length).abs().sum().item<float>(), 0.0f);
  }
}

TEST_P(Sequence, PaddingChangesNothing) {
  // More padding, and NaN as its content: states and gradients stay the same to the bit.
  const auto run = [&](const torch::Tensor& padding) {
    RecurrentWeights weights = random_weights(cell_);
    torch::Tensor input = torch::cat({random_input(), padding});
    for (int64_t b = 0; b < kBatch; ++b) {
      input.select(1, b).slice(0, lengths_[b].item<int64_t>()).fill_(NAN);
    }
    input.requires_grad_();
    const SequenceResult result = run_sequence(cell_, weights, input, lengths_);
    result.final.hidden.square().sum().backward();
    return std::vector<torch::Tensor>{
        result.final.hidden,       weights.input.grad(),          weights.recurrent.grad(),
        weights.input_bias.grad(), weights.recurrent_bias.grad(), input.grad().slice(0, 0, kSteps)};
  };
  const auto plain = run(torch::empty({0, kBatch, kInput}));
  const auto padded = run(torch::full({5, kBatch, kInput}, NAN));
  for (size_t i = 0; i < plain.size(); ++i) {
    EXPECT_TRUE(torch::isfinite(plain[i]).all().item<bool>()) << i;
    EXPECT_TRUE(torch::equal(plain[i], padded[i])) << i;
  }
  const torch::Tensor input_gradient = plain.back();
  EXPECT_EQ(input_gradient.select(1, 2).slice(0, 1).abs().sum().item<float>(), 0.0f);
  EXPECT_GT(input_gradient.select(1, 2)[0].abs().sum().item<float>(), 0.0f);
}

TEST_P(Sequence, TheInitialStateContinuesASequence) {
  const torch::NoGradGuard no_gradient;
  const torch::Tensor input = random_input();
  const SequenceResult whole = run_sequence(cell_, weights_, input);
  const SequenceResult first = run_sequence(cell_, weights_, input.slice(0, 0, 2));
  const SequenceResult second = run_sequence(cell_, weights_, input.slice(0, 2), {}, first.final);
  EXPECT_TRUE(torch::allclose(whole.outputs.slice(0, 2), second.outputs, 1e-5, 1e-6));
  EXPECT_TRUE(torch::allclose(whole.final.hidden, second.final.hidden, 1e-5, 1e-6));
}

TEST_P(Sequence, IndicesStandForOneHotVectors) {
  const torch::NoGradGuard no_gradient;
  const torch::Tensor indices = torch::tensor({{0, 1, 2, 1}, {2, 2, 0, 1}}, torch::kInt64);
  const torch::Tensor dense = torch::one_hot(indices, kInput).to(torch::kFloat32);
  EXPECT_TRUE(torch::allclose(run_sequence(cell_, weights_, indices).outputs,
                              run_sequence(cell_, weights_, dense).outputs, 1e-6, 1e-7));
}

TEST_P(Sequence, WrongShapesAreRefused) {
  EXPECT_THROW(run_sequence(cell_, weights_, torch::zeros({kSteps, kBatch, kInput + 1})),
               c10::Error);
  EXPECT_THROW(run_sequence(cell_, weights_, random_input(), torch::tensor({1, 2}, torch::kInt64)),
               c10::Error);
}

INSTANTIATE_TEST_SUITE_P(Cells, Sequence, testing::Values("rnn_tanh", "rnn_relu", "lstm", "gru"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace eigenrnn
