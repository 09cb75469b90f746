#pragma once
#include <optional>
#include <string>
#include <vector>

#include "manifest/checker.h"

namespace eigenrnn {

struct TaskInfo;

/// What a command line lays over a manifest, checked like it, and stronger than all that stands in
/// it: its conditions, overrides and profiles too. Each is an object of options.
struct Assignments {
  nlohmann::json model = nlohmann::json::object();
  nlohmann::json training = nlohmann::json::object();
  nlohmann::json recording = nlohmann::json::object();
  nlohmann::json task_options = nlohmann::json::object();
  std::optional<ConfigNode> seeds;
};

/// Of texts as in "training.learning_rate=0.1", "task.options.length=50", "seeds=[7, 8]"; of equal
/// keys the last one counts. `task` is null where the manifest names none that exists: then its
/// options are not checked.
Assignments read_assignments(const std::vector<std::string>& texts, const TaskInfo* task,
                             Checker& check);

}  // namespace eigenrnn
