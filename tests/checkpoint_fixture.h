#pragma once
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "initializer_fixture.h"
#include "training/checkpoint.h"
#include "training/trainer.h"

namespace eigenrnn {

/// Three epochs of three steps, of which everything is kept.
inline RunSpec small_run(const std::string& cell,
                         const nlohmann::json& training = nlohmann::json::object(),
                         const std::string& task = "tomita") {
  nlohmann::json task_options = nlohmann::json::object();
  if (task == "tomita") {
    task_options = {{"grammar", 4}, {"train_size", 60}, {"validation_size", 40}, {"test_size", 40}};
  }
  nlohmann::json settings = {{"epochs", 3}, {"batch_size", 20}, {"learning_rate", 0.01}};
  settings.update(training);
  RunParts parts;
  parts.experiment = "test";
  parts.profile = "quick";
  parts.task = task;
  parts.task_options = Options::resolve(TaskRegistry::instance().at(task).options, task_options);
  parts.cell = cell;
  set_initializer(parts, "xavier");
  parts.seed = 3;
  parts.model = model_section().from_json({{"hidden_size", 8}});
  parts.training = training_section().from_json(settings);
  parts.recording =
      recording_section().from_json({{"keep_weights", true}, {"epoch_spectra", "all"}});
  return RunSpec(std::move(parts));
}

inline std::optional<RunResult> train_with(const RunSpec& spec, TrainingHooks hooks,
                                           CheckpointStore* checkpoints) {
  const auto task = TaskRegistry::instance().at(spec->task).make(spec->task_options);
  hooks.checkpoints = checkpoints;
  return run_training(spec, *task, torch::kCPU, hooks);
}

inline TrainingHooks after_every_step() {
  TrainingHooks hooks;
  hooks.checkpoint_seconds = hooks.checkpoint_seconds_within_epoch = 0;
  return hooks;
}

inline bool same_spectra(const std::vector<BlockSpectrum>& a, const std::vector<BlockSpectrum>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.eigenvalues == y.eigenvalues && to_json(x) == to_json(y);
  });
}

// All but the time that it took, to the bit: a result's JSON is rounded.
inline void expect_same_bits(const RunResult& whole, const RunResult& parts) {
  const auto untimed = [](const RunResult& result) {
    nlohmann::json json = to_json(result);
    json.erase("timing");
    for (nlohmann::json& epoch : json["epochs"]) epoch.erase("seconds");
    return json;
  };
  EXPECT_EQ(untimed(whole), untimed(parts));
  ASSERT_EQ(whole.epochs.size(), parts.epochs.size());
  for (size_t i = 0; i < whole.epochs.size(); ++i) {
    EXPECT_EQ(whole.epochs[i].train_loss, parts.epochs[i].train_loss);
    EXPECT_EQ(whole.epochs[i].gradient_norm, parts.epochs[i].gradient_norm);
    EXPECT_EQ(whole.epochs[i].validation, parts.epochs[i].validation);
    EXPECT_TRUE(same_spectra(whole.epochs[i].spectra, parts.epochs[i].spectra));
  }
  EXPECT_TRUE(same_spectra(whole.spectra_at_start, parts.spectra_at_start));
  EXPECT_TRUE(same_spectra(whole.spectra_at_end, parts.spectra_at_end));
  ASSERT_EQ(whole.weights.size(), parts.weights.size());
  for (size_t i = 0; i < whole.weights.size(); ++i) {
    EXPECT_TRUE(torch::equal(whole.weights[i].second, parts.weights[i].second));
  }
}

}  // namespace eigenrnn
