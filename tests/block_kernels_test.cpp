// The GPU's kernels as a loop over the threads of a block, against the cell's definition in double
// precision; and on a GPU, where there is one.

#include "cells/kernels/cuda/block_kernels.h"

#include <array>
#include <regex>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/cuda.h>

#include "cells/kernels/cuda/cuda_sequence.h"
#include "cells/kernels/cuda/module.h"
#include "cells/kernels/kernel_call.h"
#include "fused_fixture.h"
#include "support/error.h"

namespace eigenrnn {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::Le;
using ::testing::SizeIs;

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
          copy(d.constant),
          d.lengths,
          {copy(d.initial.hidden), copy(d.initial.cell)},
          copy(d.outputs_factor),
          copy(d.hidden_factor),
          copy(d.cell_factor)};
}

std::vector<torch::Tensor> truth_of(const FusedCase& c, const FusedData& data) {
  const FusedData exact = copy_of(data, torch::kCPU, torch::kDouble);
  return results_of(exact, run_reference(cell_named(c.cell), exact.weights,
                                         SequenceInput(exact.input, exact.constant).joined(),
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

torch::Tensor unwritten(torch::IntArrayRef sizes) { return torch::full(sizes, NAN); }

torch::Tensor plain(const torch::Tensor& x) { return x.defined() ? x.detach().contiguous() : x; }

// The memory of a call: what it reads, detached, and what it writes, which is NaN before.
template <class S>
struct BlockCall {
  static constexpr int64_t kHidden = S::kHidden;

  explicit BlockCall(const FusedData& data)
      : steps(data.input.size(0)),
        batch(data.input.size(1)),
        input(plain(data.input)),
        hidden0(plain(data.initial.hidden)),
        cell0(plain(data.initial.cell)),
        w_ih(plain(data.weights.input)),
        w_hh(plain(data.weights.recurrent)),
        b_ih(plain(data.weights.input_bias)),
        b_hh(plain(data.weights.recurrent_bias)) {
    if (S::kInput == cuda::kDrives) drives = input.matmul(w_ih.t()).contiguous();
  }

  cuda::Call call(const FusedData& data) const {
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
    call.grad_gates = pointer(grad_gates);
    return call;
  }

  int64_t steps, batch;
  torch::Tensor input, hidden0, cell0, w_ih, w_hh, b_ih, b_hh, drives;
  torch::Tensor outputs = unwritten({steps, batch, kHidden});
  torch::Tensor gates = unwritten({steps, batch, 4 * kHidden});
  torch::Tensor cells = unwritten({steps, batch, kHidden});
  torch::Tensor hidden_final = unwritten({batch, kHidden});
  torch::Tensor cell_final = unwritten({batch, kHidden});
  torch::Tensor grad_gates = unwritten({steps, batch, S::kSlots* kHidden});
  torch::Tensor grad_hidden0 = unwritten({batch, kHidden});
  torch::Tensor grad_cell0 = unwritten({batch, kHidden});
};

// Both passes by a loop over threads; the products over all steps as the kernels' caller forms
// them.
template <class S>
std::vector<torch::Tensor> run_blocks(const FusedData& data) {
  const BlockCall<S> of(data);
  const cuda::Call call = of.call(data);
  const int blocks = static_cast<int>((of.batch + S::kRows - 1) / S::kRows);
  cuda::run_on_cpu<cuda::Forward<S>>(call, blocks, S::kThreads);
  cuda::run_on_cpu<cuda::Backward<S>>(call, blocks, S::kThreads);

  const int64_t hidden = S::kHidden, rows = S::kGates * hidden;
  const torch::Tensor of_hidden = of.grad_gates.slice(2, 0, rows);
  const torch::Tensor of_inputs =
      S::kCell == cuda::kGru
          ? torch::cat({of.grad_gates.slice(2, 0, 2 * hidden), of.grad_gates.slice(2, 3 * hidden)},
                       2)
          : of.grad_gates;
  const torch::Tensor first = of.hidden0.defined() ? of.hidden0 : torch::zeros({of.batch, hidden});
  const torch::Tensor before =
      torch::cat({first.unsqueeze(0), of.outputs.slice(0, 0, of.steps - 1)}).flatten(0, 1);
  const torch::Tensor x =
      S::kInput == cuda::kOneHot
          ? torch::one_hot(of.input, of.w_ih.size(1)).to(torch::kFloat).flatten(0, 1)
          : of.input.flatten(0, 1);
  std::vector<torch::Tensor> results = {of.outputs, of.hidden_final};
  if (S::kHasCell) results.push_back(of.cell_final);
  results.push_back(of_inputs.flatten(0, 1).t().mm(x));
  results.push_back(of_hidden.flatten(0, 1).t().mm(before));
  results.push_back(of_inputs.sum(torch::IntArrayRef{0, 1}));
  results.push_back(of_hidden.sum(torch::IntArrayRef{0, 1}));
  if (S::kInput != cuda::kOneHot) results.push_back(of_inputs.matmul(of.w_ih));
  if (of.hidden0.defined()) results.push_back(of.grad_hidden0);
  if (of.cell0.defined()) results.push_back(of.grad_cell0);
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

// What the compiler says of a kernel: "… 0 bytes spill stores, …" and "Used 168 registers, …".
std::vector<int> numbers_before(const std::string& words, const std::string& log) {
  const std::regex pattern("([0-9]+) " + words);
  std::vector<int> numbers;
  for (std::sregex_iterator at(log.begin(), log.end(), pattern), end; at != end; ++at) {
    numbers.push_back(std::stoi((*at)[1]));
  }
  return numbers;
}

// With NVRTC and no GPU. Some addresses may spill, weights may not: a thread would read each of
// them from memory at every step.
TEST(BlockKernels, CompileForTheirGpusAndKeepTheirWeights) {
  constexpr int kMostSpilled = 128;  // bytes of a thread, of up to 1,020 in registers
  std::string log;
  try {
    cuda::compile({cuda::kRnnTanh, 8, cuda::kFew, 1, 1}, 8, 0, &log);
  } catch (const Error& error) {
    if (std::string(error.what()).find("is not found in") == std::string::npos) throw;
    GTEST_SKIP() << "no compiler for GPUs: " << error.what();
  }
  for (const int major : {8, 9}) {
    for (const int cell : {cuda::kRnnTanh, cuda::kRnnRelu, cuda::kLstm, cuda::kGru}) {
      for (const int hidden : {100, 128}) {
        const cuda::ShapeValues shape = {cell, hidden, cuda::kFew, 1, 4};
        EXPECT_FALSE(cuda::compile(shape, major, 0, &log).empty());
        const std::string name = fmt::format("sm_{}0, shape {}\n{}", major, shape.text(), log);
        const auto both = [](int most) { return AllOf(SizeIs(2), Each(Le(most))); };
        EXPECT_THAT(numbers_before("bytes spill stores", log), both(kMostSpilled)) << name;
        EXPECT_THAT(numbers_before("bytes spill loads", log), both(kMostSpilled)) << name;
        // A multiprocessor has 65,536.
        EXPECT_THAT(numbers_before("registers", log), both(65536 / shape.threads())) << name;
      }
    }
  }
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
  // Each is compiled on its own: every way of the input, and sizes that fill no warp, or a block.
  struct Sizes {
    int64_t hidden, inputs;
    bool one_hot;
  };
  constexpr std::array<Sizes, 4> kSizes = {
      {{7, 2, false}, {33, 3, true}, {100, 1, false}, {128, 9, false}}};
  for (const std::string cell : {"rnn_tanh", "rnn_relu", "lstm", "gru"}) {
    for (const Sizes& sizes : kSizes) {
      for (const int rows : {0, 1, 2, 4}) {
        FusedCase c =
            block_case(cell, sizes.hidden, sizes.inputs, sizes.one_hot, rows != 2, rows != 1);
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
