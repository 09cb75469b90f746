#include "manifest/checker.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "manifest/run_filter.h"
#include "support/alternatives.h"
#include "support/utf8.h"

namespace eigenrnn {
namespace {

std::string shown(const ConfigNode& node) { return node.to_json().dump(); }

}  // namespace

void Checker::report(const Place& place, std::string message) {
  problems_.push_back({place, std::move(message)});
}

void Checker::only_known_keys(const ConfigNode& map, const std::vector<std::string>& known,
                              const std::string& where) {
  for (const auto& [key, value] : map.members) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      report(value.place,
             fmt::format("unknown key '{}' in {}{}", key, where, alternatives(key, known)));
    }
  }
}

const ConfigNode* Checker::member(const ConfigNode& parent, const std::string& key,
                                  ConfigNode::Kind kind, const std::string& expected,
                                  bool required) {
  const ConfigNode* found = parent.find(key);
  if (found == nullptr) {
    if (required) report(parent.place, fmt::format("'{}' is missing: {}", key, expected));
    return nullptr;
  }
  if (found->kind != kind) {
    report(found->place, fmt::format("'{}' is {}, and must be {}", key, shown(*found), expected));
    return nullptr;
  }
  return found;
}

const ConfigNode* Checker::map(const ConfigNode& parent, const std::string& key, bool required) {
  return member(parent, key, ConfigNode::Kind::kMap, "a mapping of keys to values", required);
}

const ConfigNode* Checker::list(const ConfigNode& parent, const std::string& key, bool required) {
  return member(parent, key, ConfigNode::Kind::kList, "a list", required);
}

const ConfigNode* Checker::filled_list(const ConfigNode& parent, const std::string& key,
                                       bool required) {
  const ConfigNode* found = list(parent, key, required);
  if (found != nullptr && found->items.empty()) {
    report(found->place, fmt::format("'{}' is an empty list, and must name at least one", key));
    return nullptr;
  }
  return found;
}

std::string Checker::text(const ConfigNode& parent, const std::string& key, bool required) {
  const ConfigNode* found = member(parent, key, ConfigNode::Kind::kScalar, "a text", required);
  if (found == nullptr) return "";
  std::string text = one_line(found->place, key, found->text);
  if (text.empty() && required) {
    report(found->place, fmt::format("'{}' is empty, and must be a text", key));
  }
  return text;
}

std::string Checker::label(const ConfigNode& parent, const std::string& key) {
  std::string label = text(parent, key, /*required=*/true);
  if (RunFilter::is_separable(label)) {
    report(parent.find(key)->place,
           fmt::format("'{}' is '{}', which --only would take apart: a key of its own follows a "
                       "comma",
                       key, label));
  }
  return label;
}

std::string Checker::one_line(const Place& place, const std::string& name,
                              const std::string& text) {
  std::string line = folded(text);
  const std::string control = control_character_in(line);
  if (!control.empty()) {
    report(place,
           fmt::format("'{}' has the control character {}, and must be plain text", name, control));
  }
  return line;
}

std::vector<std::string> Checker::texts(const ConfigNode& parent, const std::string& key) {
  const ConfigNode* found = parent.find(key);
  if (found == nullptr) return {};
  if (found->kind == ConfigNode::Kind::kScalar) return {one_line(found->place, key, found->text)};
  std::vector<std::string> result;
  if (filled_list(parent, key) == nullptr) return result;
  for (const ConfigNode& item : found->items) {
    if (item.kind == ConfigNode::Kind::kScalar) {
      result.push_back(one_line(item.place, key, item.text));
    } else {
      report(item.place,
             fmt::format("an item of '{}' is {}, and must be a text", key, shown(item)));
    }
  }
  return result;
}

nlohmann::json Checker::options(const ConfigNode* map, const std::vector<OptionSpec>& specs,
                                const std::string& where) {
  nlohmann::json result = nlohmann::json::object();
  if (map == nullptr) return result;
  std::vector<std::string> names;
  for (const OptionSpec& spec : specs) names.push_back(spec.name);
  only_known_keys(*map, names, where);
  for (const OptionSpec& spec : specs) {
    const ConfigNode* given = map->find(spec.name);
    if (given == nullptr) continue;
    nlohmann::json value = given->to_json();
    if (spec.accepts(value)) {
      if (spec.type == OptionType::kText) value = one_line(given->place, spec.name, value);
      result[spec.name] = std::move(value);
    } else {
      report(given->place, fmt::format("'{}' of {} is {}, and must be {}", spec.name, where,
                                       value.dump(), spec.expectation()));
    }
  }
  return result;
}

bool Checker::known(const Place& place, const std::string& kind, const std::string& name,
                    const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), name) != known.end()) return true;
  report(place, fmt::format("unknown {} '{}'{}", kind, name, alternatives(name, known)));
  return false;
}

}  // namespace eigenrnn
