#include "manifest/initializer_rows.h"

#include <optional>
#include <set>

#include <fmt/format.h>

#include "initializers/initializer.h"

namespace eigenrnn {
namespace {

std::optional<InitializerRow> read_row(const ConfigNode& item, Checker& check) {
  const InitializerRegistry& registry = InitializerRegistry::instance();
  InitializerRow row;
  row.place = item.place;
  const ConfigNode* options = nullptr;
  if (item.kind == ConfigNode::Kind::kScalar) {
    row.name = item.text;
  } else if (item.kind == ConfigNode::Kind::kMap) {
    check.only_known_keys(item, {"name", "label", "options"}, "an initializer");
    row.name = check.text(item, "name", /*required=*/true);
    if (item.find("label") != nullptr) row.label = check.label(item, "label");
    options = check.map(item, "options");
  } else {
    check.report(item.place,
                 "an initializer is a name, or a mapping with 'name', 'label' and 'options'");
    return std::nullopt;
  }
  if (!check.known(item.place, "initializer", row.name, registry.names())) return std::nullopt;
  if (row.label.empty()) row.label = row.name;
  const InitializerInfo& info = registry.at(row.name);
  row.options = Options::resolve(
      info.options, check.options(options, info.options, fmt::format("initializer {}", row.name)));
  return row;
}

}  // namespace

std::vector<InitializerRow> read_initializer_rows(const ConfigNode& root, Checker& check) {
  std::vector<InitializerRow> rows;
  const ConfigNode* list = check.filled_list(root, "initializers", /*required=*/true);
  if (list == nullptr) return rows;
  std::set<std::string> labels;
  for (const ConfigNode& item : list->items) {
    std::optional<InitializerRow> row = read_row(item, check);
    if (!row) continue;
    if (!labels.insert(row->label).second) {
      check.report(item.place, fmt::format("initializer '{}' is given twice; give one of them a "
                                           "'label' of its own",
                                           row->label));
    }
    rows.push_back(std::move(*row));
  }
  return rows;
}

}  // namespace eigenrnn
