#pragma once
#include <string>
#include <vector>

#include "manifest/config_node.h"
#include "support/options.h"

namespace eigenrnn {

/// Reads values out of a manifest and collects every mistake on the way, so that a reader sees all
/// of them at once. After a mistake it returns a value of the right type and goes on.
class Checker {
 public:
  explicit Checker(Problems& problems) : problems_(problems) {}

  void report(const Place& place, std::string message);

  /// Every key of `map` must be one of `known`.
  void only_known_keys(const ConfigNode& map, const std::vector<std::string>& known,
                       const std::string& where);

  /// The list, map or text under `key`; a mistake (and null or "") if it is of another kind, or if
  /// it is not there or empty and `required`.
  const ConfigNode* map(const ConfigNode& parent, const std::string& key, bool required = false);
  const ConfigNode* list(const ConfigNode& parent, const std::string& key, bool required = false);
  /// The same for a list that means nothing when it is empty: that is a mistake.
  const ConfigNode* filled_list(const ConfigNode& parent, const std::string& key,
                                bool required = false);
  /// On one line: line breaks are folded. A control character is a mistake, for what is read here
  /// is shown in tables and on terminals.
  std::string text(const ConfigNode& parent, const std::string& key, bool required = false);
  /// What a row or column is called: a text that is there, and that --only can name.
  std::string label(const ConfigNode& parent, const std::string& key);
  /// A list of texts, or one text; an empty list is a mistake.
  std::vector<std::string> texts(const ConfigNode& parent, const std::string& key);

  /// The members of `map` (may be null) checked against `specs`. Defaults are not filled in.
  nlohmann::json options(const ConfigNode* map, const std::vector<OptionSpec>& specs,
                         const std::string& where);

  /// `name` must be one of `known`: "unknown cell 'lstn'; there are: …, did you mean 'lstm'?".
  bool known(const Place& place, const std::string& kind, const std::string& name,
             const std::vector<std::string>& known);

 private:
  std::string one_line(const Place& place, const std::string& name, const std::string& text);
  const ConfigNode* member(const ConfigNode& parent, const std::string& key, ConfigNode::Kind kind,
                           const std::string& expected, bool required);

  Problems& problems_;
};

}  // namespace eigenrnn
