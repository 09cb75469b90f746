#include <gtest/gtest.h>

#include "fused_fixture.h"

namespace eigenrnn {
namespace {

// Central differences of the loss in double, against the backward pass alone: LibTorch's kernels
// play no part.
void expect_finite_differences(const FusedCase& c) {
  SCOPED_TRACE(c.name());
  const FusedData data = draw_case(c);
  const auto loss = [&] {
    const torch::NoGradGuard guard;
    return loss_of(data, run_sequence(cell_named(c.cell), data.weights, data.input, data.lengths,
                                      data.initial))
        .item<double>();
  };
  const std::vector<torch::Tensor> leaves = data.leaves();
  const auto all = run_case(c, data, Kernel::kFused);
  const size_t offset = all.size() - leaves.size();
  constexpr double kStep = 1e-5;
  for (size_t i = 0; i < leaves.size(); ++i) {
    const torch::Tensor grad = all[offset + i].contiguous();
    double* value = leaves[i].data_ptr<double>();
    for (int64_t k = 0; k < leaves[i].numel(); ++k) {
      const double kept = value[k];
      value[k] = kept + kStep;
      const double above = loss();
      value[k] = kept - kStep;
      const double below = loss();
      value[k] = kept;
      const double expected = (above - below) / (2 * kStep);
      EXPECT_NEAR(grad.data_ptr<double>()[k], expected, 1e-7 * std::max(1.0, std::abs(expected)))
          << "leaf " << i << ", element " << k;
    }
  }
}

class FusedGradient : public testing::TestWithParam<std::string> {};

TEST_P(FusedGradient, FiniteDifferences) {
  for (const bool ragged : {false, true}) {
    expect_finite_differences({GetParam(), 4, 3, 5, 2, false, ragged, true});
    expect_finite_differences({GetParam(), 4, 3, 5, 3, true, ragged, false});
  }
}

INSTANTIATE_TEST_SUITE_P(Cells, FusedGradient,
                         testing::Values("rnn_tanh", "rnn_relu", "lstm", "gru"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace eigenrnn
