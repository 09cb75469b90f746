#pragma once
#include <string>
#include <vector>

#include "manifest/checker.h"

namespace eigenrnn {

/// A row of the grid: an initializer with its options, and what it is called in tables.
struct InitializerRow {
  std::string name, label;
  Options options;
  Place place;  // where it stands
};

/// The rows under `initializers`, in the manifest's order. Mistakes go to `check`.
std::vector<InitializerRow> read_initializer_rows(const ConfigNode& root, Checker& check);

/// Draws each row once for each cell, at a small size of the parity of `hidden_size`: some options
/// only turn out not to fit once there is a matrix to draw.
void check_draws(const std::vector<InitializerRow>& rows, const std::vector<std::string>& cells,
                 int64_t hidden_size, Checker& check);

}  // namespace eigenrnn
