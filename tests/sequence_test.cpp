#include "cells/sequence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cells/kernels/fused.h"
#include "support/error.h"
#include "support/random.h"

namespace eigenrnn {
namespace {

constexpr int64_t kSteps = 6, kBatch = 4, kInput = 3, kHidden = 5;

RecurrentWeights random_weights(const Cell& cell) {
  Random random(11);
  const int64_t rows = cell.gate_count() * kHidden;
  const auto parameter = [&](torch::IntArrayRef sizes) {
    return random.normal_tensor(sizes, 0.4).to(torch::kFloat32);
  };
  return {parameter({rows, kInput}), parameter({rows, kHidden}), parameter({rows}),
          parameter({rows})};
}

torch::Tensor random_input() {
  return Random(12).normal_tensor({kSteps, kBatch, kInput}).to(torch::kFloat32);
}

// The definition, step by step: one sequence of its own length, written from the formulas and not
// from the cells' files.
torch::Tensor last_state_by_definition(const Cell& cell, const RecurrentWeights& w,
                                       const torch::Tensor& sequence) {
  torch::Tensor h = torch::zeros({kHidden}), c = torch::zeros({kHidden});
  for (int64_t t = 0; t < sequence.size(0); ++t) {
    const auto x = (torch::mv(w.input, sequence[t]) + w.input_bias).chunk(cell.gate_count());
    const auto r = (torch::mv(w.recurrent, h) + w.recurrent_bias).chunk(cell.gate_count());
    if (cell.name == "rnn_tanh") h = torch::tanh(x[0] + r[0]);
    if (cell.name == "rnn_relu") h = torch::relu(x[0] + r[0]);
    if (cell.name == "lstm") {
      c = torch::sigmoid(x[1] + r[1]) * c + torch::sigmoid(x[0] + r[0]) * torch::tanh(x[2] + r[2]);
      h = torch::sigmoid(x[3] + r[3]) * torch::tanh(c);
    }
    if (cell.name == "gru") {
      const torch::Tensor reset = torch::sigmoid(x[0] + r[0]), update = torch::sigmoid(x[1] + r[1]);
      h = (1 - update) * torch::tanh(x[2] + reset * r[2]) + update * h;
    }
  }
  return h;
}

class Sequence : public testing::TestWithParam<std::string> {};

TEST_P(Sequence, RaggedBatchEqualsTheDefinition) {
  const torch::NoGradGuard no_gradient;
  const Cell& cell = cell_named(GetParam());
  const RecurrentWeights weights = random_weights(cell);
  const torch::Tensor lengths = torch::tensor({4, 6, 1, 3}, torch::kInt64);
  const torch::Tensor input = random_input();
  const SequenceResult result = run_sequence(cell, weights, input, lengths);
  for (int64_t b = 0; b < kBatch; ++b) {
    const torch::Tensor expected = last_state_by_definition(
        cell, weights, input.select(1, b).slice(0, 0, lengths[b].item<int64_t>()));
    EXPECT_TRUE(torch::allclose(result.final.hidden[b], expected, 1e-5, 1e-6)) << "sequence " << b;
  }
}

INSTANTIATE_TEST_SUITE_P(Cells, Sequence, testing::Values("rnn_tanh", "rnn_relu", "lstm", "gru"),
                         [](const auto& info) { return info.param; });

// Tables and lists show them so, and tables are committed.
TEST(Cells, AreInTheirPlaces) {
  std::vector<std::string> names = cell_names();
  names.resize(4);
  EXPECT_THAT(names, testing::ElementsAre("rnn_tanh", "rnn_relu", "lstm", "gru"));
  std::vector<std::string> gates = gate_names();
  gates.resize(8);
  EXPECT_THAT(gates, testing::ElementsAre("h", "i", "f", "g", "o", "r", "z", "n"));
}

TEST(Cells, AnUnknownOneIsAnError) {
  try {
    cell_named("lstn");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::StartsWith(
                                  "unknown cell 'lstn'; there are: rnn_tanh, rnn_relu, lstm, gru"));
  }
}

// A cell that has neither goes by its steps, and never by another cell's kernels.
TEST(Cells, WithoutKernelsTheStepIsTaken) {
  const torch::NoGradGuard no_gradient;
  Cell integrator;
  integrator.name = "integrator";
  integrator.gates = {"h"};
  integrator.step = [](const StepInput& in) { return in.drives + in.states; };
  const torch::Tensor ones = torch::ones({1, 1});
  const RecurrentWeights weights{ones, ones, torch::zeros({1}), torch::zeros({1})};
  for (const Kernel kernel : {Kernel::kFused, Kernel::kLibtorch}) {
    const SequenceResult result =
        run_sequence(integrator, weights, torch::ones({3, 1, 1}), {}, {}, kernel);
    EXPECT_TRUE(torch::equal(result.outputs.flatten(), torch::tensor({1.0f, 2.0f, 3.0f})));
  }
  EXPECT_THROW(fused::run(integrator, weights, torch::ones({3, 1, 1}), {}, {}), c10::Error);
  EXPECT_THROW(fused::kept_bytes(integrator, 3, 1, 1), c10::Error);
}

}  // namespace
}  // namespace eigenrnn
