// What every initializer must keep, whoever adds it: the tests walk the registry.

#include <algorithm>
#include <filesystem>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "initializers/initializer.h"

namespace eigenrnn {
namespace {

// The initializers whose recurrent block leaves nothing to chance, and those whose input weights
// do.
const std::set<std::string> kDeterministic = {"irnn", "nonnormal_chain"};
const std::set<std::string> kDeterministicInput = {"nonnormal_chain"};

constexpr int64_t kInputSize = 3;

std::unique_ptr<Initializer> with_defaults(const std::string& name) {
  const InitializerInfo& info = InitializerRegistry::instance().at(name);
  return info.make(Options::resolve(info.options, nlohmann::json::object()));
}

RecurrentWeights draw(const std::string& name, const Cell& cell, int64_t hidden, uint64_t seed,
                      const WeightDefaults& defaults = {}) {
  return draw_weights(*with_defaults(name), defaults, cell, hidden, kInputSize, Random(seed));
}

// `hidden`, or the smallest size that the law is defined for.
int64_t defined_size(const std::string& name, int64_t hidden) {
  return std::max(hidden, with_defaults(name)->smallest_hidden_size());
}

std::vector<torch::Tensor> parts(const RecurrentWeights& weights) {
  return {weights.input, weights.recurrent, weights.input_bias, weights.recurrent_bias};
}

class InitializerContract : public testing::TestWithParam<std::string> {};

TEST_P(InitializerContract, WeightsAreFiniteAndOfTheRightShape) {
  for (const Cell& cell : cells()) {
    for (int64_t size : {1, 2, 3, 16, 128}) {
      const int64_t hidden = defined_size(GetParam(), size);
      SCOPED_TRACE(cell.name + ", H = " + std::to_string(hidden));
      const RecurrentWeights weights = draw(GetParam(), cell, hidden, 0);
      const int64_t rows = cell.gate_count() * hidden;
      EXPECT_EQ(weights.recurrent.sizes(), torch::IntArrayRef({rows, hidden}));
      EXPECT_EQ(weights.input.sizes(), torch::IntArrayRef({rows, kInputSize}));
      EXPECT_EQ(weights.input_bias.sizes(), torch::IntArrayRef({rows}));
      EXPECT_EQ(weights.recurrent_bias.sizes(), torch::IntArrayRef({rows}));
      for (const torch::Tensor& part : parts(weights)) {
        EXPECT_EQ(part.scalar_type(), torch::kFloat32);
        EXPECT_TRUE(torch::isfinite(part).all().item<bool>());
      }
    }
  }
}

TEST_P(InitializerContract, SameSeedSameDrawOtherSeedOtherDraw) {
  for (const Cell& cell : cells()) {
    for (int64_t size : {2, 3, 16, 128}) {
      const int64_t hidden = defined_size(GetParam(), size);
      SCOPED_TRACE(cell.name + ", H = " + std::to_string(hidden));
      const auto first = parts(draw(GetParam(), cell, hidden, 5));
      const auto again = parts(draw(GetParam(), cell, hidden, 5));
      for (size_t i = 0; i < first.size(); ++i) EXPECT_TRUE(torch::equal(first[i], again[i])) << i;
      const RecurrentWeights other = draw(GetParam(), cell, hidden, 6);
      EXPECT_EQ(torch::equal(first[1], other.recurrent), kDeterministic.count(GetParam()) == 1);
      EXPECT_EQ(torch::equal(first[0], other.input), kDeterministicInput.count(GetParam()) == 1);
    }
  }
}

TEST_P(InitializerContract, GatesAreDrawnApart) {
  if (kDeterministic.count(GetParam()) == 1) return;
  const Cell& lstm = cell_named("lstm");
  const int64_t hidden = defined_size(GetParam(), 16);
  const auto blocks = draw(GetParam(), lstm, hidden, 0).recurrent.chunk(4);
  for (size_t i = 0; i < blocks.size(); ++i) {
    for (size_t j = 0; j < i; ++j) EXPECT_FALSE(torch::equal(blocks[i], blocks[j])) << i << j;
  }
}

TEST_P(InitializerContract, ForgetBiasIsAddedOnceForAllAlike) {
  WeightDefaults without;
  without.forget_bias = 0.0;
  WeightDefaults with;
  with.forget_bias = 1.5;
  const Cell& lstm = cell_named("lstm");
  const int64_t hidden = defined_size(GetParam(), 4);
  const RecurrentWeights plain = draw(GetParam(), lstm, hidden, 0, without);
  const RecurrentWeights shifted = draw(GetParam(), lstm, hidden, 0, with);
  torch::Tensor expected = torch::zeros({4 * hidden});
  expected.slice(0, hidden, 2 * hidden) = 1.5;  // i, f, g, o
  EXPECT_TRUE(torch::allclose(shifted.input_bias - plain.input_bias, expected));
  EXPECT_TRUE(torch::equal(shifted.recurrent_bias, plain.recurrent_bias));
}

// Tallec & Ollivier 2018: b_f = ln U(1, T − 1), b_i = −b_f; a GRU's z keeps the state.
TEST_P(InitializerContract, ChronoBiasesTakeTheForgetBiasesPlaceForAllAlike) {
  WeightDefaults none;
  none.forget_bias = 0.0;
  WeightDefaults chrono;
  chrono.forget_bias = 1.5;
  chrono.chrono_steps = 101;
  const int64_t hidden = defined_size(GetParam(), 64);
  const auto added = [&](const char* cell) {
    const RecurrentWeights plain = draw(GetParam(), cell_named(cell), hidden, 0, none);
    const RecurrentWeights drawn = draw(GetParam(), cell_named(cell), hidden, 0, chrono);
    EXPECT_TRUE(torch::equal(drawn.recurrent, plain.recurrent));
    return (drawn.input_bias - plain.input_bias).reshape({-1, hidden});
  };
  const torch::Tensor lstm = added("lstm"), gru = added("gru");  // i, f, g, o; r, z, n
  EXPECT_TRUE(torch::allclose(lstm[0], -lstm[1], 0, 1e-5));
  EXPECT_TRUE(torch::allclose(lstm[1], gru[1], 0, 1e-5));
  EXPECT_EQ(lstm.slice(0, 2).abs().max().item<float>(), 0.0F);
  EXPECT_EQ(gru[0].abs().max().item<float>() + gru[2].abs().max().item<float>(), 0.0F);
  const torch::Tensor steps = lstm[1].exp();  // uniform in [1, 100]: a mean of 50.5 ± 3.6
  EXPECT_GE(steps.min().item<float>(), 0.999F);
  EXPECT_LE(steps.max().item<float>(), 100.01F);
  EXPECT_NEAR(steps.mean().item<float>(), 50.5, 14.0);
  EXPECT_EQ(added("rnn_tanh").abs().max().item<float>(), 0.0F);
}

TEST_P(InitializerContract, IsDescribed) {
  const InitializerInfo& info = InitializerRegistry::instance().at(GetParam());
  EXPECT_TRUE(std::filesystem::exists(std::filesystem::path(EIGENRNN_SOURCE_DIR) /
                                      "src/initializers" / (info.name + ".cpp")))
      << "an initializer lives in the file of its name";
  EXPECT_THAT(info.name, testing::MatchesRegex("[a-z][a-z0-9_]*"));
  EXPECT_FALSE(info.summary.empty());
  EXPECT_FALSE(info.citation.empty());
  for (const std::string& cell : info.defined_for) EXPECT_NO_THROW(cell_named(cell));
  for (const OptionSpec& option : info.options) {
    EXPECT_FALSE(option.help.empty()) << option.name;
    EXPECT_TRUE(option.accepts(option.default_value))
        << option.name << " defaults to " << option.default_value << ", and must be "
        << option.expectation();
  }
}

INSTANTIATE_TEST_SUITE_P(Registry, InitializerContract,
                         testing::ValuesIn(InitializerRegistry::instance().names()),
                         [](const auto& info) { return info.param; });

TEST(Initializers, TheGridOfTheDesignIsThere) {
  EXPECT_THAT(InitializerRegistry::instance().names(),
              testing::IsSupersetOf(
                  {"eigen", "irnn", "kaiming", "orthogonal", "sp_rnn", "torch_default", "xavier"}));
}

TEST(Initializers, OpenInputWeightsAreTheSameFromTheSameSeed) {
  for (const Cell& cell : cells()) {
    const torch::Tensor expected = draw("xavier", cell, 16, 3).input;
    for (const std::string name : {"kaiming", "orthogonal", "sp_rnn", "eigen"}) {
      EXPECT_TRUE(torch::equal(draw(name, cell, 16, 3).input, expected)) << name << cell.name;
    }
    EXPECT_FALSE(torch::equal(draw("torch_default", cell, 16, 3).input, expected));
  }
}

// A change here changes every result of the project: same seed, same draw.
TEST(Initializers, GoldenDraws) {
  const Cell& cell = cell_named("rnn_tanh");
  const auto is = [](const torch::Tensor& drawn, const torch::Tensor& pinned) {
    return torch::allclose(drawn.flatten(), pinned, /*rtol=*/0.0, /*atol=*/1e-5);
  };
  const torch::Tensor xavier = draw("xavier", cell, 2, 0).recurrent;
  EXPECT_TRUE(is(xavier, torch::tensor({-0.243256f, 1.116514f, 0.530405f, -0.708255f}))) << xavier;
  const torch::Tensor eigen = draw("eigen", cell, 3, 0).recurrent;
  EXPECT_TRUE(is(eigen, torch::tensor({-0.789328f, 0.067998f, 0.562691f, -0.186925f, -0.940415f,
                                       -0.150242f, 0.535074f, -0.229978f, 0.793806f})))
      << eigen;
}

}  // namespace
}  // namespace eigenrnn
