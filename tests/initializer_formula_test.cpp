// One test of the formula of each initializer; `eigen` has a file of its own.

#include <cmath>

#include <gtest/gtest.h>

#include "initializers/initializer.h"
#include "linear_algebra/haar.h"
#include "support/error.h"

namespace eigenrnn {
namespace {

std::unique_ptr<Initializer> initializer_of(const std::string& name,
                                            const nlohmann::json& options = {}) {
  const InitializerInfo& info = InitializerRegistry::instance().at(name);
  return info.make(
      Options::resolve(info.options, options.is_null() ? nlohmann::json::object() : options));
}

GateBlock block_of(int64_t hidden, int64_t input = 2) {
  return {cell_named("rnn_relu"), "h", hidden, input};
}

torch::Tensor block(const std::string& name, int64_t hidden, const nlohmann::json& options = {}) {
  Random random(11);
  return initializer_of(name, options)->recurrent_block(block_of(hidden), random);
}

double mean_of(const torch::Tensor& values) { return values.mean().item<double>(); }
double variance_of(const torch::Tensor& values) { return values.var().item<double>(); }
double largest(const torch::Tensor& values) { return values.abs().max().item<double>(); }
// 3 for a normal law, 9/5 for a uniform one
double kurtosis(const torch::Tensor& values) {
  return mean_of(values.pow(4)) / std::pow(mean_of(values.square()), 2);
}

// 65,536 entries: the relative error of a variance is below 1 % at two standard errors.
constexpr int64_t kHidden = 256;

TEST(InitializerFormula, XavierIsUniform) {
  const torch::Tensor weight = block("xavier", kHidden);
  const double bound = std::sqrt(6.0 / 512.0);
  EXPECT_LE(largest(weight), bound);
  EXPECT_GT(largest(weight), 0.999 * bound);
  EXPECT_NEAR(mean_of(weight), 0.0, 0.01 * bound);
  EXPECT_NEAR(variance_of(weight) * 256.0, 1.0, 0.02);
  EXPECT_NEAR(kurtosis(weight), 1.8, 0.03);
  EXPECT_TRUE(torch::equal(block("xavier", kHidden, {{"gain", 2.0}}), 2.0 * weight));
}

TEST(InitializerFormula, KaimingIsNormal) {
  const torch::Tensor weight = block("kaiming", kHidden);
  EXPECT_NEAR(mean_of(weight), 0.0, 0.0015);
  EXPECT_NEAR(variance_of(weight) * 256.0 / 2.0, 1.0, 0.02);
  EXPECT_NEAR(kurtosis(weight), 3.0, 0.1);
}

TEST(InitializerFormula, TorchDefaultIsUniformInEveryPart) {
  const auto initializer = initializer_of("torch_default");
  Random random(11);
  const GateBlock block = block_of(kHidden, /*input=*/400);
  const double bound = 1.0 / 16.0;
  for (const torch::Tensor& part :
       {initializer->recurrent_block(block, random), initializer->input_block(block, random)}) {
    EXPECT_LE(largest(part), bound);
    EXPECT_GT(largest(part), 0.999 * bound);
    EXPECT_NEAR(variance_of(part) * 3.0 * 256.0, 1.0, 0.02);
  }
  const torch::Tensor bias = initializer->bias_block(block, random);
  EXPECT_LE(largest(bias), bound);
  EXPECT_NEAR(variance_of(bias) * 3.0 * 256.0, 1.0, 0.2);
  EXPECT_FALSE(torch::equal(bias, initializer->bias_block(block, random)));
}

TEST(InitializerFormula, ANonnormalChainDrivesTheNextUnitAndIsNilpotent) {
  const torch::Tensor weight = block("nonnormal_chain", 4, {{"forward", 2.0}, {"backward", 0.0}});
  const torch::Tensor expected = torch::tensor(
      {{0.0, 0.0, 0.0, 0.0}, {2.0, 0.0, 0.0, 0.0}, {0.0, 2.0, 0.0, 0.0}, {0.0, 0.0, 2.0, 0.0}},
      torch::kFloat64);
  EXPECT_TRUE(torch::equal(weight, expected)) << weight;
  // What enters at unit 0 has gone through the chain after H − 1 steps, and is lost after H.
  EXPECT_EQ(torch::matrix_power(weight, 3)[3][0].item<double>(), 8.0);
  EXPECT_EQ(largest(torch::matrix_power(weight, 4)), 0.0);
  const torch::Tensor fed_back =
      block("nonnormal_chain", 3, {{"forward", 0.99}, {"backward", 0.04}});
  EXPECT_EQ(fed_back[1][0].item<double>(), 0.99);
  EXPECT_EQ(fed_back[0][1].item<double>(), 0.04);
  Random random(0);
  const torch::Tensor input =
      initializer_of("nonnormal_chain")->input_block(block_of(3, /*input=*/2), random);
  EXPECT_TRUE(torch::equal(input, 0.9 * torch::eye(3, 2, torch::kFloat64)));
}

TEST(InitializerFormula, RescaledGlorotKeepsMostSpectralRadiiBelowOne) {
  // Worked by hand for 512 units: g = 0.7390, and the divisor 1 + 0.01900 + 1.85975/38.905.
  const torch::Tensor weight = block("rescaled_glorot", 512);
  const double deviation = weight.square().mean().sqrt().item<double>() * std::sqrt(512.0);
  EXPECT_NEAR(deviation * 1.0668, 1.0, 0.006);  // four standard errors
  EXPECT_NEAR(mean_of(weight), 0.0, 4.0 / 512 / std::sqrt(512.0));
  int below = 0;
  Random random(3);
  for (int i = 0; i < 5; ++i) {
    const torch::Tensor drawn =
        initializer_of("rescaled_glorot")->recurrent_block(block_of(256), random);
    below += torch::linalg_eigvals(drawn).abs().max().item<double>() < 1.0;
  }
  EXPECT_GE(below, 4);
}

TEST(InitializerFormula, RescaledGlorotHasNoLawForFewUnits) {
  const WeightDefaults defaults;
  const auto initializer = initializer_of("rescaled_glorot");
  EXPECT_NO_THROW(draw_weights(*initializer, defaults, cell_named("rnn_tanh"), 164, 1, Random(0)));
  try {
    draw_weights(*initializer, defaults, cell_named("rnn_tanh"), 163, 1, Random(0));
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "hidden_size is 163; it must be at least 164 for this law");
  }
}

TEST(InitializerFormula, OrthogonalIsOrthogonal) {
  for (int64_t hidden : {1, 2, 3, 16, 128}) {
    const torch::Tensor weight = block("orthogonal", hidden);
    const torch::Tensor eye = torch::eye(hidden, torch::kFloat64);
    EXPECT_LT(largest(weight.t().matmul(weight) - eye), 1e-13) << hidden;
    const torch::Tensor half = block("orthogonal", hidden, {{"gain", 0.5}});
    EXPECT_LT(largest(half.t().matmul(half) - 0.25 * eye), 1e-13) << hidden;
  }
}

TEST(InitializerFormula, OrthogonalFollowsTheHaarMeasure) {
  // Diaconis & Shahshahani 1994, "On the eigenvalues of random matrices": over O(n), tr Q has mean
  // 0 and variance 1, and tr Q² has mean 1. Without the correction of signs they are far off.
  Random random(2);
  constexpr int64_t kDraws = 4000;
  torch::Tensor trace = torch::empty({kDraws}, torch::kFloat64);
  torch::Tensor square_trace = trace.clone(), corner = trace.clone(), det = trace.clone();
  for (int64_t i = 0; i < kDraws; ++i) {
    const torch::Tensor q = haar_orthogonal(6, random);
    trace[i] = q.trace();
    square_trace[i] = q.matmul(q).trace();
    corner[i] = q[0][0];
    det[i] = torch::linalg_det(q);
  }
  EXPECT_NEAR(mean_of(trace), 0.0, 0.07);
  EXPECT_NEAR(variance_of(trace), 1.0, 0.1);
  EXPECT_NEAR(mean_of(square_trace), 1.0, 0.1);
  EXPECT_NEAR(mean_of(corner), 0.0, 0.03);
  EXPECT_NEAR(variance_of(corner), 1.0 / 6.0, 0.02);
  EXPECT_NEAR(mean_of(det), 0.0, 0.07);
}

TEST(InitializerFormula, IrnnIsTheIdentity) {
  EXPECT_TRUE(torch::equal(block("irnn", 16), torch::eye(16, torch::kFloat64)));
  EXPECT_TRUE(
      torch::equal(block("irnn", 16, {{"scale", 0.01}}), 0.01 * torch::eye(16, torch::kFloat64)));
  Random random(4);
  const auto irnn = initializer_of("irnn");
  const torch::Tensor input = irnn->input_block(block_of(kHidden, 256), random);
  EXPECT_NEAR(mean_of(input), 0.0, 2e-5);
  EXPECT_NEAR(variance_of(input) * 1e6, 1.0, 0.02);
  EXPECT_NEAR(kurtosis(input), 3.0, 0.1);
  EXPECT_TRUE(
      torch::equal(irnn->bias_block(block_of(16), random), torch::zeros({16}, torch::kFloat64)));
}

TEST(InitializerFormula, SpRnnIsSymmetricWithLargestEigenvalueOne) {
  for (int64_t hidden : {1, 2, 3, 16, 128}) {
    const torch::Tensor weight = block("sp_rnn", hidden);
    EXPECT_TRUE(torch::equal(weight, weight.t())) << hidden;
    const torch::Tensor eigenvalues = torch::linalg_eigvalsh(weight);
    EXPECT_NEAR(eigenvalues.max().item<double>(), 1.0, 1e-12) << hidden;
    EXPECT_GT(eigenvalues.min().item<double>(), 0.0) << hidden;
  }
}

TEST(InitializerFormula, SpRnnFollowsItsFormula) {
  // Marchenko & Pastur 1967: the eigenvalues of RᵀR/H fill [0, 4] with mean 1, so those of W fill
  // [1/5, 1] with mean 2/5, up to O(1/H).
  const torch::Tensor eigenvalues = torch::linalg_eigvalsh(block("sp_rnn", kHidden));
  EXPECT_NEAR(eigenvalues.min().item<double>(), 0.2, 0.01);
  EXPECT_NEAR(mean_of(eigenvalues), 0.4, 0.02);
}

TEST(InitializerFormula, ReluInitializersSaySo) {
  for (const std::string name : {"irnn", "sp_rnn"}) {
    const InitializerInfo& info = InitializerRegistry::instance().at(name);
    EXPECT_TRUE(info.is_defined_for(cell_named("rnn_relu")));
    EXPECT_FALSE(info.is_defined_for(cell_named("rnn_tanh")));
  }
  EXPECT_TRUE(InitializerRegistry::instance().at("xavier").is_defined_for(cell_named("lstm")));
}

TEST(InitializerFormula, BadOptionsAreRefused) {
  EXPECT_THROW(initializer_of("orthogonal", {{"gain", -1.0}}), Error);
  EXPECT_THROW(initializer_of("irnn", {{"scale", "one"}}), Error);
  EXPECT_THROW(initializer_of("xavier", {{"gain", -1.0}}), Error);
  EXPECT_THROW(initializer_of("kaiming", {{"gain", 1.0}}), Error);
}

}  // namespace
}  // namespace eigenrnn
