#pragma once
#include <string>

#include "manifest/config_node.h"

namespace eigenrnn {

/// An option by its full name: "training.learning_rate", "task.options.length". Without a dot the
/// section is empty.
struct OptionPath {
  std::string section, name;

  explicit OptionPath(const std::string& path);
};

/// A mapping of one option, as a section of a manifest has it, where `value` stands.
ConfigNode section_of(const std::string& name, ConfigNode value);

}  // namespace eigenrnn
