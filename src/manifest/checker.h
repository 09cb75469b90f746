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
  /// it is not there and `required`.
  const ConfigNode* map(const ConfigNode& parent, const std::string& key, bool required = false);
  const ConfigNode* list(const ConfigNode& parent, const std::string& key, bool required = false);
  std::string text(const ConfigNode& parent, const std::string& key, bool required = false);
  /// A list of texts, or one text.
  std::vector<std::string> texts(const ConfigNode& parent, const std::string& key);

  /// The members of `map` (may be null) checked against `specs`. Defaults are not filled in.
  nlohmann::json options(const ConfigNode* map, const std::vector<OptionSpec>& specs,
                         const std::string& where);

  /// `name` must be one of `known`: "unknown cell 'lstn'; there are: …, did you mean 'lstm'?".
  bool known(const Place& place, const std::string& kind, const std::string& name,
             const std::vector<std::string>& known);

 private:
  const ConfigNode* member(const ConfigNode& parent, const std::string& key, ConfigNode::Kind kind,
                           const std::string& expected, bool required);

  Problems& problems_;
};

}  // namespace eigenrnn
