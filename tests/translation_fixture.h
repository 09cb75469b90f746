#pragma once
#include <string>

#include "model/recurrent_network.h"

namespace eigenrnn {

/// Layers of orthogonal recurrent weights.
inline RecurrentSettings recurrent(const std::string& cell, int64_t hidden, int64_t layers = 1) {
  RecurrentSettings settings;
  settings.cell = &cell_named(cell);
  settings.initializer =
      InitializerRegistry::instance()
          .at("orthogonal")
          .make(Options::resolve(InitializerRegistry::instance().at("orthogonal").options, {}));
  settings.hidden_size = hidden;
  settings.layers = layers;
  return settings;
}

}  // namespace eigenrnn
