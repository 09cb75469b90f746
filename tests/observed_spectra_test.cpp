#include "initializers/observed_spectra.h"

#include <algorithm>
#include <filesystem>
#include <unistd.h>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "initializers/initializer.h"
#include "linear_algebra/block_spectrum.h"
#include "manifest/manifest.h"
#include "support/error.h"
#include "support/files.h"

namespace eigenrnn {
namespace {

namespace fs = std::filesystem;
using Complex = std::complex<double>;
using testing::HasSubstr;

nlohmann::json group(const std::string& task, const std::string& condition, const std::string& cell,
                     const std::string& gate, const nlohmann::json& eigenvalues) {
  return {{"task", task}, {"condition", condition}, {"cell", cell},
          {"gate", gate}, {"runs", {"0"}},          {"eigenvalues", eigenvalues}};
}

class Observed : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_);
    // 3 pairs and 2 reals: a quarter is real. The last modulus is above 1.
    write({group("tomita", "5", "gru", "r",
                 {{0.5, 0.5}, {-0.3, 0.9}, {0.1, 0.2}, {0.7, 0.0}, {-1.2, 0.0}}),
           group("tomita", "6", "gru", "r", {{0.0, 0.25}}),
           group("adding", "T=100", "gru", "z", {{1.0, 0.0}})});
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::vector<nlohmann::json>& groups) const {
    write_atomically(file_, nlohmann::json({{"schema", 1}, {"groups", groups}}).dump());
  }

  nlohmann::json options(const nlohmann::json& more = nlohmann::json::object()) const {
    nlohmann::json all = {{"spectrum", "observed"}, {"observed_file", file_.string()}};
    all.update(more);
    return all;
  }

  static torch::Tensor block(const nlohmann::json& options, const std::string& gate, int64_t hidden,
                             uint64_t seed = 0) {
    const InitializerInfo& info = InitializerRegistry::instance().at("eigen");
    Random random(seed);
    return info.make(Options::resolve(info.options, options))
        ->recurrent_block({cell_named("gru"), gate, hidden, 1}, random);
  }

  static std::string error_of(const nlohmann::json& options, const std::string& gate = "r",
                              int64_t hidden = 8) {
    try {
      block(options, gate, hidden);
    } catch (const Error& error) {
      return error.what();
    }
    return "(no error)";
  }

  fs::path folder_ = fs::temp_directory_path() / fmt::format("eigenrnn-observed-{}", ::getpid());
  fs::path file_ = folder_ / "observed_spectra.json";
};

TEST_F(Observed, FloatWeightsHaveObservedEigenvalues) {
  const Spectrum observed = ObservedSpectra(file_).of("tomita/5", "gru", "r");
  for (const char* basis : {"orthogonal", "gaussian"}) {
    for (int64_t hidden : {3, 16, 64}) {
      SCOPED_TRACE(fmt::format("{}, H = {}", basis, hidden));
      const torch::Tensor weight =
          block(options({{"observed_task", "tomita/5"}, {"basis", basis}}), "r", hidden, 3);
      // Rounding moves a simple eigenvalue by less than 1e-4, and one that was drawn n times may
      // part into n, in a ring around it.
      for (const Complex& value : matrix_spectrum(weight).eigenvalues) {
        double nearest = INFINITY;
        for (const Complex& one : observed.eigenvalues()) {
          nearest = std::min(nearest, std::abs(one - value));
        }
        EXPECT_LT(nearest, 1e-4);
      }
    }
  }
}

TEST_F(Observed, TheShareOfRealEigenvaluesIsTheObservedOne) {
  const Spectrum observed = ObservedSpectra(file_).of("tomita/5", "gru", "r");
  const auto reals = [&](int64_t size) {
    Random random(0);
    const Spectrum drawn = resample_spectrum(observed, size, random);
    EXPECT_EQ(drawn.size(), size);
    return drawn.reals.size();
  };
  EXPECT_EQ(reals(16), 4u);
  EXPECT_EQ(reals(64), 16u);
  EXPECT_EQ(reals(17), 5u);
  EXPECT_EQ(reals(1), 1u);
  Random random(1);
  const Spectrum many = resample_spectrum(observed, 40000, random);
  EXPECT_NEAR(
      static_cast<double>(std::count(many.pairs.begin(), many.pairs.end(), Complex(0.5, 0.5))) /
          15000.0,
      1.0 / 3.0, 0.02);
  EXPECT_NEAR(static_cast<double>(std::count(many.reals.begin(), many.reals.end(), -1.2)) / 10000.0,
              0.5, 0.02);
}

TEST_F(Observed, ATaskOrOneOfItsConditionsIsChosen) {
  const ObservedSpectra spectra(file_);
  EXPECT_EQ(spectra.of("tomita/5", "gru", "r").size(), 8);
  EXPECT_EQ(spectra.of("tomita/6", "gru", "r").size(), 2);
  EXPECT_EQ(spectra.of("tomita", "gru", "r").size(), 10);
  EXPECT_EQ(spectra.of("any", "gru", "r").size(), 10);
  EXPECT_EQ(spectra.of("any", "gru", "z").size(), 1);
}

TEST_F(Observed, WhatCannotBeMetIsAnErrorThatSaysWhy) {
  EXPECT_THAT(error_of({{"spectrum", "observed"}}),
              HasSubstr("spectrum is observed, and observed_file must name a file"));
  EXPECT_THAT(error_of(options({{"observed_file", "nowhere.json"}})),
              HasSubstr("'observed_file' is \"nowhere.json\", and must be the path of a file"));
  EXPECT_THAT(error_of(options({{"construct", "respectral"}})), HasSubstr("needs construct drawn"));
  EXPECT_THAT(error_of(options(), "n"),
              HasSubstr("has no eigenvalues of it for gate n of gru; there are: adding/T=100 gru "
                        "z, tomita/5 gru r, tomita/6 gru r"));
  EXPECT_THAT(error_of(options({{"observed_task", "tomita/7"}})),
              HasSubstr("observed_task is tomita/7"));
  EXPECT_THAT(error_of(options({{"observed_task", "tomita/6"}}), "r", 3),
              HasSubstr("H = 3 is odd, so one eigenvalue must be real, and none of the 2 observed "
                        "ones is; take an even H"));
  write({group("tomita", "5", "gru", "r", {{0.5, -0.5}})});
  EXPECT_THAT(error_of(options()), HasSubstr("imaginary part must be at least 0"));
  write({group("tomita", "5", "gru", "r", nlohmann::json::array())});
  EXPECT_THAT(error_of(options()), HasSubstr("a group must have eigenvalues"));
  for (const char* text : {"{", "{\"schema\": 2, \"groups\": []}", "[]"}) {
    write_atomically(file_, text);
    EXPECT_THAT(error_of(options()), HasSubstr("observed_spectra.json is no file of scripts/"));
  }
}

TEST_F(Observed, AManifestChecksTheFileAndItsContentDecidesTheKey) {
  const auto load = [&](const std::string& file) {
    write_atomically(folder_ / "test.yaml", fmt::format(R"(experiment: small
title: Small
task: {{name: adding}}
cells: [gru]
initializers:
  - {{name: eigen, options: {{gates: [r], spectrum: observed, observed_file: "{}"}}}}
)",
                                                        file));
    Problems problems;
    const Grid grid = load_grid(folder_ / "test.yaml", "cpu", problems);
    return std::make_pair(to_string(problems), grid.runs.empty() ? "" : grid.runs.front().key());
  };
  const auto [no_problem, key] = load(file_.string());
  EXPECT_EQ(no_problem, "");
  fs::copy_file(file_, folder_ / "copy.json");
  EXPECT_EQ(load((folder_ / "copy.json").string()).second, key);
  write({group("tomita", "5", "gru", "r", {{0.5, 0.6}})});
  EXPECT_NE(load(file_.string()).second, key);
  EXPECT_THAT(load("nowhere.json").first, HasSubstr("test.yaml:6: 'observed_file'"));
  write({group("tomita", "5", "lstm", "i", {{0.5, 0.6}})});
  EXPECT_THAT(load(file_.string()).first, HasSubstr("there are: tomita/5 lstm i"));
}

}  // namespace
}  // namespace eigenrnn
