#include "model/weights.h"

#include <unistd.h>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "initializer_fixture.h"
#include "initializers/initializer.h"
#include "store/result_store.h"
#include "support/error.h"
#include "support/files.h"
#include "training/trainer.h"

namespace eigenrnn {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Weights : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  static RunSpec spec(const std::string& cell, int64_t hidden = 8) {
    RunParts parts;
    parts.experiment = "test";
    parts.profile = "quick";
    parts.task = "tomita";
    parts.task_options = Options::resolve(
        TaskRegistry::instance().at("tomita").options,
        {{"grammar", 4}, {"train_size", 60}, {"validation_size", 40}, {"test_size", 100}});
    parts.cell = cell;
    set_initializer(parts, "xavier");
    parts.model = model_section().from_json({{"hidden_size", hidden}, {"layers", 2}});
    parts.training = training_section().from_json({{"epochs", 3}, {"batch_size", 20}});
    parts.recording = recording_section().from_json({{"keep_weights", true}});
    return RunSpec(std::move(parts));
  }

  // Of a seed of its own, so that nothing is right before weights are loaded.
  static TaskModel fresh_model(const RunSpec& spec, const Task& task) {
    RecurrentSettings settings;
    settings.cell = &cell_named(spec->cell);
    settings.initializer =
        InitializerRegistry::instance()
            .at("orthogonal")
            .make(Options::resolve(InitializerRegistry::instance().at("orthogonal").options, {}));
    settings.hidden_size = spec->model.hidden_size;
    settings.layers = spec->model.layers;
    return task.make_model(settings, Random(99));
  }

  std::string error_of_loading(const fs::path& path, torch::nn::Module& model) const {
    try {
      load_weights(path, model);
    } catch (const Error& error) {
      return error.what();
    }
    return "(no error)";
  }

  fs::path folder_ = fs::temp_directory_path() / fmt::format("eigenrnn-weights-{}", ::getpid());
};

TEST_F(Weights, LoadedWeightsGiveTheTestMetricsOfTheResult) {
  const ResultStore store(folder_);
  for (const char* cell : {"rnn_tanh", "lstm", "gru"}) {
    const RunSpec run = spec(cell);
    const auto task = TaskRegistry::instance().at(run->task).make(run->task_options);
    const RunResult result = *run_training(run, *task, torch::kCPU);
    store.write(run, to_json(result), result.weights);

    const auto model = fresh_model(run, *task);
    load_weights(store.weights_path(run), *model.network);
    const torch::NoGradGuard no_gradient;
    EXPECT_EQ(model.evaluate(Split::kTest, torch::kCPU).metrics, *result.test) << cell;
  }
}

TEST_F(Weights, TheResultSaysWhereTheyAreAndIsNotDoneWithoutThem) {
  const ResultStore store(folder_);
  const RunSpec run = spec("gru");
  RunParts parts = *run;
  parts.recording = {};
  const RunSpec plain(parts);
  store.write(plain, to_json(RunResult(plain)));
  EXPECT_TRUE(store.is_done(plain));
  EXPECT_FALSE(store.is_done(run));  // it was not asked to keep weights

  RunResult result(run);
  result.weights = {{"a.b", torch::ones({2, 3})}};
  store.write(run, to_json(result), result.weights);
  const nlohmann::json weights = nlohmann::json::parse(read_file(store.path(run))).at("weights");
  EXPECT_EQ(weights.at("file"), run.key() + ".safetensors");
  EXPECT_EQ(weights.at("sha256"), sha256(read_file(store.weights_path(run))));
  EXPECT_TRUE(store.is_done(run));
  EXPECT_TRUE(store.is_done(plain));  // more than was asked for

  fs::remove(store.weights_path(run));
  EXPECT_FALSE(store.is_done(run));
  EXPECT_TRUE(store.is_done(plain));

  // A run without a finished epoch has none to keep.
  result.status = RunStatus::kDiverged;
  store.write(run, to_json(result));
  EXPECT_TRUE(store.is_done(run));
}

TEST_F(Weights, AResultWithoutWeightsRemovesThoseFromBefore) {
  const ResultStore store(folder_);
  const RunSpec run = spec("gru");
  const RunResult result(run);
  store.write(run, to_json(result), {{"a", torch::ones({1})}});
  EXPECT_TRUE(fs::exists(store.weights_path(run)));
  store.write(run, to_json(result));
  EXPECT_FALSE(fs::exists(store.weights_path(run)));
}

TEST_F(Weights, TheSameWeightsGiveTheSameBytes) {
  EXPECT_EQ(safetensors_of({{"a.b", torch::ones({2, 3})}}),
            safetensors_of({{"a.b", torch::ones({2, 3})}}));
}

TEST_F(Weights, AreCalledAsTorchCallsThem) {
  std::vector<std::string> names;
  const RunSpec run = spec("gru");
  const auto task = TaskRegistry::instance().at(run->task).make(run->task_options);
  for (const auto& [name, tensor] : weights_of(*fresh_model(run, *task).network)) {
    names.push_back(name);
  }
  EXPECT_THAT(names,
              testing::UnorderedElementsAre(
                  "recurrent.weight_ih_l0", "recurrent.weight_hh_l0", "recurrent.bias_ih_l0",
                  "recurrent.bias_hh_l0", "recurrent.weight_ih_l1", "recurrent.weight_hh_l1",
                  "recurrent.bias_ih_l1", "recurrent.bias_hh_l1", "head.weight", "head.bias"));
}

TEST_F(Weights, WhatDoesNotFitIsAnErrorThatSaysWhy) {
  const RunSpec run = spec("gru");
  const auto task = TaskRegistry::instance().at(run->task).make(run->task_options);
  const auto model = fresh_model(run, *task).network;
  const fs::path path = folder_ / "w.pt";
  const NamedTensors before = weights_of(*model);
  EXPECT_THAT(error_of_loading(path, *model), HasSubstr("No such file"));

  write_atomically(path, "no archive");
  EXPECT_THAT(error_of_loading(path, *model), HasSubstr("w.pt: no safetensors file"));

  write_atomically(path, safetensors_of(weights_of(*fresh_model(spec("lstm"), *task).network)));
  EXPECT_THAT(error_of_loading(path, *model),
              HasSubstr("weight_ih_l0' is [32, 2], and must be [24, 2] for this model"));

  NamedTensors changed = before;
  changed.pop_back();
  write_atomically(path, safetensors_of(changed));
  EXPECT_THAT(error_of_loading(path, *model),
              HasSubstr("has no weights for '" + before.back().first + "'"));

  changed = before;
  changed.emplace_back("spare", torch::ones({1}));
  write_atomically(path, safetensors_of(changed));
  EXPECT_THAT(error_of_loading(path, *model), HasSubstr("that this model lacks: spare"));

  const NamedTensors after = weights_of(*model);
  for (size_t i = 0; i < before.size(); ++i) {
    EXPECT_TRUE(torch::equal(before[i].second, after[i].second)) << before[i].first;
  }
}

}  // namespace
}  // namespace eigenrnn
