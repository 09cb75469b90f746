#include "manifest/overrides.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "initializers/initializer.h"

namespace eigenrnn {
namespace {

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

// Nothing if it is about rows that this grid lacks.
std::optional<Override> read_override(const ConfigNode& item,
                                      const std::vector<InitializerRow>& rows, Checker& check) {
  check.only_known_keys(item, {"cells", "initializers", "model", "training"}, "an override");
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
  if (item.find("model") == nullptr && item.find("training") == nullptr) {
    check.report(item.place, "an override changes nothing without 'model' or 'training'");
  }
  if (!names.empty() && override.rows.empty()) return std::nullopt;
  return override;
}

}  // namespace

bool Override::applies_to(const std::string& cell, const InitializerRow& row) const {
  const auto has = [](const std::vector<std::string>& list, const std::string& name) {
    return std::find(list.begin(), list.end(), name) != list.end();
  };
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
                   "an override must be a mapping of 'cells', 'initializers', 'model' and "
                   "'training'");
    }
  }
  return overrides;
}

}  // namespace eigenrnn
