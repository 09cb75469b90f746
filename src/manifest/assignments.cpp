#include "manifest/assignments.h"

#include <fmt/format.h>

#include "run/settings.h"
#include "support/alternatives.h"
#include "support/error.h"
#include "tasks/task.h"

namespace eigenrnn {
namespace {

// "section.key = value", taken apart; a mapping of the one key, as a section of a manifest has it.
struct Assignment {
  std::string section, key;
  ConfigNode map;
};

std::optional<Assignment> taken_apart(const std::string& text, Checker& check) {
  const Place place = {fmt::format("--set {}", text)};
  const size_t equals = text.find('=');
  const std::string path = text.substr(0, equals);
  if (equals == std::string::npos || path.empty()) {
    check.report(place, "it must be KEY=VALUE, as in training.learning_rate=0.1");
    return std::nullopt;
  }
  Assignment result;
  const size_t dot = path.rfind('.');
  result.section = dot == std::string::npos ? "" : path.substr(0, dot);
  result.key = path.substr(dot == std::string::npos ? 0 : dot + 1);
  try {
    ConfigNode value = parse_node(text.substr(equals + 1));
    value.place = place;
    result.map.kind = ConfigNode::Kind::kMap;
    result.map.place = place;
    result.map.members.emplace_back(result.key, std::move(value));
  } catch (const Error& error) {
    check.report(place, error.what());
    return std::nullopt;
  }
  return result;
}

}  // namespace

Assignments read_assignments(const std::vector<std::string>& texts, const TaskInfo* task,
                             Checker& check) {
  Assignments result;
  for (const std::string& text : texts) {
    const std::optional<Assignment> given = taken_apart(text, check);
    if (!given) continue;
    const auto lay_over = [&](nlohmann::json& section, const std::vector<OptionSpec>& specs) {
      section.update(check.options(&given->map, specs, given->section));
    };
    if (given->section == "model") {
      lay_over(result.model, model_section().specs());
    } else if (given->section == "training") {
      lay_over(result.training, training_section().specs());
    } else if (given->section == "recording") {
      lay_over(result.recording, recording_section().specs());
    } else if (given->section == "task.options") {
      if (task != nullptr) lay_over(result.task_options, task->options);
    } else if (given->section.empty() && given->key == "seeds") {
      result.seeds = given->map.members.front().second;
    } else {
      const std::string name = given->section.empty() ? given->key : given->section;
      check.report(given->map.place,
                   fmt::format("'{}' cannot be set here{}; name the option too, as in "
                               "training.learning_rate=0.1 or seeds=5",
                               name,
                               alternatives(name, {"model", "training", "recording", "task.options",
                                                   "seeds"})));
    }
  }
  return result;
}

}  // namespace eigenrnn
