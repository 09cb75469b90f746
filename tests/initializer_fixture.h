#pragma once
#include <string>

#include "initializers/initializer.h"
#include "run/run_spec.h"

namespace eigenrnn {

/// Gives a run an initializer with its default options, and the row of its name.
inline void set_initializer(RunParts& parts, const std::string& name) {
  parts.initializer = parts.label = name;
  parts.initializer_options =
      Options::resolve(InitializerRegistry::instance().at(name).options, nlohmann::json::object());
}

}  // namespace eigenrnn
