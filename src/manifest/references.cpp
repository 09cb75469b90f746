#include "manifest/references.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

namespace eigenrnn {
namespace {

const std::vector<OptionSpec>& reference_fields() {
  static const std::vector<OptionSpec> specs = {
      OptionSpec::text("experiment", "", "experiment it belongs to"),
      OptionSpec::text("condition", "", "condition it was measured under"),
      OptionSpec::text("cell", "", "cell, or null for another model").or_null(),
      OptionSpec::text("row", "", "initializer's label, or null").or_null(),
      OptionSpec::text("label", "", "what it is called in the table"),
      OptionSpec::text("metric", "", "metric"),
      OptionSpec::number("value", 0, "in the table's units, or null for an empty place").or_null(),
      OptionSpec::text("citation", "", "full citation"),
      OptionSpec::text("note", "", "what to know when comparing"),
  };
  return specs;
}

// A null is an empty place, not a mistake.
ConfigNode without_nulls(const ConfigNode& map) {
  ConfigNode result = map;
  result.members.clear();
  for (const auto& member : map.members) {
    if (!member.second.to_json().is_null()) result.members.push_back(member);
  }
  return result;
}

bool contains(const nlohmann::json& list, const nlohmann::json& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool belongs_to(const nlohmann::json& reference, const nlohmann::json& table) {
  const std::string experiment = reference.at("experiment"), condition = reference.at("condition");
  return (experiment.empty() || experiment == table.at("experiment")) &&
         (condition.empty() || contains(table.at("conditions"), condition));
}

std::vector<std::filesystem::path> reference_files(const ConfigNode& manifest, Checker& check) {
  std::vector<std::filesystem::path> files;
  const ConfigNode* given = manifest.find("references");
  if (given == nullptr) return files;
  const bool is_one = given->kind == ConfigNode::Kind::kScalar;
  if (!is_one && check.list(manifest, "references") == nullptr) return files;
  for (const ConfigNode& file : is_one ? std::vector<ConfigNode>{*given} : given->items) {
    if (file.kind == ConfigNode::Kind::kScalar && !file.text.empty()) {
      files.push_back(std::filesystem::path(file.place.file).parent_path() / file.text);
    } else {
      check.report(file.place, fmt::format("'references' names {}, and must name a file",
                                           file.to_json().dump()));
    }
  }
  return files;
}

}  // namespace

nlohmann::json load_references(const ConfigNode& manifest, const nlohmann::json& table,
                               Checker& check) {
  nlohmann::json result = nlohmann::json::array();
  for (const std::filesystem::path& path : reference_files(manifest, check)) {
    Problems problems;
    const ConfigNode root = load_config(path, problems);
    for (Problem& problem : problems) check.report(problem.place, problem.message);
    if (!problems.empty()) continue;
    check.only_known_keys(root, {"references"}, "a reference file");
    const ConfigNode* list = check.list(root, "references", /*required=*/true);
    if (list == nullptr) continue;
    for (const ConfigNode& item : list->items) {
      const ConfigNode given = without_nulls(item);
      nlohmann::json reference = nlohmann::json::object();
      for (const OptionSpec& spec : reference_fields()) reference[spec.name] = spec.default_value;
      reference.update(check.options(&given, reference_fields(), "a reference"));
      if (reference.at("citation") == "") {
        check.report(item.place, "a published number needs a 'citation'");
      }
      if (!belongs_to(reference, table)) continue;
      reference.erase("experiment");
      result.push_back(std::move(reference));
    }
  }
  return result;
}

}  // namespace eigenrnn
