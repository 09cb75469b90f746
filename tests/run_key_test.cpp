#include <fstream>

#include <gtest/gtest.h>

#include "cells/cell.h"
#include "initializer_fixture.h"
#include "run/run_spec.h"
#include "support/error.h"
#include "support/files.h"
#include "tasks/task.h"

namespace eigenrnn {
namespace {

const TaskRegistration kFirstVersion({
    "test_keys",
    "a task with an option that no result was made with",
    {OptionSpec::integer("added_later", 7, "an option").at_least(0)},
    {{"loss", "loss", false, 1}},
    std::nullopt,
    {},
    {},
});

const TaskRegistration kSecondVersion({
    "test_keys_again",
    "a task that gave other outcomes once",
    {},
    {{"loss", "loss", false, 1}},
    std::nullopt,
    {},
    {},
    /*version=*/2,
});

RunParts run_of(const std::string& task, const nlohmann::json& options = {}) {
  RunParts parts;
  parts.task = task;
  parts.task_options = Options::resolve(TaskRegistry::instance().at(task).options, options);
  parts.cell = "gru";
  set_initializer(parts, "xavier");
  return parts;
}

// The key as it was first defined: every option that there was of every section.
nlohmann::json first_form(const RunParts& parts) {
  nlohmann::json training = training_section().to_json(parts.training);
  for (const char* later : {"schedule", "best_of_equals", "tf32", "decay_epochs", "decay_factor",
                            "warmup_epochs", "patience", "beta1", "beta2", "alpha", "epsilon"}) {
    training.erase(later);
  }
  nlohmann::json model = model_section().to_json(parts.model);
  for (const char* later : {"chrono_steps", "weight_drop", "weight_noise"}) model.erase(later);
  return {{"version", 1},
          {"task", parts.task},
          {"task_options", nlohmann::json::object()},
          {"cell", parts.cell},
          {"initializer", parts.initializer},
          {"initializer_options", nlohmann::json::object()},
          {"seed", parts.seed},
          {"model", model},
          {"training", training}};
}

std::string hash(const nlohmann::json& outcome) { return sha256(outcome.dump()).substr(0, 16); }

// A line is the spec of a committed result and the key under which it lies; it stays for good.
TEST(RunKey, TenCommittedResultsKeepTheirs) {
  std::ifstream file(EIGENRNN_SOURCE_DIR "/tests/pinned_keys.jsonl");
  int count = 0;
  for (std::string line; std::getline(file, line); ++count) {
    const nlohmann::json pinned = nlohmann::json::parse(line);
    EXPECT_EQ(RunSpec(RunParts::from_json(pinned.at("spec"))).key(), pinned.at("key")) << line;
  }
  EXPECT_EQ(count, 10);
}

TEST(RunKey, AnOptionThatIsAddedLaterChangesTheKeyOnlyWhereItIsUsed) {
  const RunParts at_default = run_of("test_keys");
  EXPECT_EQ(run_key(at_default), hash(first_form(at_default)));
  const RunParts used = run_of("test_keys", {{"added_later", 8}});
  nlohmann::json outcome = first_form(used);
  outcome["task_options"] = {{"added_later", 8}};
  EXPECT_EQ(run_key(used), hash(outcome));
  EXPECT_NE(run_key(used), run_key(at_default));
}

TEST(RunKey, Tf32EntersOnlyWhereItIsUsed) {
  RunParts parts = run_of("test_keys");
  const std::string key = run_key(parts);
  nlohmann::json outcome = first_form(parts);
  EXPECT_EQ(outcome.at("training").count("tf32"), 0);
  EXPECT_EQ(key, hash(outcome));
  parts.training.tf32 = true;
  outcome["training"]["tf32"] = true;
  EXPECT_EQ(run_key(parts), hash(outcome));
}

TEST(RunKey, AVersionEntersOnceItIsAboveOne) {
  const RunParts parts = run_of("test_keys_again");
  nlohmann::json outcome = first_form(parts);
  EXPECT_NE(run_key(parts), hash(outcome));
  outcome["task_version"] = 2;
  EXPECT_EQ(run_key(parts), hash(outcome));
}

TEST(RunKey, SoDoesThatOfACell) {
  Cell again = cell_named("gru");
  again.name = "gru_again";
  again.version = 2;
  CellRegistry::instance().add(again);
  RunParts parts = run_of("test_keys");
  parts.cell = "gru_again";
  nlohmann::json outcome = first_form(parts);
  EXPECT_NE(run_key(parts), hash(outcome));
  outcome["cell_version"] = 2;
  EXPECT_EQ(run_key(parts), hash(outcome));
}

TEST(RunKey, FirstOptionsEnterAlsoAtTheirDefaults) {
  RunParts parts = run_of("tomita");
  parts.training.momentum = 0.5;
  const std::string with_momentum = run_key(parts);
  parts.training.momentum = 0.0;
  nlohmann::json outcome = first_form(parts);
  outcome["task_options"] = parts.task_options.json();
  for (const char* later : {"validation_min_length", "validation_max_length"}) {
    outcome["task_options"].erase(later);
  }
  EXPECT_EQ(run_key(parts), hash(outcome));
  EXPECT_NE(run_key(parts), with_momentum);
}

TEST(RunKey, UnknownNamesHaveNone) {
  RunParts parts = run_of("tomita");
  parts.task = "tomato";
  EXPECT_THROW(run_key(parts), Error);
}

}  // namespace
}  // namespace eigenrnn
