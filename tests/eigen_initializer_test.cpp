#include <algorithm>
#include <cmath>
#include <complex>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "initializers/eigen_construction.h"
#include "initializers/initializer.h"
#include "linear_algebra/block_spectrum.h"
#include "linear_algebra/haar.h"
#include "support/error.h"

namespace eigenrnn {
namespace {

using Complex = std::complex<double>;

std::unique_ptr<Initializer> make(const std::string& name, const nlohmann::json& options) {
  const InitializerInfo& info = InitializerRegistry::instance().at(name);
  return info.make(Options::resolve(info.options, options));
}

std::unique_ptr<Initializer> eigen(const nlohmann::json& options = nlohmann::json::object()) {
  return make("eigen", options);
}

torch::Tensor block_of(const Initializer& initializer, const std::string& cell,
                       const std::string& gate, int64_t hidden, uint64_t seed = 0) {
  Random random(seed);
  return initializer.recurrent_block({cell_named(cell), gate, hidden, 1}, random);
}

// The largest distance between eigenvalues of two multisets, each matched with the nearest of the
// others that is still free.
double distance(const std::vector<Complex>& one, std::vector<Complex> other) {
  if (one.size() != other.size()) return INFINITY;
  double largest = 0.0;
  for (const Complex& value : one) {
    const auto nearest =
        std::min_element(other.begin(), other.end(), [&](const Complex& a, const Complex& b) {
          return std::abs(a - value) < std::abs(b - value);
        });
    largest = std::max(largest, std::abs(*nearest - value));
    other.erase(nearest);
  }
  return largest;
}

double deviation_from_normality(const torch::Tensor& w) {
  return (w.matmul(w.t()) - w.t().matmul(w)).abs().max().item<double>();
}

SpectrumLaw law(double radius_low, double radius_high, double phase_min = 0.0,
                double phase_max = M_PI, double real_fraction = 0.0) {
  return {radius_low, radius_high, phase_min, phase_max, real_fraction};
}

SpectrumLaw law_of_times(double low, double high) {
  SpectrumLaw law;
  law.time_low = low;
  law.time_high = high;
  return law;
}

/// A variant as a manifest writes it, and what it must come to.
struct Variant {
  std::string label;
  nlohmann::json options;
  std::function<EigenMatrix(int64_t, Random&)> expected;
};

std::vector<Variant> variants() {
  const auto drawn = [](EigenMatrix (*construct)(const Spectrum&, Random&), SpectrumLaw of) {
    return [=](int64_t hidden, Random& random) {
      return construct(draw_spectrum(of, hidden, random), random);
    };
  };
  std::vector<Variant> all = {
      {"default", nlohmann::json::object(), drawn(eigen_in_orthogonal_basis, law(0.95, 1.0))},
      {"unit circle", {{"radius", 1}}, drawn(eigen_in_orthogonal_basis, law(1.0, 1.0))},
      {"small phases",
       {{"phase_max", 0.5}},
       drawn(eigen_in_orthogonal_basis, law(0.95, 1.0, 0.0, 0.5))},
      {"time constants",
       {{"time_constants", {2.0, 100.0}}},
       drawn(eigen_in_orthogonal_basis, law_of_times(2.0, 100.0))},
      {"one eigenvalue many times",
       {{"radius", 0.9}, {"phase_min", 3.14159}, {"basis", "gaussian"}},
       drawn(eigen_in_gaussian_basis, law(0.9, 0.9, M_PI, M_PI))},
      {"some real, rounded π",
       {{"real_fraction", 0.3}, {"phase_max", 3.1416}},
       drawn(eigen_in_orthogonal_basis, law(0.95, 1.0, 0.0, M_PI, 0.3))},
      {"all real, Gaussian basis",
       {{"real_fraction", 1.0}, {"basis", "gaussian"}},
       drawn(eigen_in_gaussian_basis, law(0.95, 1.0, 0.0, M_PI, 1.0))},
      {"disc, Gaussian basis",
       {{"radius", {0.0, 1.0}}, {"basis", "gaussian"}},
       drawn(eigen_in_gaussian_basis, law(0.0, 1.0))},
      {"unit circle, Gaussian basis",
       {{"radius", 1.0}, {"basis", "gaussian"}},
       drawn(eigen_in_gaussian_basis, law(1.0, 1.0))},
      {"large phases, Gaussian basis",
       {{"phase_min", 2.0}, {"basis", "gaussian"}, {"real_fraction", 0.1}},
       drawn(eigen_in_gaussian_basis, law(0.95, 1.0, 2.0, M_PI, 0.1))},
  };
  for (const std::string base : {"xavier", "kaiming", "torch_default", "orthogonal"}) {
    all.push_back({"respectral " + base,
                   {{"construct", "respectral"}, {"base", base}, {"radius", {0.9, 1.1}}},
                   [base](int64_t hidden, Random& random) {
                     const auto other = make(base, nlohmann::json::object());
                     const GateBlock block{cell_named("rnn_tanh"), "h", hidden, 1};
                     return eigen_respectral(
                         law(0.9, 1.1),
                         [&](Random& stream) { return other->recurrent_block(block, stream); },
                         random);
                   }});
  }
  return all;
}

TEST(EigenInitializer, FloatWeightsHaveTheDrawnSpectrum) {
  for (const Variant& variant : variants()) {
    const auto initializer = eigen(variant.options);
    for (int64_t hidden : {1, 2, 3, 16, 128}) {
      for (uint64_t seed = 0; seed < 4; ++seed) {
        SCOPED_TRACE(variant.label + ", H = " + std::to_string(hidden));
        const torch::Tensor weight = block_of(*initializer, "rnn_tanh", "h", hidden, seed);
        Random random(seed);
        const EigenMatrix expected = variant.expected(hidden, random);
        EXPECT_TRUE(torch::equal(weight, expected.weight));
        EXPECT_LT(distance(matrix_spectrum(weight.to(torch::kFloat32)).eigenvalues,
                           expected.spectrum.eigenvalues()),
                  1e-4);
      }
    }
  }
}

TEST(EigenInitializer, OrthogonalBasisGivesANormalMatrix) {
  for (int64_t hidden : {2, 3, 16, 128}) {
    EXPECT_LT(deviation_from_normality(block_of(*eigen(), "rnn_tanh", "h", hidden)), 1e-13);
    const auto respectral = eigen({{"construct", "respectral"}, {"base", "orthogonal"}});
    EXPECT_LT(deviation_from_normality(block_of(*respectral, "rnn_tanh", "h", hidden)), 1e-12);
    const auto gaussian = eigen({{"basis", "gaussian"}});
    EXPECT_GT(deviation_from_normality(block_of(*gaussian, "rnn_tanh", "h", hidden)), 1e-3);
  }
}

TEST(EigenInitializer, RespectralKeepsThePhasesAndReplacesTheModuli) {
  const auto initializer = eigen({{"construct", "respectral"}, {"radius", {0.9, 1.0}}});
  const torch::Tensor weight = block_of(*initializer, "gru", "r", 33, 7);
  const torch::Tensor base = block_of(*make("xavier", nlohmann::json::object()), "gru", "r", 33, 7);
  std::vector<Complex> phases, base_phases;
  for (const Complex& value : matrix_spectrum(weight).eigenvalues) {
    EXPECT_GE(std::abs(value), 0.9 - 1e-9);
    EXPECT_LE(std::abs(value), 1.0 + 1e-9);
    phases.push_back(value / std::abs(value));
  }
  for (const Complex& value : matrix_spectrum(base).eigenvalues) {
    base_phases.push_back(value / std::abs(value));
  }
  EXPECT_LT(distance(phases, base_phases), 1e-9);
}

TEST(EigenInitializer, DecompositionIsThatOfTheMatrix) {
  for (int64_t hidden : {1, 2, 3, 16, 128}) {
    const torch::Tensor matrix = Random(3).normal_tensor({hidden, hidden});
    const Eigenbasis basis = decompose(matrix);
    EXPECT_TRUE(torch::allclose(matrix.matmul(basis.vectors),
                                basis.vectors.matmul(block_diagonal(basis.spectrum)), 1e-9, 1e-9));
    EXPECT_LT(distance(matrix_spectrum(matrix).eigenvalues, basis.spectrum.eigenvalues()), 1e-9);
    EXPECT_TRUE(torch::allclose(basis.vectors.square().sum().div(hidden),
                                torch::ones({}, torch::kFloat64)));
  }
}

TEST(EigenInitializer, RingIsUniformInArea) {
  Random random(1);
  const Spectrum spectrum = draw_spectrum(law(0.5, 1.0, 0.2, 1.0), 40000, random);
  ASSERT_EQ(spectrum.pairs.size(), 20000u);
  double below_middle = 0.0, phases = 0.0;
  const double middle = std::sqrt((0.25 + 1.0) / 2.0);  // halves the area
  for (const Complex& value : spectrum.pairs) {
    EXPECT_GE(std::abs(value), 0.5 - 1e-12);
    EXPECT_LE(std::abs(value), 1.0 + 1e-12);
    EXPECT_GE(std::arg(value), 0.2 - 1e-12);
    EXPECT_LE(std::arg(value), 1.0 + 1e-12);
    below_middle += std::abs(value) < middle ? 1.0 : 0.0;
    phases += std::arg(value);
  }
  EXPECT_NEAR(below_middle / 20000.0, 0.5, 0.015);
  EXPECT_NEAR(phases / 20000.0, 0.6, 0.01);
}

TEST(EigenInitializer, TimeConstantsAreUniformInTheLogarithm) {
  Random random(1);
  const Spectrum spectrum = draw_spectrum(law_of_times(1.0, 100.0), 40000, random);
  double below_ten = 0.0;
  for (const Complex& value : spectrum.pairs) {
    const double time = -1.0 / std::log(std::abs(value));
    EXPECT_GE(time, 1.0 - 1e-9);
    EXPECT_LE(time, 100.0 + 1e-6);
    below_ten += time < 10.0 ? 1.0 : 0.0;
  }
  EXPECT_NEAR(below_ten / 20000.0, 0.5, 0.015);
}

TEST(EigenInitializer, RealEigenvaluesAreAsManyAsAskedAndOfTheRightSign) {
  const auto count = [](double fraction, int64_t size) {
    Random random(0);
    return draw_spectrum(law(1.0, 1.0, 0.0, M_PI, fraction), size, random).reals.size();
  };
  EXPECT_EQ(count(0.0, 16), 0u);
  EXPECT_EQ(count(0.0, 17), 1u);
  EXPECT_EQ(count(0.0, 1), 1u);
  EXPECT_EQ(count(0.25, 16), 4u);
  EXPECT_EQ(count(0.3, 16), 4u);
  EXPECT_EQ(count(0.25, 17), 5u);
  EXPECT_EQ(count(1.0, 16), 16u);
  EXPECT_EQ(count(1.0, 17), 17u);

  const auto positive = [](double phase_min, double phase_max) {
    Random random(0);
    double share = 0.0;
    for (double value : draw_spectrum(law(1, 1, phase_min, phase_max, 1.0), 1000, random).reals) {
      share += value > 0.0 ? 1e-3 : 0.0;
    }
    return share;
  };
  EXPECT_NEAR(positive(0.0, M_PI), 0.5, 0.05);
  EXPECT_NEAR(positive(0.0, 1.0), 1.0, 1e-9);
  EXPECT_EQ(positive(1.0, M_PI), 0.0);
}

TEST(EigenInitializer, OnlyTheChosenGatesAreEigen) {
  const auto initializer = eigen({{"radius", 1.0}, {"gates", {"g", "n"}}});
  const torch::Tensor chosen = block_of(*initializer, "lstm", "g", 16);
  EXPECT_LT(
      (chosen.matmul(chosen.t()) - torch::eye(16, torch::kFloat64)).abs().max().item<double>(),
      1e-12);
  EXPECT_TRUE(torch::equal(block_of(*initializer, "lstm", "f", 16),
                           block_of(*make("xavier", nlohmann::json::object()), "lstm", "f", 16)));
}

// A cell with gates of its own must not fall to xavier unseen, nor change the keys of others' runs.
TEST(EigenInitializer, ByDefaultGatesOfALaterCellAreEigenToo) {
  Cell later;
  later.name = "later";
  later.gates = {"q"};
  Random random(0);
  const torch::Tensor w = eigen({{"radius", 1.0}})->recurrent_block({later, "q", 16, 1}, random);
  EXPECT_LT((w.matmul(w.t()) - torch::eye(16, torch::kFloat64)).abs().max().item<double>(), 1e-12);
  const Options options =
      Options::resolve(InitializerRegistry::instance().at("eigen").options, nullptr);
  EXPECT_EQ(options.json()["gates"], nlohmann::json({"h", "i", "f", "g", "o", "r", "z", "n"}));
}

template <class Function>
std::string error_of(Function function) {
  try {
    function();
  } catch (const Error& error) {
    return error.what();
  }
  return "(no error)";
}

TEST(EigenInitializer, WhatCannotBeMetIsAnErrorThatSaysWhy) {
  EXPECT_EQ(error_of([] {
              eigen({{"phase_min", 2.0}, {"phase_max", 1.0}});
            }),
            "eigen: phase_min is 2, and must be at most phase_max, which is 1");
  EXPECT_EQ(error_of([] {
              eigen({{"time_constants", {0.0, 5.0}}});
            }),
            "eigen: time_constants is [0, 5], and must begin above 0: log τ is uniform between "
            "its ends");
  const auto narrow = eigen({{"phase_min", 0.5}, {"phase_max", 1.0}});
  EXPECT_NO_THROW(block_of(*narrow, "rnn_tanh", "h", 16));
  EXPECT_EQ(
      error_of([&] { block_of(*narrow, "rnn_tanh", "h", 3); }),
      "eigen: H = 3 is odd, so one eigenvalue must be real, and a real eigenvalue has phase 0 "
      "or π, but phases go from 0.5 to 1; take phase_min 0 or phase_max π, or an even H");
  const auto real = eigen({{"phase_min", 0.5}, {"phase_max", 1.0}, {"real_fraction", 0.5}});
  EXPECT_EQ(
      error_of([&] { block_of(*real, "rnn_tanh", "h", 16); }),
      "eigen: real_fraction 0.5 asks for real eigenvalues, and a real eigenvalue has phase 0 "
      "or π, but phases go from 0.5 to 1; take phase_min 0 or phase_max π, or real_fraction 0");
  const auto gates = eigen({{"gates", {"g"}}});
  EXPECT_EQ(error_of([&] { block_of(*gates, "gru", "r", 4); }),
            "eigen: gates is [g], and must name a gate of gru, which has r, z, n");
  EXPECT_THAT(error_of([] {
                eigen({{"gates", {"q"}}});
              }),
              testing::StartsWith("option 'gates' is [\"q\"], and must be a list of some of h, i, "
                                  "f, g, o, r, z, n"));
  EXPECT_THROW(eigen({{"radius", {1.0, 0.5}}}), Error);
  EXPECT_THROW(eigen({{"radius", -1.0}}), Error);
  EXPECT_THROW(eigen({{"base", "irnn"}}), Error);
}

TEST(EigenInitializer, AnIllConditionedBasisIsDrawnAgainTenTimesAtMost) {
  Random random(0);
  const Spectrum spectrum = draw_spectrum(law(1.0, 1.0), 8, random);
  const torch::Tensor good = haar_orthogonal(8, random);
  torch::Tensor singular = good.clone();
  singular.select(1, 7) = singular.select(1, 0);
  torch::Tensor nearly = good.clone();
  nearly.select(1, 7) = nearly.select(1, 0) + 1e-5 * nearly.select(1, 7);

  int calls = 0;
  const std::vector<torch::Tensor> in_turn = {singular, nearly, good};
  const EigenMatrix matrix = compose([&] { return Eigenbasis{spectrum, in_turn.at(calls++)}; });
  EXPECT_EQ(calls, 3);
  EXPECT_LT(distance(matrix_spectrum(matrix.weight).eigenvalues, spectrum.eigenvalues()), 1e-12);

  calls = 0;
  const std::string message = error_of([&] {
    compose([&] {
      ++calls;
      return Eigenbasis{spectrum, nearly};
    });
  });
  EXPECT_EQ(calls, 10);
  EXPECT_THAT(message, testing::StartsWith("eigen: 10 bases in a row were too ill-conditioned"));
}

}  // namespace
}  // namespace eigenrnn
