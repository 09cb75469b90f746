#include "manifest/overrides.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "initializers/initializer.h"
#include "run/settings.h"
#include "support/error.h"

namespace eigenrnn {
namespace {

bool has(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

// The rows that an override names: the one with this label, or, where there is none, all that this
// initializer fills.
std::vector<std::string> rows_named(const std::string& name,
                                    const std::vector<InitializerRow>& rows) {
  std::vector<std::string> labels;
  for (const InitializerRow& row : rows) {
    if (row.label == name) return {name};
    if (row.name == name) labels.push_back(row.label);
  }
  return labels;
}

// What may be named: all that is known, not only what this grid has, since overrides may be shared,
// or the grid be narrowed.
std::vector<std::string> known_names(const std::vector<InitializerRow>& rows) {
  std::vector<std::string> names = InitializerRegistry::instance().names();
  for (const InitializerRow& row : rows) {
    if (row.name != row.label) names.push_back(row.label);
  }
  return names;
}

// The options that an override sets: of the one initializer that fills all rows that it names.
nlohmann::json read_options(const ConfigNode& item, const std::vector<std::string>& labels,
                            const std::vector<InitializerRow>& rows, Checker& check) {
  const ConfigNode* options = check.map(item, "options");
  if (options == nullptr) return nlohmann::json::object();
  std::set<std::string> initializers;
  for (const InitializerRow& row : rows) {
    if (has(labels, row.label)) initializers.insert(row.name);
  }
  if (initializers.size() != 1) {
    check.report(options->place,
                 fmt::format("'options' of an override are those of one initializer, and its "
                             "'initializers' name {}",
                             initializers.size()));
    return nlohmann::json::object();
  }
  const InitializerInfo& info = InitializerRegistry::instance().at(*initializers.begin());
  return check.options(options, info.options, fmt::format("initializer {}", info.name));
}

// Nothing if it is about rows that this grid lacks.
std::optional<Override> read_override(const ConfigNode& item,
                                      const std::vector<InitializerRow>& rows, Checker& check) {
  check.only_known_keys(item, {"cells", "initializers", "model", "training", "options"},
                        "an override");
  Override override;
  override.cells = check.texts(item, "cells");
  for (const std::string& cell : override.cells) {
    check.known(item.find("cells")->place, "cell", cell, cell_names());
  }
  const std::vector<std::string> names = check.texts(item, "initializers");
  for (const std::string& name : names) {
    check.known(item.find("initializers")->place, "initializer", name, known_names(rows));
    const std::vector<std::string> labels = rows_named(name, rows);
    override.rows.insert(override.rows.end(), labels.begin(), labels.end());
  }
  override.model = check.options(check.map(item, "model"), model_section().specs(), "an override");
  override.training =
      check.options(check.map(item, "training"), training_section().specs(), "an override");
  if (item.find("model") == nullptr && item.find("training") == nullptr &&
      item.find("options") == nullptr) {
    check.report(item.place,
                 "an override changes nothing without 'model', 'training' or 'options'");
  }
  if (!names.empty() && override.rows.empty()) return std::nullopt;
  override.options = read_options(item, override.rows, rows, check);
  return override;
}

}  // namespace

bool Override::applies_to(const std::string& cell, const InitializerRow& row) const {
  return (cells.empty() || has(cells, cell)) && (rows.empty() || has(rows, row.label));
}

std::vector<Override> read_overrides(const ConfigNode& root,
                                     const std::vector<InitializerRow>& rows, Checker& check) {
  std::vector<Override> overrides;
  const ConfigNode* list = check.list(root, "overrides");
  if (list == nullptr) return overrides;
  std::vector<ConfigNode> items = list->items;
  std::stable_sort(items.begin(), items.end(), [](const ConfigNode& a, const ConfigNode& b) {
    return a.place.turn < b.place.turn;
  });
  for (const ConfigNode& item : items) {
    if (item.kind == ConfigNode::Kind::kMap) {
      std::optional<Override> override = read_override(item, rows, check);
      if (override) overrides.push_back(std::move(*override));
    } else {
      check.report(item.place,
                   "an override must be a mapping of 'cells', 'initializers', 'model', 'training' "
                   "and 'options'");
    }
  }
  return overrides;
}

Options options_for(const std::string& cell, const InitializerRow& row,
                    const std::vector<Override>& overrides) {
  nlohmann::json changes = nlohmann::json::object();
  for (const Override& override : overrides) {
    if (override.applies_to(cell, row)) changes.update(override.options);
  }
  if (changes.empty()) return row.options;  // resolving reads the files that options name
  nlohmann::json options = row.options.json();
  options.update(changes);
  return Options::resolve(InitializerRegistry::instance().at(row.name).options, options);
}

void check_draws(const std::vector<InitializerRow>& rows, const std::vector<std::string>& cells,
                 const std::vector<Override>& overrides, int64_t hidden_size, Checker& check) {
  const int64_t size = hidden_size <= 16 ? hidden_size : 16 + hidden_size % 2;
  for (const InitializerRow& row : rows) {
    for (const std::string& cell : cells) {
      try {
        const auto initializer =
            InitializerRegistry::instance().at(row.name).make(options_for(cell, row, overrides));
        const int64_t drawn =
            std::min(hidden_size, std::max(size, initializer->smallest_hidden_size()));
        draw_weights(*initializer, {}, cell_named(cell), drawn, 1, Random(0));
      } catch (const Error& error) {
        check.report(row.place,
                     fmt::format("initializer {} on {}: {}", row.label, cell, error.what()));
      }
    }
  }
}

}  // namespace eigenrnn
