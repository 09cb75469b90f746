#include <gtest/gtest.h>

#include "fused_fixture.h"
#include "support/error.h"

namespace eigenrnn {
namespace {

void expect_equal_to_libtorch(const FusedCase& c, double tolerance) {
  SCOPED_TRACE(c.name());
  const FusedData data = draw_case(c);
  const auto expected = run_case(c, data, Kernel::kLibtorch);
  for (const std::string& instructions : fused::instruction_sets()) {
    const UsingInstructions use(instructions);
    const auto ours = run_case(c, data, Kernel::kFused);
    ASSERT_EQ(ours.size(), expected.size());
    for (size_t i = 0; i < ours.size(); ++i) {
      EXPECT_LT(relative_difference(ours[i], expected[i]), tolerance)
          << instructions << ", tensor " << i << " of outputs, final states, gradients";
    }
  }
}

struct Shape {
  int64_t steps, batch, hidden, inputs;
};

class FusedEquality : public testing::TestWithParam<std::string> {};

TEST_P(FusedEquality, OutputsStatesAndGradientsOverShapes) {
  const std::vector<Shape> shapes = {{1, 1, 1, 1},     {1, 5, 3, 2},   {7, 1, 9, 3},
                                     {6, 4, 1, 1},     {2, 3, 16, 5},  {5, 13, 17, 1},
                                     {9, 7, 33, 10},   {4, 65, 8, 2},  {3, 130, 32, 4},
                                     {10, 11, 100, 1}, {3, 3, 300, 20}};
  for (const Shape& s : shapes) {
    for (const bool initial : {false, true}) {
      FusedCase c{GetParam(), s.steps, s.batch, s.hidden, s.inputs, false, false, initial};
      expect_equal_to_libtorch(c, 1e-10);
      c.ragged = true;
      expect_equal_to_libtorch(c, 1e-10);
      c.type = torch::kFloat;
      expect_equal_to_libtorch(c, 1e-4);
    }
  }
}

TEST_P(FusedEquality, OneHotIndices) {
  for (const Shape& s : std::vector<Shape>{{1, 1, 1, 1}, {8, 6, 20, 3}, {5, 70, 9, 30}}) {
    for (const bool ragged : {false, true}) {
      FusedCase c{GetParam(), s.steps, s.batch, s.hidden, s.inputs, true, ragged, ragged};
      expect_equal_to_libtorch(c, 1e-10);
      c.type = torch::kFloat;
      expect_equal_to_libtorch(c, 1e-4);
    }
  }
}

TEST_P(FusedEquality, ConstantInputs) {
  for (const Shape& s : std::vector<Shape>{
           {1, 1, 1, 1}, {6, 5, 17, 3}, {9, 13, 33, 10}, {4, 130, 40, 1}, {3, 3, 300, 20}}) {
    for (const bool ragged : {false, true}) {
      FusedCase c{GetParam(), s.steps, s.batch, s.hidden, s.inputs, false, ragged, ragged};
      c.constants = s.inputs + 2;
      expect_equal_to_libtorch(c, 1e-10);
      c.type = torch::kFloat;
      expect_equal_to_libtorch(c, 1e-4);
    }
  }
}

TEST_P(FusedEquality, LongSequencesInFloat) {
  FusedCase c{GetParam(), 784, 6, 24, 1};
  c.type = torch::kFloat;
  expect_equal_to_libtorch(c, 1e-4);
}

TEST_P(FusedEquality, OnlySomeGradients) {
  // Every combination of what is asked for takes its own way through the backward pass.
  const FusedCase c{GetParam(), 6, 5, 11, 3, false, true, true};
  for (int wanted = 1; wanted < 8; ++wanted) {
    std::vector<std::vector<torch::Tensor>> grads;
    for (const Kernel kernel : {Kernel::kFused, Kernel::kLibtorch}) {
      FusedData data = draw_case(c);
      const bool weights = wanted & 1, input = wanted & 2, initial = wanted & 4;
      for (torch::Tensor w : {data.weights.input, data.weights.recurrent, data.weights.input_bias,
                              data.weights.recurrent_bias}) {
        w.requires_grad_(weights);
      }
      data.input.requires_grad_(input);
      data.initial.hidden.requires_grad_(initial);
      if (data.initial.cell.defined()) data.initial.cell.requires_grad_(initial);
      std::vector<torch::Tensor> leaves;
      for (const torch::Tensor& x : data.leaves()) {
        if (x.requires_grad()) leaves.push_back(x);
      }
      const SequenceResult result = run_sequence(cell_named(c.cell), data.weights, data.input,
                                                 data.lengths, data.initial, kernel);
      // The final state alone: no gradient comes to the outputs.
      grads.push_back(torch::autograd::grad({(result.final.hidden * data.hidden_factor).sum()},
                                            leaves, {}, {}, false, true));
    }
    for (size_t i = 0; i < grads[0].size(); ++i) {
      if (!grads[0][i].defined()) continue;
      EXPECT_LT(relative_difference(grads[0][i], grads[1][i]), 1e-10) << wanted << ", " << i;
    }
  }
}

TEST_P(FusedEquality, NothingIsReadAfterASequencesEnd) {
  const Cell& cell = cell_named(GetParam());
  for (const bool one_hot : {false, true}) {
    const FusedCase c{GetParam(), 6, 4, 10, 3, one_hot, true, false};
    FusedData data = draw_case(c);
    const SequenceResult clean = run_sequence(cell, data.weights, data.input, data.lengths);
    FusedData dirty = data;
    dirty.input = data.input.detach().clone();
    for (int64_t b = 0; b < c.batch; ++b) {
      const int64_t length = data.lengths[b].item<int64_t>();
      dirty.input.narrow(1, b, 1).narrow(0, length, c.steps - length).fill_(one_hot ? -7 : NAN);
      EXPECT_TRUE(clean.outputs.narrow(1, b, 1)
                      .narrow(0, length, c.steps - length)
                      .eq(0)
                      .all()
                      .item<bool>());
    }
    if (!one_hot) dirty.input.requires_grad_();
    const auto expected = run_case(c, data, Kernel::kFused);
    const auto got = run_case(c, dirty, Kernel::kFused);
    for (size_t i = 0; i < got.size(); ++i) EXPECT_TRUE(torch::equal(got[i], expected[i])) << i;
  }
}

// 150 sequences are three shards; of 33, threads share one. The last is long enough for several
// windows of steps.
TEST_P(FusedEquality, SameBitsOnAnyNumberOfThreads) {
  for (FusedCase c : {FusedCase{GetParam(), 12, 150, 20, 3, false, true, true},
                      FusedCase{GetParam(), 12, 33, 20, 3, false, true, true},
                      FusedCase{GetParam(), 7, 40, 37, 30, true, true, true},
                      FusedCase{GetParam(), 50, 64, 72, 3, false, false, true},
                      FusedCase{GetParam(), 50, 64, 72, 3, false, true, true, torch::kFloat, 5}}) {
    c.type = torch::kFloat;
    const FusedData data = draw_case(c);
    const auto one = run_case(c, data, Kernel::kFused);
    for (const int threads : {2, 3, 4, 9}) {
      set_kernel_threads(threads);
      const auto several = run_case(c, data, Kernel::kFused);
      set_kernel_threads(1);
      for (size_t i = 0; i < one.size(); ++i) {
        EXPECT_TRUE(torch::equal(one[i], several[i]))
            << i << " of " << c.batch << " sequences on " << threads << " threads";
      }
    }
  }
}

TEST_P(FusedEquality, SameBitsWithAndWithoutGradients) {
  FusedCase c{GetParam(), 5, 9, 20, 3, false, true, true};
  c.type = torch::kFloat;
  const FusedData data = draw_case(c);
  const auto with = run_case(c, data, Kernel::kFused);
  const torch::NoGradGuard guard;
  const SequenceResult without =
      run_sequence(cell_named(c.cell), data.weights, data.input, data.lengths, data.initial);
  EXPECT_TRUE(torch::equal(with[0], without.outputs));
  EXPECT_TRUE(torch::equal(with[1], without.final.hidden));
  if (without.final.cell.defined()) {
    EXPECT_TRUE(torch::equal(with[2], without.final.cell));
  }
}

TEST_P(FusedEquality, NanGoesThrough) {
  const FusedCase c{GetParam(), 6, 4, 10, 2};
  const FusedData data = draw_case(c);
  for (const std::string& instructions : fused::instruction_sets()) {
    const UsingInstructions use(instructions);
    torch::Tensor input = data.input.detach().clone();
    input[3][1][0] = NAN;
    const SequenceResult result = run_sequence(cell_named(c.cell), data.weights, input);
    EXPECT_TRUE(result.final.hidden[1].isnan().all().item<bool>());
    EXPECT_TRUE(result.outputs.slice(0, 0, 3).isfinite().all().item<bool>());
    EXPECT_TRUE(result.final.hidden[0].isfinite().all().item<bool>());
    const auto grads = torch::autograd::grad({result.outputs.sum()}, {data.weights.recurrent});
    EXPECT_TRUE(grads[0].isnan().any().item<bool>());
  }
}

TEST_P(FusedEquality, LayersStackAndBackwardRunsTwice) {
  const FusedCase c{GetParam(), 6, 4, 10, 10};
  const FusedData lower = draw_case(c, 1), upper = draw_case(c, 2);
  std::vector<std::vector<torch::Tensor>> grads;
  for (const Kernel kernel : {Kernel::kFused, Kernel::kLibtorch}) {
    const Cell& cell = cell_named(c.cell);
    const SequenceResult first = run_sequence(cell, lower.weights, lower.input, {}, {}, kernel);
    const SequenceResult second = run_sequence(cell, upper.weights, first.outputs, {}, {}, kernel);
    const torch::Tensor loss = loss_of(upper, second);
    grads.push_back(torch::autograd::grad({loss}, lower.leaves(), {}, /*retain_graph=*/true));
    const auto again = torch::autograd::grad({loss}, lower.leaves());
    for (size_t i = 0; i < again.size(); ++i) {
      EXPECT_TRUE(torch::equal(again[i], grads.back()[i])) << i;
    }
  }
  for (size_t i = 0; i < grads[0].size(); ++i) {
    EXPECT_LT(relative_difference(grads[0][i], grads[1][i]), 1e-10) << i;
  }
}

std::vector<std::string> cell_names() {
  std::vector<std::string> names;
  for (const Cell& cell : cells()) names.push_back(cell.name);
  return names;
}
INSTANTIATE_TEST_SUITE_P(Cells, FusedEquality, testing::ValuesIn(cell_names()),
                         [](const auto& info) { return info.param; });

TEST(Fused, SecondDerivativeIsRefused) {
  const FusedCase c;
  const FusedData data = draw_case(c);
  const SequenceResult result = run_sequence(cell_named(c.cell), data.weights, data.input);
  EXPECT_THROW(torch::autograd::grad({result.outputs.sum()}, {data.weights.recurrent}, {}, true,
                                     /*create_graph=*/true),
               c10::Error);
}

TEST(Fused, BadArgumentsAreRefused) {
  FusedCase c;
  const FusedData data = draw_case(c);
  const Cell& cell = cell_named(c.cell);
  const auto lengths = [](std::vector<int64_t> l) { return torch::tensor(l, torch::kInt64); };
  EXPECT_THROW(run_sequence(cell, data.weights, data.input, lengths({5, 0, 1})), c10::Error);
  EXPECT_THROW(run_sequence(cell, data.weights, data.input, lengths({6, 1, 1})), c10::Error);
  EXPECT_THROW(run_sequence(cell, data.weights, data.input.to(torch::kFloat)), c10::Error);
  EXPECT_THROW(run_sequence(cell, data.weights, data.input, {}, {torch::zeros({3, 8}), {}}),
               c10::Error);
  EXPECT_THROW(run_sequence(cell, data.weights, torch::full({5, 3}, 2, torch::kInt64)), c10::Error);
  const auto numbers = [](int64_t rows, int64_t columns) {
    return torch::zeros({rows, columns}, torch::kDouble);
  };
  const torch::Tensor indices = torch::zeros({5, 3}, torch::kInt64),
                      first = data.input.narrow(2, 0, 1);
  EXPECT_NO_THROW(run_sequence(cell, data.weights, {first, numbers(3, 1)}));
  for (const auto& constant : {numbers(3, 2), numbers(2, 1), numbers(3, 1)[0]}) {
    EXPECT_THROW(run_sequence(cell, data.weights, {first, constant}), c10::Error);
  }
  EXPECT_THROW(run_sequence(cell, data.weights, {indices, numbers(3, 1)}), c10::Error);
  EXPECT_THROW(run_sequence(cell, data.weights, torch::full({5, 3}, -1, torch::kInt64)),
               c10::Error);
  EXPECT_THROW(set_kernel_threads(0), Error);
  EXPECT_THROW(fused::choose_instruction_set("mmx"), Error);
}

TEST(Fused, KernelsHaveNames) {
  for (const Kernel kernel : {Kernel::kFused, Kernel::kLibtorch}) {
    EXPECT_EQ(kernel_named(name_of(kernel)), kernel);
  }
  EXPECT_THROW(kernel_named("cudnn"), Error);
}

}  // namespace
}  // namespace eigenrnn
