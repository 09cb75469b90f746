#include <algorithm>
#include <map>
#include <set>

#include "cells/cell.h"
#include "initializers/initializer.h"
#include "run/run_spec.h"
#include "support/files.h"
#include "tasks/task.h"

namespace eigenrnn {
namespace {

// Raise it when a change to the training loop gives the same spec another outcome. A task, a cell
// and an initializer have a version of their own, so that a change to one ages its results alone.
constexpr int kTrainingVersion = 1;

// The options that were there when the first results were made. They are in every key, also at
// their defaults; an option that is not listed enters only where it is not. The list never grows.
const std::map<std::string, std::set<std::string>>& first_options() {
  static const std::map<std::string, std::set<std::string>> names = {
      {"model", {"bias", "forget_bias", "hidden_size", "input_weight", "kernel", "layers"}},
      {"training",
       {"batch_size", "clip_norm", "epochs", "learning_rate", "momentum", "optimizer",
        "weight_decay"}},
      {"task adding", {"data_seed", "length", "test_size", "train_size", "validation_size"}},
      {"task mackey_glass", {"horizon", "length", "test_size", "train_size", "validation_size"}},
      {"task multi30k",
       {"attention", "beam_size", "dropout", "embedding_size", "max_length", "minimum_count",
        "teacher_forcing", "test_size", "train_size", "validation_size"}},
      {"task pixel_mnist",
       {"downsample", "order", "permutation_seed", "test_size", "train_size", "validation_size"}},
      {"task tomita",
       {"data_seed", "grammar", "max_length", "min_length", "near_miss_fraction", "test_max_length",
        "test_min_length", "test_size", "train_size", "validation_size"}},
      {"initializer eigen",
       {"base", "basis", "construct", "gates", "observed_file", "observed_task", "phase_max",
        "phase_min", "radius", "real_fraction", "spectrum"}},
      {"initializer irnn", {"scale"}},
      {"initializer orthogonal", {"gain"}},
  };
  return names;
}

// What of a section's options counts: `values` are resolved, and so are compared with the defaults
// as they resolve.
nlohmann::json hashed(const std::string& section, const std::vector<OptionSpec>& specs,
                      const nlohmann::json& values) {
  const auto found = first_options().find(section);
  nlohmann::json result = nlohmann::json::object();
  for (const OptionSpec& spec : specs) {
    const bool always = found != first_options().end() && found->second.count(spec.name) > 0;
    const nlohmann::json& value = values.at(spec.name);
    if (always || value != spec.resolved_default()) result[spec.name] = value;
  }
  return result;
}

}  // namespace

std::string run_key(const RunParts& parts) {
  const TaskInfo& task = TaskRegistry::instance().at(parts.task);
  const InitializerInfo& initializer = InitializerRegistry::instance().at(parts.initializer);
  nlohmann::json outcome = {
      {"version", 1},  // of the key's own form
      {"task", parts.task},
      {"task_options", hashed("task " + task.name, task.options, parts.task_options.content())},
      {"cell", parts.cell},
      {"initializer", parts.initializer},
      {"initializer_options", hashed("initializer " + initializer.name, initializer.options,
                                     parts.initializer_options.content())},
      {"seed", parts.seed},
      {"model", hashed("model", model_section().specs(), model_section().to_json(parts.model))},
      {"training",
       hashed("training", training_section().specs(), training_section().to_json(parts.training))}};
  const std::map<std::string, int> versions = {{"task_version", task.version},
                                               {"cell_version", cell_named(parts.cell).version},
                                               {"initializer_version", initializer.version},
                                               {"training_version", kTrainingVersion}};
  for (const auto& [name, version] : versions) {
    if (version > 1) outcome[name] = version;
  }
  return sha256(outcome.dump()).substr(0, 16);
}

}  // namespace eigenrnn
