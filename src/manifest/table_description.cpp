#include "manifest/table_description.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "initializers/initializer.h"
#include "manifest/references.h"

namespace eigenrnn {
namespace {

constexpr const char* kEpochsToThreshold = "epochs_to_threshold";

std::string label_of(const Threshold& threshold) {
  return fmt::format("epochs to a validation {} of {:g}", threshold.metric, threshold.value);
}

// The different values of something over the runs, in the order in which they first appear.
template <class Value>
std::vector<std::string> in_order(const Grid& grid, Value value) {
  std::vector<std::string> list;
  for (const RunSpec& run : grid.runs) {
    if (std::find(list.begin(), list.end(), value(run)) == list.end()) list.push_back(value(run));
  }
  return list;
}

// "10 seeds", or "3 to 10 seeds" where conditions differ.
std::string number_of_seeds(const Grid& grid) {
  std::map<std::string, std::set<int64_t>> seeds;
  for (const RunSpec& run : grid.runs) seeds[run->condition].insert(run->seed);
  std::set<size_t> numbers;
  for (const auto& [condition, found] : seeds) numbers.insert(found.size());
  const size_t most = *numbers.rbegin();
  return (numbers.size() > 1 ? fmt::format("{} to ", *numbers.begin()) : "") +
         fmt::format("{} seed{}", most, most == 1 ? "" : "s");
}

// The manifest's words, and the sizes that are the same for every run.
std::string caption(const std::string& words, const TaskInfo& task, const Grid& grid) {
  if (grid.runs.empty()) return words;
  std::vector<std::string> sizes = {number_of_seeds(grid)};
  const auto add = [&](const std::vector<OptionSpec>& specs, auto values_of) {
    for (const OptionSpec& spec : specs) {
      if (!spec.is_size) continue;
      const auto value_of = [&](const RunSpec& run) { return values_of(*run).at(spec.name); };
      const nlohmann::json value = value_of(grid.runs.front());
      if (value == spec.resolved_default() && !spec.is_said_at_default) continue;
      const bool same = std::all_of(grid.runs.begin(), grid.runs.end(),
                                    [&](const RunSpec& run) { return value_of(run) == value; });
      if (same) sizes.push_back(fmt::format("{} {}", spec.name, value.dump()));
    }
  };
  add(model_section().specs(),
      [](const RunParts& run) { return model_section().to_json(run.model); });
  add(training_section().specs(),
      [](const RunParts& run) { return training_section().to_json(run.training); });
  add(task.options, [](const RunParts& run) { return run.task_options.json(); });
  return fmt::format("{}{}Profile {}: {}.", words, words.empty() ? "" : " ", grid.profile,
                     fmt::join(sizes, ", "));
}

nlohmann::json described_task(const TaskInfo& task) {
  const auto or_else = [](const std::string& text, const std::string& other) {
    return text.empty() ? other : text;
  };
  const std::string label = or_else(task.labels.label, task.name);
  nlohmann::json described = {{"name", task.name},
                              {"label", label},
                              {"phrase", or_else(task.labels.phrase, label)},
                              {"kind", nullptr}};
  if (!task.labels.kind.empty()) described["kind"] = task.labels.kind;
  return described;
}

// Everything that is known of the task's metrics, whether a table shows them or not.
nlohmann::json described_metrics(const TaskInfo& task) {
  nlohmann::json metrics = nlohmann::json::array();
  for (const Metric& metric : task.metrics) {
    nlohmann::json trivial;
    if (metric.trivial) {
      trivial = {{"value", metric.trivial->value}, {"why", metric.trivial->why}};
      trivial["margin"] = nullptr;
      if (metric.trivial->margin) trivial["margin"] = *metric.trivial->margin;
    }
    metrics.push_back({{"name", metric.name},
                       {"label", metric.label},
                       {"higher_is_better", metric.higher_is_better},
                       {"scale", metric.scale},
                       {"logarithmic", metric.logarithmic},
                       {"null_is_never", false},
                       {"trivial", trivial}});
  }
  if (task.threshold) {
    metrics.push_back({{"name", kEpochsToThreshold},
                       {"label", label_of(*task.threshold)},
                       {"higher_is_better", false},
                       {"scale", 1.0},
                       {"logarithmic", false},
                       {"null_is_never", true},  // a finished run may not get there
                       {"trivial", nullptr}});
  }
  return metrics;
}

// What every result's epochs hold besides the metrics on validation.
nlohmann::json described_curves() {
  nlohmann::json curves = nlohmann::json::array();
  curves.push_back({{"name", "train_loss"}, {"label", "training loss"}, {"logarithmic", true}});
  curves.push_back({{"name", "gradient_norm"}, {"label", "gradient norm"}, {"logarithmic", true}});
  return curves;
}

nlohmann::json described_cell(const Cell& cell) {
  nlohmann::json gates = nlohmann::json::array();
  for (const GateLabel& gate : shown_gates(cell)) {
    gates.push_back({{"name", gate.gate}, {"label", gate.label}});
  }
  return {{"name", cell.name}, {"label", cell.label}, {"gates", gates}};
}

// Every metric that a table of this task can show, the first ones being the default.
std::vector<nlohmann::json> possible_tables(const TaskInfo& task) {
  std::vector<nlohmann::json> tables;
  for (const Metric& metric : task.metrics) {
    tables.push_back({{"metric", metric.name},
                      {"label", "test " + metric.label},
                      {"higher_is_better", metric.higher_is_better},
                      {"scale", metric.scale},
                      {"digits", 1}});
  }
  if (task.threshold) {
    tables.push_back({{"metric", kEpochsToThreshold},
                      {"label", label_of(*task.threshold)},
                      {"higher_is_better", false},
                      {"scale", 1.0},
                      {"digits", 1}});
  }
  return tables;
}

// The manifest's choice; without one, the task's first metric and its threshold.
nlohmann::json chosen_tables(const ConfigNode& root, const TaskInfo& task, Checker& check) {
  const std::vector<nlohmann::json> possible = possible_tables(task);
  std::vector<std::string> names;
  for (const nlohmann::json& table : possible) names.push_back(table.at("metric"));
  nlohmann::json result = nlohmann::json::array();
  const ConfigNode* list = check.filled_list(root, "tables");
  if (list == nullptr) {
    result.push_back(possible.front());
    if (task.threshold) result.push_back(possible.back());
    return result;
  }
  for (const ConfigNode& item : list->items) {
    const std::string name = check.text(item, "metric", /*required=*/true);
    if (name.empty() || !check.known(item.place, "metric", name, names)) continue;
    const auto found = std::find(names.begin(), names.end(), name) - names.begin();
    nlohmann::json table = possible[static_cast<size_t>(found)];
    table.update(
        check.options(&item,
                      {OptionSpec::choice("metric", names, name, "what is shown"),
                       OptionSpec::text("label", "", "heading"),
                       OptionSpec::integer("digits", 1, "after the decimal point").between(0, 6)},
                      "a table"));
    result.push_back(table);
  }
  return result;
}

nlohmann::json entries(const Grid& grid) {
  std::map<std::tuple<std::string, std::string, std::string>, nlohmann::json> found;
  nlohmann::json result = nlohmann::json::array();
  for (const RunSpec& run : grid.runs) {
    nlohmann::json& entry = found[{run->cell, run->condition, run->label}];
    if (entry.is_null()) {
      const InitializerInfo& info = InitializerRegistry::instance().at(run->initializer);
      entry = {{"row", run->label},
               {"condition", run->condition},
               {"cell", run->cell},
               {"outside_definition", !info.is_defined_for(cell_named(run->cell))},
               {"runs", nlohmann::json::array()}};
    }
    entry["runs"].push_back({{"seed", run->seed}, {"key", run.key()}});
  }
  for (const auto& [place, entry] : found) result.push_back(entry);
  return result;
}

}  // namespace

nlohmann::json describe_table(const ConfigNode& root, const TaskInfo& task, const Grid& grid,
                              Checker& check) {
  nlohmann::json table = {
      {"schema", 1},
      {"experiment", grid.experiment},
      {"profile", grid.profile},
      {"title", check.text(root, "title", /*required=*/true)},
      {"caption", caption(check.text(root, "caption"), task, grid)},
      {"task", described_task(task)},
      {"tables", chosen_tables(root, task, check)},
      {"metrics", described_metrics(task)},
      {"curves", described_curves()},
      {"cells", nlohmann::json::array()},
      {"conditions", in_order(grid, [](const RunSpec& run) { return run->condition; })},
      {"rows", in_order(grid, [](const RunSpec& run) { return run->label; })},
      {"entries", entries(grid)}};
  for (const std::string& name : in_order(grid, [](const RunSpec& run) { return run->cell; })) {
    table["cells"].push_back(described_cell(cell_named(name)));
  }
  table["references"] = load_references(root, table, check);
  return table;
}

}  // namespace eigenrnn
