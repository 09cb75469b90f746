// The GPU's kernels as a loop over the threads of a block, against the cell's definition in double
// precision; and on a GPU, where there is one.

#include "cells/kernels/cuda/block_kernels.h"

#include <gtest/gtest.h>

#include "cells/kernels/cuda/cuda_sequence.h"
#include "cells/kernels/cuda/module.h"
#include "cells/kernels/kernel_call.h"
#include "fused_fixture.h"

namespace eigenrnn {
namespace {

constexpr double kTolerance = 2e-5;

FusedCase block_case(const std::string& cell, int64_t hidden, int64_t inputs, bool one_hot,
                     bool ragged, bool initial) {
  FusedCase c;
  c.cell = cell;
  c.steps = 6;
  c.batch = 5;  // no multiple of a block's sequences
  c.hidden = hidden;
  c.inputs = inputs;
  c.one_hot = one_hot;
  c.ragged = ragged;
  c.initial = initial;
  c.type = torch::kFloat;
  return c;
}

torch::Tensor to(const torch::Tensor& x, torch::Device device, torch::ScalarType type) {
  if (!x.defined() || !x.is_floating_point()) return x.defined() ? x.to(device) : x;
  return x.detach().to(device, type).requires_grad_(x.requires_grad());
}

FusedData copy_of(const FusedData& d, torch::Device device, torch::ScalarType type) {
  const auto copy = [&](const torch::Tensor& x) { return to(x, device, type); };
  return {{copy(d.weights.input), copy(d.weights.recurrent), copy(d.weights.input_bias),
           copy(d.weights.recurrent_bias)},
          copy(d.input),
          d.lengths,
          {copy(d.initial.hidden), copy(d.initial.cell)},
          copy(d.outputs_factor),
          copy(d.hidden_factor),
          copy(d.cell_factor)};
}

std::vector<torch::Tensor> truth_of(const FusedCase& c, const FusedData& data) {
  const FusedData exact = copy_of(data, torch::kCPU, torch::kDouble);
  return results_of(exact, run_reference(cell_named(c.cell), exact.weights, exact.input,
                                         exact.lengths, exact.initial));
}

void expect_near(const std::vector<torch::Tensor>& found, const std::vector<torch::Tensor>& truth,
                 const std::string& name) {
  ASSERT_EQ(found.size(), truth.size());
  for (size_t i = 0; i < found.size(); ++i) {
    EXPECT_LT(relative_difference(found[i].to(torch::kCPU, torch::kDouble), truth[i]), kTolerance)
        << name << ", tensor " << i;
  }
}

float* pointer(const torch::Tensor& x) { return x.defined() ? x.data_ptr<float>() : nullptr; }

// Both passes by a loop over threads; the products over all steps as the kernels' caller forms
// them.
template <class S>
std::vector<torch::Tensor> run_blocks(const FusedData& data) {
  const int64_t steps = data.input.size(0), batch = data.input.size(1), hidden = S::kHidden;
  const auto detached = [](const torch::Tensor& x) {
    return x.defined() ? x.detach().contiguous() : x;
  };
  const torch::Tensor input = detached(data.input), hidden0 = detached(data.initial.hidden);
  const torch::Tensor cell0 = detached(data.initial.cell);
  const torch::Tensor w_ih = detached(data.weights.input), w_hh = detached(data.weights.recurrent);
  const torch::Tensor b_ih = detached(data.weights.input_bias);
  const torch::Tensor b_hh = detached(data.weights.recurrent_bias);
  const auto unwritten = [](torch::IntArrayRef sizes) { return torch::full(sizes, NAN); };
  const torch::Tensor outputs = unwritten({steps, batch, hidden});
  const torch::Tensor gates = unwritten({steps, batch, 4 * hidden});
  const torch::Tensor cells = unwritten({steps, batch, hidden});
  const torch::Tensor hidden_final = unwritten({batch, hidden});
  const torch::Tensor cell_final = unwritten({batch, hidden});
  const torch::Tensor all = unwritten({steps, batch, S::kSlots * hidden});
  const torch::Tensor grad_hidden0 = unwritten({batch, hidden});
  const torch::Tensor grad_cell0 = unwritten({batch, hidden});
  const torch::Tensor drives =
      S::kInput == cuda::kDrives ? input.matmul(w_ih.t()).contiguous() : torch::Tensor();

  cuda::Call call = {};
  call.steps = static_cast<int>(steps);
  call.batch = static_cast<int>(batch);
  if (data.lengths.defined()) {
    call.lengths = reinterpret_cast<const cuda::Index*>(data.lengths.data_ptr<int64_t>());
  }
  if (S::kInput == cuda::kOneHot) {
    call.indices = reinterpret_cast<const cuda::Index*>(input.data_ptr<int64_t>());
  } else {
    call.input = pointer(drives.defined() ? drives : input);
  }
  call.weight_ih = pointer(w_ih);
  call.weight_hh = pointer(w_hh);
  call.bias_ih = pointer(b_ih);
  call.bias_hh = pointer(b_hh);
  call.hidden0 = pointer(hidden0);
  call.cell0 = pointer(cell0);
  call.outputs = pointer(outputs);
  call.gates = pointer(gates);
  call.cells = pointer(cells);
  call.hidden_final = pointer(hidden_final);
  call.cell_final = pointer(cell_final);
  call.grad_outputs = pointer(data.outputs_factor);
  call.grad_hidden_final = pointer(data.hidden_factor);
  call.grad_cell_final = pointer(data.cell_factor);
  call.grad_hidden0 = pointer(grad_hidden0);
  call.grad_cell0 = pointer(grad_cell0);
  call.grad_gates = pointer(all);
  const int blocks = static_cast<int>((batch + S::kRows - 1) / S::kRows);
  cuda::run_on_cpu<cuda::Forward<S>>(call, blocks, S::kThreads);
  cuda::run_on_cpu<cuda::Backward<S>>(call, blocks, S::kThreads);

  const int64_t rows = S::kGates * hidden;
  const torch::Tensor of_hidden = all.slice(2, 0, rows);
  const torch::Tensor of_inputs =
      S::kCell == cuda::kGru
          ? torch::cat({all.slice(2, 0, 2 * hidden), all.slice(2, 3 * hidden)}, 2)
          : all;
  const torch::Tensor first = hidden0.defined() ? hidden0 : torch::zeros({batch, hidden});
  const torch::Tensor before =
      torch::cat({first.unsqueeze(0), outputs.slice(0, 0, steps - 1)}).flatten(0, 1);
  const torch::Tensor x = S::kInput == cuda::kOneHot
                              ? torch::one_hot(input, w_ih.size(1)).to(torch::kFloat).flatten(0, 1)
                              : input.flatten(0, 1);
  std::vector<torch::Tensor> results = {outputs, hidden_final};
  if (S::kHasCell) results.push_back(cell_final);
  results.push_back(of_inputs.flatten(0, 1).t().mm(x));
  results.push_back(of_hidden.flatten(0, 1).t().mm(before));
  results.push_back(of_inputs.sum(torch::IntArrayRef{0, 1}));
  results.push_back(of_hidden.sum(torch::IntArrayRef{0, 1}));
  if (S::kInput != cuda::kOneHot) results.push_back(of_inputs.matmul(w_ih));
  if (hidden0.defined()) results.push_back(grad_hidden0);
  if (cell0.defined()) results.push_back(grad_cell0);
  return results;
}

template <int kCell, int kHidden, int kInput, int kInputs, int kRows, int kKept>
void expect_blocks_near(const std::string& cell, bool ragged, bool initial) {
  using S = cuda::Shape<kCell, kHidden, kInput, kInputs, kRows, kKept, kKept>;
  const FusedCase c = block_case(cell, kHidden, kInputs, kInput == cuda::kOneHot, ragged, initial);
  const FusedData data = draw_case(c);
  expect_near(run_blocks<S>(data), truth_of(c, data), c.name());
}

template <int kCell, int kRows>
void expect_cell_near(const std::string& cell) {
  expect_blocks_near<kCell, 7, cuda::kFew, 1, kRows, 99>(cell, false, false);
  expect_blocks_near<kCell, 8, cuda::kOneHot, 3, kRows, 0>(cell, true, true);
  expect_blocks_near<kCell, 20, cuda::kDrives, 5, kRows, 1>(cell, true, false);
  expect_blocks_near<kCell, 33, cuda::kFew, 2, kRows, 1>(cell, true, true);
}

TEST(BlockKernels, EqualTheDefinitionOfTanh) {
  expect_cell_near<cuda::kRnnTanh, 4>("rnn_tanh");
  expect_cell_near<cuda::kRnnTanh, 2>("rnn_tanh");
  expect_cell_near<cuda::kRnnTanh, 1>("rnn_tanh");
}

TEST(BlockKernels, EqualTheDefinitionOfRelu) {
  expect_cell_near<cuda::kRnnRelu, 4>("rnn_relu");
  expect_cell_near<cuda::kRnnRelu, 1>("rnn_relu");
}

TEST(BlockKernels, EqualTheDefinitionOfLstm) {
  expect_cell_near<cuda::kLstm, 4>("lstm");
  expect_cell_near<cuda::kLstm, 2>("lstm");
  expect_cell_near<cuda::kLstm, 1>("lstm");
}

TEST(BlockKernels, EqualTheDefinitionOfGru) {
  expect_cell_near<cuda::kGru, 4>("gru");
  expect_cell_near<cuda::kGru, 2>("gru");
  expect_cell_near<cuda::kGru, 1>("gru");
}

TEST(BlockKernels, GiveTheSameBitsForAnyNumberOfRows) {
  const FusedCase c = block_case("lstm", 12, 1, false, true, true);
  const FusedData data = draw_case(c);
  const auto four = run_blocks<cuda::Shape<cuda::kLstm, 12, cuda::kFew, 1, 4, 99, 99>>(data);
  const auto one = run_blocks<cuda::Shape<cuda::kLstm, 12, cuda::kFew, 1, 1, 99, 99>>(data);
  for (size_t i = 0; i < four.size(); ++i) EXPECT_TRUE(four[i].equal(one[i])) << i;
}

TEST(BlockKernels, KnowTheCellsByTheNumbersOfTheOthers) {
  EXPECT_EQ(static_cast<int>(fused::CellKind::kRnnTanh), cuda::kRnnTanh);
  EXPECT_EQ(static_cast<int>(fused::CellKind::kRnnRelu), cuda::kRnnRelu);
  EXPECT_EQ(static_cast<int>(fused::CellKind::kLstm), cuda::kLstm);
  EXPECT_EQ(static_cast<int>(fused::CellKind::kGru), cuda::kGru);
}

// What the program works out of a shape at run time is what the kernels were compiled for.
TEST(BlockKernels, AskForTheMemoryThatTheyUse) {
  const cuda::ShapeValues values = {cuda::kLstm, 100, cuda::kFew, 1, 4};
  using S = cuda::Shape<cuda::kLstm, 100, cuda::kFew, 1, 4, 4, 4>;
  ASSERT_EQ(values.text(), "3,100,0,1,4,4,4");
  EXPECT_EQ(values.threads(), S::kThreads);
  EXPECT_EQ(values.shared_forward(), cuda::shared_floats<cuda::ForwardProduct<S>>(S::kThreads));
  EXPECT_EQ(values.shared_backward(), cuda::shared_floats<cuda::BackwardProduct<S>>(S::kThreads));
}

class OnGpu : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!torch::cuda::is_available()) GTEST_SKIP() << "no GPU that LibTorch sees";
  }
};
using BlockKernelsOnGpu = OnGpu;

TEST_F(BlockKernelsOnGpu, EqualTheDefinition) {
  const torch::Device gpu(torch::kCUDA, 0);
  for (const std::string cell : {"rnn_tanh", "rnn_relu", "lstm", "gru"}) {
    for (const int64_t hidden : {7, 32, 100, 128}) {
      for (const int64_t inputs : {1, 2, 9}) {
        for (const bool one_hot : {false, true}) {
          for (const int rows : {0, 1, 2, 4}) {
            FusedCase c = block_case(cell, hidden, inputs, one_hot, rows != 2, rows != 1);
            c.steps = 23;
            c.batch = rows == 0 ? 150 : 9;
            const FusedData data = draw_case(c);
            cuda::choose_rows(rows);
            expect_near(run_case(c, copy_of(data, gpu, torch::kFloat), Kernel::kFused),
                        truth_of(c, data), c.name());
            cuda::choose_rows(0);
          }
        }
      }
    }
  }
}

TEST_F(BlockKernelsOnGpu, GiveTheSameBitsTwice) {
  const torch::Device gpu(torch::kCUDA, 0);
  for (const std::string cell : {"rnn_tanh", "rnn_relu", "lstm", "gru"}) {
    FusedCase c = block_case(cell, 100, 1, false, true, true);
    c.steps = 200;
    c.batch = 100;
    const FusedData data = copy_of(draw_case(c), gpu, torch::kFloat);
    const auto first = run_case(c, data, Kernel::kFused),
               second = run_case(c, data, Kernel::kFused);
    for (size_t i = 0; i < first.size(); ++i) EXPECT_TRUE(first[i].equal(second[i])) << cell << i;
  }
}

TEST_F(BlockKernelsOnGpu, StayNearOverManySteps) {
  const torch::Device gpu(torch::kCUDA, 0);
  for (const std::string cell : {"rnn_tanh", "rnn_relu", "lstm", "gru"}) {
    FusedCase c = block_case(cell, 128, 1, false, false, false);
    c.steps = 784;
    c.batch = 16;
    const FusedData data = draw_case(c);
    expect_near(run_case(c, copy_of(data, gpu, torch::kFloat), Kernel::kFused), truth_of(c, data),
                c.name());
  }
}

TEST_F(BlockKernelsOnGpu, LibtorchIsNearToo) {
  const torch::Device gpu(torch::kCUDA, 0);
  at::globalContext().setAllowTF32CuDNN(false);
  for (const std::string cell : {"rnn_tanh", "rnn_relu", "lstm", "gru"}) {
    for (const bool ragged : {false, true}) {
      FusedCase c = block_case(cell, 160, 3, false, ragged, true);  // more units than ours take
      const FusedData data = draw_case(c);
      for (const Kernel kernel : {Kernel::kFused, Kernel::kLibtorch}) {
        expect_near(run_case(c, copy_of(data, gpu, torch::kFloat), kernel), truth_of(c, data),
                    c.name());
      }
    }
  }
}

}  // namespace
}  // namespace eigenrnn
