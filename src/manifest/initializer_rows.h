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

}  // namespace eigenrnn
