#include "manifest/config_node.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <set>
#include <tuple>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "support/error.h"

namespace eigenrnn {
namespace fs = std::filesystem;
namespace {

ConfigNode convert(const YAML::Node& node, const std::string& file, Problems& problems) {
  ConfigNode result;
  result.place = {file, node.Mark().line + 1};
  if (node.IsScalar()) {
    result.kind = ConfigNode::Kind::kScalar;
    result.text = node.Scalar();
    result.quoted = node.Tag() == "!";
  } else if (node.IsSequence()) {
    result.kind = ConfigNode::Kind::kList;
    for (const YAML::Node& item : node) result.items.push_back(convert(item, file, problems));
  } else if (node.IsMap()) {
    result.kind = ConfigNode::Kind::kMap;
    for (const auto& member : node) {
      const std::string key = member.first.Scalar();
      if (result.find(key) != nullptr) {
        problems.push_back({{file, member.first.Mark().line + 1},
                            fmt::format("'{}' is given twice in the same place", key)});
        continue;
      }
      ConfigNode value = convert(member.second, file, problems);
      value.place.line = member.first.Mark().line + 1;  // a reader looks for the key
      result.members.emplace_back(key, std::move(value));
    }
  }
  return result;
}

ConfigNode load_with_includes(const fs::path& path, const Place& from,
                              std::vector<fs::path>& including, Problems& problems);

void resolve_includes(ConfigNode& node, const fs::path& path, std::vector<fs::path>& including,
                      Problems& problems) {
  const ConfigNode* include = node.find("include");
  if (include == nullptr) return;
  std::vector<ConfigNode> files = include->items;
  if (include->kind == ConfigNode::Kind::kScalar) files = {*include};
  if (files.empty()) {
    problems.push_back({include->place, "'include' must be a file name or a list of them"});
  }
  ConfigNode base;
  base.kind = ConfigNode::Kind::kMap;
  base.place = node.place;
  for (const ConfigNode& file : files) {
    base.overlay(
        load_with_includes(path.parent_path() / file.text, file.place, including, problems));
  }
  node.erase("include");
  base.overlay(node);
  node = std::move(base);
}

ConfigNode load_with_includes(const fs::path& path, const Place& from,
                              std::vector<fs::path>& including, Problems& problems) {
  ConfigNode empty;
  empty.kind = ConfigNode::Kind::kMap;
  empty.place = {path.string(), 1};
  std::error_code unresolved;
  const fs::path identity = fs::weakly_canonical(path, unresolved);
  if (std::find(including.begin(), including.end(), identity) != including.end()) {
    std::string chain;
    for (const fs::path& file : including) chain += file.filename().string() + " -> ";
    problems.push_back(
        {from, fmt::format("files include one another: {}{}", chain, path.filename().string())});
    return empty;
  }
  including.push_back(identity);
  ConfigNode node = empty;
  try {
    node = convert(YAML::LoadFile(path.string()), path.string(), problems);
    if (node.kind != ConfigNode::Kind::kMap) {
      problems.push_back({{path.string(), 1}, "the file must hold a mapping of keys to values"});
      node = empty;
    }
    resolve_includes(node, path, including, problems);
  } catch (const YAML::BadFile&) {
    problems.push_back({from, fmt::format("cannot read {}", path.string())});
  } catch (const YAML::Exception& error) {
    problems.push_back({{path.string(), error.mark.line + 1}, "not YAML: " + error.msg});
  }
  including.pop_back();
  return node;
}

nlohmann::json scalar_to_json(const std::string& text) {
  static const std::set<std::string> nulls = {"", "~", "null", "Null", "NULL"};
  static const std::set<std::string> yes = {"true", "True", "TRUE"};
  static const std::set<std::string> no = {"false", "False", "FALSE"};
  if (nulls.count(text) > 0) return nullptr;
  if (yes.count(text) > 0) return true;
  if (no.count(text) > 0) return false;
  if (text.find_first_not_of("+-0123456789.eE") == std::string::npos &&
      text.find_first_of("0123456789") != std::string::npos) {
    char* end = nullptr;
    errno = 0;
    const long long integer = std::strtoll(text.c_str(), &end, 10);
    if (*end == '\0' && errno == 0) return integer;
    const double number = std::strtod(text.c_str(), &end);
    if (*end == '\0') return number;
  }
  return text;
}

}  // namespace

std::string to_string(const Problems& problems) {
  std::string text;
  for (const Problem& problem : problems) {
    text += fmt::format("{}:{}: {}\n", problem.place.file, problem.place.line, problem.message);
  }
  return text;
}

void tidy(Problems& problems) {
  const auto order = [](const Problem& p) {
    return std::tie(p.place.file, p.place.line, p.message);
  };
  std::sort(problems.begin(), problems.end(),
            [&](const Problem& a, const Problem& b) { return order(a) < order(b); });
  problems.erase(
      std::unique(problems.begin(), problems.end(),
                  [&](const Problem& a, const Problem& b) { return order(a) == order(b); }),
      problems.end());
}

const ConfigNode* ConfigNode::find(const std::string& key) const {
  for (const auto& [name, value] : members) {
    if (name == key) return &value;
  }
  return nullptr;
}

void ConfigNode::erase(const std::string& key) {
  members.erase(std::remove_if(members.begin(), members.end(),
                               [&](const auto& member) { return member.first == key; }),
                members.end());
}

nlohmann::json ConfigNode::to_json() const {
  nlohmann::json result;
  switch (kind) {
    case Kind::kNull:
      break;
    case Kind::kScalar:
      return quoted ? nlohmann::json(text) : scalar_to_json(text);
    case Kind::kList:
      result = nlohmann::json::array();
      for (const ConfigNode& item : items) result.push_back(item.to_json());
      break;
    case Kind::kMap:
      result = nlohmann::json::object();
      for (const auto& [key, value] : members) result[key] = value.to_json();
      break;
  }
  return result;
}

void ConfigNode::overlay(const ConfigNode& over) {
  if (kind != Kind::kMap || over.kind != Kind::kMap) {
    *this = over;
    return;
  }
  for (const auto& [key, value] : over.members) {
    const auto found = std::find_if(members.begin(), members.end(),
                                    [&, name = key](const auto& m) { return m.first == name; });
    if (found == members.end()) {
      members.emplace_back(key, value);
    } else {
      found->second.overlay(value);
    }
  }
}

ConfigNode load_config(const fs::path& path, Problems& problems) {
  std::vector<fs::path> including;
  return load_with_includes(path, {path.string(), 1}, including, problems);
}

nlohmann::json parse_value(const std::string& text) {
  Problems problems;
  try {
    return convert(YAML::Load(text), "command line", problems).to_json();
  } catch (const YAML::Exception& error) {
    throw Error(fmt::format("'{}' cannot be read as a value: {}", text, error.msg));
  }
}

}  // namespace eigenrnn
