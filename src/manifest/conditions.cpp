#include "manifest/conditions.h"

#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "manifest/option_path.h"
#include "run/settings.h"
#include "support/alternatives.h"
#include "tasks/task.h"

namespace eigenrnn {
namespace {

size_t seeds_of(const ConfigNode& item, Checker& check) {
  const ConfigNode* node = item.find("seeds");
  if (node == nullptr) return Condition::kAllSeeds;
  const nlohmann::json value = node->to_json();
  if (value.is_number_integer() && value.get<int64_t>() >= 1) return value.get<size_t>();
  check.report(node->place,
               fmt::format("'seeds' of a condition is {}, and must be a number from 1 on: it "
                           "runs with the first so many of the manifest's",
                           value.dump()));
  return Condition::kAllSeeds;
}

std::vector<Condition> listed(const ConfigNode& root, const TaskInfo* task, Checker& check) {
  const ConfigNode* list = check.filled_list(root, "conditions");
  if (list == nullptr) return {{task == nullptr ? "" : task->name, root.place}};
  std::vector<Condition> conditions;
  for (const ConfigNode& item : list->items) {
    if (item.kind != ConfigNode::Kind::kMap) {
      check.report(
          item.place,
          "a condition must be a mapping of 'label', 'options', 'model', 'training' and 'seeds'");
      continue;
    }
    check.only_known_keys(item, {"label", "options", "model", "training", "seeds"}, "a condition");
    Condition condition{check.label(item, "label"), item.place};
    condition.seeds = seeds_of(item, check);
    const std::string where = fmt::format("condition '{}'", condition.label);
    if (task != nullptr) {
      condition.options = check.options(check.map(item, "options"), task->options, where);
    }
    condition.model = check.options(check.map(item, "model"), model_section().specs(), where);
    condition.training =
        check.options(check.map(item, "training"), training_section().specs(), where);
    conditions.push_back(std::move(condition));
  }
  return conditions;
}

// An option of a sweep: where it belongs in a condition, and the values that it takes.
struct Swept {
  nlohmann::json Condition::*section;
  std::string name;
  std::vector<std::pair<std::string, nlohmann::json>>
      values;  // as it is written; an object of the option
};

// "training.learning_rate" and its values; none after a mistake.
std::optional<Swept> read_swept(const std::string& path, const ConfigNode& values,
                                const TaskInfo* task, Checker& check) {
  const OptionPath option(path);
  Swept swept{nullptr, option.name, {}};
  std::vector<OptionSpec> specs;
  if (option.section == "training") {
    swept.section = &Condition::training;
    specs = training_section().specs();
  } else if (option.section == "model") {
    swept.section = &Condition::model;
    specs = model_section().specs();
  } else if (option.section == "task.options") {
    swept.section = &Condition::options;
    if (task == nullptr) return std::nullopt;
    specs = task->options;
  }
  if (swept.section == nullptr || swept.name.empty()) {
    const std::string given = option.section.empty() ? option.name : option.section;
    check.report(values.place,
                 fmt::format("'{}' cannot be swept{}; it must be an option by its full name, as in "
                             "training.learning_rate",
                             path, alternatives(given, {"training", "model", "task.options"})));
    return std::nullopt;
  }
  if (values.kind != ConfigNode::Kind::kList || values.items.empty()) {
    check.report(values.place, fmt::format("the sweep of {} must be a list of values", path));
    return std::nullopt;
  }
  for (const ConfigNode& value : values.items) {
    const ConfigNode map = section_of(swept.name, value);
    const bool is_scalar = value.kind == ConfigNode::Kind::kScalar;
    swept.values.emplace_back(is_scalar ? value.text : value.to_json().dump(),
                              check.options(&map, specs, "the sweep of " + path));
  }
  return swept;
}

// Each condition with each value.
std::vector<Condition> multiplied(const std::vector<Condition>& conditions, const Swept& swept,
                                  bool is_only) {
  std::vector<Condition> all;
  for (const Condition& condition : conditions) {
    for (const auto& [text, option] : swept.values) {
      Condition one = condition;
      one.label += is_only ? fmt::format(", {}", text) : fmt::format(", {}={}", swept.name, text);
      (one.*swept.section).update(option);
      all.push_back(std::move(one));
    }
  }
  return all;
}

}  // namespace

std::vector<Condition> read_conditions(const ConfigNode& root, const TaskInfo* task,
                                       Checker& check) {
  std::vector<Condition> conditions = listed(root, task, check);
  if (const ConfigNode* sweep = check.map(root, "sweep")) {
    for (const auto& [path, values] : sweep->members) {
      const std::optional<Swept> swept = read_swept(path, values, task, check);
      if (swept) conditions = multiplied(conditions, *swept, sweep->members.size() == 1);
    }
  }
  std::set<std::string> labels;
  for (const Condition& condition : conditions) {
    if (!labels.insert(condition.label).second) {
      check.report(condition.place, fmt::format("condition '{}' is given twice", condition.label));
    }
  }
  return conditions;
}

}  // namespace eigenrnn
