#pragma once
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace eigenrnn {

/// Where something stands in a manifest; lines count from 1, and 0 is on no line of a file.
struct Place {
  std::string file;
  int line = 0;
  int turn = 0;  // of the file among all that were read, those that it includes before it
};

/// One mistake in a manifest.
struct Problem {
  Place place;
  std::string message;
};

using Problems = std::vector<Problem>;

/// "file:line: message", a line for each; "file: message" where it is on no line.
std::string to_string(const Problems& problems);

/// Puts them in the order of the files' lines, each once: every profile meets the same mistakes.
void tidy(Problems& problems);

/// A YAML value that knows where it stands, also after files were included into one another.
struct ConfigNode {
  enum class Kind { kNull, kScalar, kList, kMap };

  Kind kind = Kind::kNull;
  Place place;
  std::string text;     // scalar
  bool quoted = false;  // scalar: text even if it looks like a number
  std::vector<ConfigNode> items;
  std::vector<std::pair<std::string, ConfigNode>> members;

  const ConfigNode* find(const std::string& key) const;
  /// Numbers, booleans, null and text are told apart by YAML 1.2's core schema.
  nlohmann::json to_json() const;
  /// Lays `over` on this: maps merge key by key, lists under `overrides` are joined (an empty one
  /// drops what there was), anything else is replaced whole.
  void overlay(const ConfigNode& over);
  void erase(const std::string& key);
};

/// Reads a YAML file and everything it includes (`include: other.yaml` or a list of them, relative
/// to the including file; the including file's keys win). Unreadable files, syntax errors, more
/// than one document, repeated keys, keys that are no text, text that is no UTF-8, include cycles,
/// and values nested or repeated by aliases beyond all need are added to `problems`.
ConfigNode load_config(const std::filesystem::path& path, Problems& problems);

/// A scalar given on a command line ("0.95", "[0.9, 1]", "true") as the same text in a manifest.
/// Throws Error if it is no YAML, or has one of those mistakes.
ConfigNode parse_node(const std::string& text);
nlohmann::json parse_value(const std::string& text);

}  // namespace eigenrnn
