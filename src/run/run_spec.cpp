#include "run/run_spec.h"

#include <fmt/format.h>

#include "initializers/initializer.h"
#include "support/json_integer.h"
#include "tasks/task.h"

namespace eigenrnn {

std::string RunParts::describe() const {
  return fmt::format("{} {} · {} · {} · seed {}", experiment, condition, cell, label, seed);
}

std::string RunParts::kind() const {
  return fmt::format("{}/{}/{}/{}", profile, experiment, condition, cell);
}

nlohmann::json RunParts::to_json() const {
  return {{"experiment", experiment},
          {"profile", profile},
          {"condition", condition},
          {"task", {{"name", task}, {"options", task_options.json()}}},
          {"cell", cell},
          {"initializer",
           {{"name", initializer}, {"label", label}, {"options", initializer_options.json()}}},
          {"seed", seed},
          {"model", model_section().to_json(model)},
          {"training", training_section().to_json(training)},
          {"recording", recording_section().to_json(recording)}};
}

RunParts RunParts::from_json(const nlohmann::json& json) {
  RunParts parts;
  parts.experiment = json.at("experiment");
  parts.profile = json.at("profile");
  parts.condition = json.at("condition");
  parts.task = json.at("task").at("name");
  parts.task_options = Options::resolve(TaskRegistry::instance().at(parts.task).options,
                                        json.at("task").at("options"));
  parts.cell = cell_named(json.at("cell").get<std::string>()).name;
  const nlohmann::json& initializer = json.at("initializer");
  parts.initializer = initializer.at("name");
  parts.label = initializer.at("label");
  parts.initializer_options = Options::resolve(
      InitializerRegistry::instance().at(parts.initializer).options, initializer.at("options"));
  parts.seed = int64_at(json, "seed");
  parts.model = model_section().from_json(json.at("model"));
  parts.training = training_section().from_json(json.at("training"));
  parts.recording =
      recording_section().from_json(json.value("recording", nlohmann::json::object()));
  return parts;
}

RunSpec::RunSpec(RunParts parts)
    : parts_(std::make_shared<const RunParts>(std::move(parts))), key_(run_key(*parts_)) {}

}  // namespace eigenrnn
