#include <cmath>

#include <gtest/gtest.h>

#include "dynamics/analysis.h"
#include "dynamics/sample.h"
#include "initializers/initializer.h"
#include "model/model.h"
#include "tasks/pixel_mnist/pixel_mnist.h"
#include "training/make_model.h"

namespace eigenrnn {
namespace {

RunSpec spec_of(const std::string& cell, const std::string& initializer = "orthogonal") {
  RunParts parts;
  parts.experiment = "test";
  parts.profile = "quick";
  parts.task = "tomita";
  parts.task_options = Options::resolve(
      TaskRegistry::instance().at("tomita").options,
      {{"grammar", 5}, {"train_size", 50}, {"validation_size", 50}, {"test_size", 200}});
  parts.cell = cell;
  parts.initializer = parts.label = initializer;
  parts.initializer_options =
      Options::resolve(InitializerRegistry::instance().at(initializer).options, {});
  parts.model = model_section().from_json({{"hidden_size", 8}});
  parts.training = training_section().from_json({});
  return RunSpec(std::move(parts));
}

AnalysisSettings small() {
  AnalysisSettings settings;
  settings.trajectories = 3;
  settings.memory_lag = 30;
  settings.lyapunov_steps = 100;
  settings.fixed_point_starts = 6;
  settings.largest_period = 2;
  return settings;
}

Batch some(const Task& task) {
  Random random(0);
  return sample_batch(task, Split::kTest, 120, random);
}

nlohmann::json analyze(const RunSpec& spec, const AnalysisSettings& settings = small()) {
  const auto task = TaskRegistry::instance().at(spec->task).make(spec->task_options);
  return to_json(
      analyze_model(*make_model(spec, *task).network, some(*task), task->automaton(), settings));
}

class AnalysisOfCells : public testing::TestWithParam<std::string> {};

TEST_P(AnalysisOfCells, HasEveryMeasure) {
  std::vector<std::string> stages;
  AnalysisSettings settings = small();
  settings.progress = [&](const std::string& stage) { stages.push_back(stage); };
  const nlohmann::json json = analyze(spec_of(GetParam()), settings);
  const Cell& cell = cell_named(GetParam());
  EXPECT_EQ(stages, (std::vector<std::string>{"spectra", "sequences", "modes", "linearity",
                                              "memory", "jacobians", "gradients", "lyapunov",
                                              "separability", "fixed_points"}));
  EXPECT_EQ(json["spectra"].size(), cell.gates.size());
  EXPECT_EQ(json["layer"]["path"], "recurrent.layer0");
  const size_t size = cell.has_cell_state() ? 16 : 8;
  EXPECT_EQ(json["layer"]["state_size"], size);
  EXPECT_EQ(json["modes"].is_null(), !cell.activation);
  EXPECT_EQ(json["linearity"].is_null(), !cell.activation);
  EXPECT_EQ(json["memory"]["network"]["by_lag"].size(), 31u);
  EXPECT_EQ(json["jacobians"].size(), 6u);
  EXPECT_EQ(json["jacobians"][5]["eigenvalues"].size(), size);
  EXPECT_EQ(json["lyapunov"]["exponents"].size(), size);
  EXPECT_EQ(json["gradients"]["lags"].size(), json["gradients"]["spectral"]["median"].size());
  EXPECT_EQ(json["gradients"]["spectral"]["median"][0], 0.0);
  EXPECT_EQ(json["separability"]["label"][0]["lag"], 0);
  EXPECT_GT(json["separability"]["input"][0]["accuracy"], 0.9);  // the symbol just read
  EXPECT_EQ(json["fixed_points"]["searches"].size(), 4u);        // 2 symbols, 2 periods
  EXPECT_EQ(json["fixed_points"]["dfa"]["accepting"].size(), 4u);
  for (const nlohmann::json& search : json["fixed_points"]["searches"]) {
    int64_t starts = search["not_found"].get<int64_t>() + search["returned_earlier"].get<int64_t>();
    for (const nlohmann::json& point : search["points"]) {
      starts += point["starts"].get<int64_t>();
      EXPECT_EQ(point["coordinates"].size(), search["period"]);
      EXPECT_EQ(point["eigenvalues"].size(), size);
    }
    EXPECT_EQ(starts, search["starts"]);
  }
}

TEST_P(AnalysisOfCells, SameRunSameNumbers) {
  nlohmann::json first = analyze(spec_of(GetParam())), second = analyze(spec_of(GetParam()));
  first.erase("seconds");
  second.erase("seconds");
  EXPECT_EQ(first, second);
}

INSTANTIATE_TEST_SUITE_P(Cells, AnalysisOfCells, testing::ValuesIn(cell_names()),
                         [](const auto& info) { return info.param; });

TEST(Analysis, AnOrthogonalLayerIsAtTheUnitCircle) {
  const nlohmann::json json = analyze(spec_of("rnn_tanh"));
  EXPECT_NEAR(json["spectra"][0]["spectral_radius"].get<double>(), 1.0, 1e-5);
  EXPECT_TRUE(json["modes"]["list"][0]["time_constant"].is_null() ||
              std::abs(json["modes"]["list"][0]["time_constant"].get<double>()) > 1e5);
  EXPECT_LT(json["lyapunov"]["exponents"][0].get<double>(), 0.0);  // tanh only contracts
}

TEST(Analysis, OfANumberAsInputAndTwoLayers) {
  // Images of two kinds: bright above or bright below.
  torch::Tensor images = torch::zeros({260, 28, 28}, torch::kUInt8);
  Random random(2);
  for (int64_t i = 0; i < 260; ++i) {
    const int64_t half = i % 2;
    images[i].slice(0, 14 * half, 14 * half + 14).fill_(100 + random.index(100));
  }
  const torch::Tensor labels = (torch::arange(260) % 2).to(torch::kUInt8);
  RunParts parts = *spec_of("gru");
  parts.task = "pixel_mnist";
  parts.task_options = Options::resolve(
      pixel_mnist_options(),
      {{"downsample", 7}, {"train_size", 50}, {"validation_size", 50}, {"test_size", 200}});
  parts.model = model_section().from_json({{"hidden_size", 8}, {"layers", 2}});
  const RunSpec spec(parts);
  const auto task =
      make_pixel_mnist({images, labels, images, labels}, spec->task_options, nlohmann::json());
  EXPECT_FALSE(task->automaton());
  const nlohmann::json json =
      to_json(analyze_model(*make_model(spec, *task).network, some(*task), {}, small()));
  EXPECT_EQ(json["spectra"].size(), 6u);
  EXPECT_EQ(json["layer"]["path"], "recurrent.layer0");
  EXPECT_GT(json["separability"]["label"][0]["accuracy"], 0.9);
  EXPECT_GT(json["separability"]["input"][0]["r2"], 0.9);
  EXPECT_TRUE(json["fixed_points"].is_null());
  EXPECT_EQ(json["lyapunov"]["steps"], 100);
}

TEST(Analysis, WeightsThatAreNotFiniteHaveSpectraOnly) {
  const RunSpec spec = spec_of("rnn_tanh");
  const auto task = TaskRegistry::instance().at(spec->task).make(spec->task_options);
  const auto model = make_model(spec, *task).network;
  {
    const torch::NoGradGuard no_gradient;
    model->named_parameters()["recurrent.layer0.weight_hh"][0][0] = NAN;
  }
  const Analysis analysis = analyze_model(*model, some(*task), task->automaton(), small());
  EXPECT_FALSE(analysis.layer);
  const nlohmann::json json = to_json(analysis);
  EXPECT_TRUE(json["spectra"][0]["spectral_radius"].is_null());
  EXPECT_TRUE(json["layer"].is_null());
  EXPECT_TRUE(json["fixed_points"].is_null());
}

TEST(Analysis, VisitedStatesAreNamedByTheAutomatonOnlyWhereThereIsOne) {
  const RunSpec spec = spec_of("rnn_tanh");
  const auto task = TaskRegistry::instance().at(spec->task).make(spec->task_options);
  const auto model = make_model(spec, *task).network;
  const Analysis named = analyze_model(*model, some(*task), task->automaton(), small());
  const Analysis nameless = analyze_model(*model, some(*task), {}, small());
  const FixedPointAnalysis &with = *named.layer->fixed_points,
                           &without = *nameless.layer->fixed_points;
  EXPECT_EQ(with.visited.automaton_states.size(),
            static_cast<size_t>(with.visited.coordinates.size(0)));
  EXPECT_TRUE(without.visited.automaton_states.empty());
  EXPECT_TRUE(torch::equal(with.visited.coordinates, without.visited.coordinates));
  for (const SymbolSearch& search : without.searches) {
    for (const FixedPoint& point : search.found.points) {
      EXPECT_TRUE(point.starts_by_label.empty());
    }
  }
  const nlohmann::json json = to_json(nameless);
  EXPECT_TRUE(json["fixed_points"]["dfa"].is_null());
  EXPECT_TRUE(json["fixed_points"]["visited"]["dfa_states"].is_null());
}

TEST(Analysis, TheScalarInputHasTheTasksVariance) {
  const Cell& cell = cell_named("rnn_tanh");
  Random random(1);
  const torch::Tensor w = random.normal_tensor({4, 1});
  const torch::Tensor zero = torch::zeros({4}, torch::kFloat64);
  const StateMap map(cell, {w, random.normal_tensor({4, 4}), zero, zero});
  Sample sample{
      2.0 + 3.0 * random.normal_tensor({5, 4, 1}), torch::tensor({5, 5, 5, 5}, torch::kInt64), {}};
  const double deviation = sample.input.std(/*unbiased=*/false).item<double>();
  const ScalarInput dense = scalar_input(map, sample);
  EXPECT_NEAR(dense.drive.norm().item<double>(), deviation * w.norm().item<double>(), 1e-12);
  EXPECT_NEAR(dense.projected.square().mean().item<double>(), 1.0, 1e-12);

  // Two symbols, one as frequent as the other: half the difference of their columns.
  const torch::Tensor columns = random.normal_tensor({4, 2});
  const StateMap symbols(cell, {columns, random.normal_tensor({4, 4}), zero, zero});
  sample.input = torch::tensor({{0, 1}, {1, 0}}, torch::kInt64);
  sample.lengths = torch::tensor({2, 2}, torch::kInt64);
  const ScalarInput indices = scalar_input(symbols, sample);
  const torch::Tensor half = (columns.select(1, 1) - columns.select(1, 0)) / 2;
  EXPECT_NEAR(indices.drive.dot(half).abs().item<double>(), half.dot(half).item<double>(), 1e-12);
  EXPECT_TRUE(torch::allclose(indices.mean, columns.mean(1), 0, 1e-12));
}

TEST(Analysis, SequencesFollowOneAnotherWithoutPadding) {
  const Sample sample{torch::tensor({{1, 4}, {2, 5}, {3, 0}}, torch::kInt64),
                      torch::tensor({3, 2}, torch::kInt64),
                      {}};
  EXPECT_TRUE(torch::equal(concatenated(sample, 100).flatten(),
                           torch::tensor({1, 2, 3, 4, 5}, torch::kInt64)));
  EXPECT_EQ(concatenated(sample, 4).size(0), 4);
  EXPECT_EQ(sample.slice(1, 2).input.sizes(), (std::vector<int64_t>{2, 1}));
}

}  // namespace
}  // namespace eigenrnn
