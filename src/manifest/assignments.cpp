#include "manifest/assignments.h"

#include <fmt/format.h>

#include "manifest/option_path.h"
#include "run/settings.h"
#include "support/alternatives.h"
#include "support/error.h"
#include "tasks/task.h"

namespace eigenrnn {
namespace {

// "section.key = value", taken apart.
struct Assignment {
  OptionPath path;
  ConfigNode map;  // of the one key
};

std::optional<Assignment> taken_apart(const std::string& text, Checker& check) {
  const Place place = {fmt::format("--set {}", text)};
  const size_t equals = text.find('=');
  const std::string path = text.substr(0, equals);
  if (equals == std::string::npos || path.empty()) {
    check.report(place, "it must be KEY=VALUE, as in training.learning_rate=0.1");
    return std::nullopt;
  }
  try {
    const OptionPath option(path);
    ConfigNode value = parse_node(text.substr(equals + 1));
    value.place = place;
    return Assignment{option, section_of(option.name, std::move(value))};
  } catch (const Error& error) {
    check.report(place, error.what());
    return std::nullopt;
  }
}

}  // namespace

Assignments read_assignments(const std::vector<std::string>& texts, const TaskInfo* task,
                             Checker& check) {
  Assignments result;
  for (const std::string& text : texts) {
    const std::optional<Assignment> given = taken_apart(text, check);
    if (!given) continue;
    const auto lay_over = [&](nlohmann::json& section, const std::vector<OptionSpec>& specs) {
      section.update(check.options(&given->map, specs, given->path.section));
    };
    if (given->path.section == "model") {
      lay_over(result.model, model_section().specs());
    } else if (given->path.section == "training") {
      lay_over(result.training, training_section().specs());
    } else if (given->path.section == "recording") {
      lay_over(result.recording, recording_section().specs());
    } else if (given->path.section == "task.options") {
      if (task != nullptr) lay_over(result.task_options, task->options);
    } else if (given->path.section.empty() && given->path.name == "seeds") {
      result.seeds = given->map.members.front().second;
    } else {
      const std::string name = given->path.section.empty() ? given->path.name : given->path.section;
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
