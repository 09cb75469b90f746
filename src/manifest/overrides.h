#pragma once
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "manifest/checker.h"
#include "manifest/initializer_rows.h"

namespace eigenrnn {

/// Changes to the model and training sections for some cells and initializers.
struct Override {
  std::vector<std::string> cells, rows;  // names of cells, labels of rows; empty: all
  nlohmann::json model, training;

  bool applies_to(const std::string& cell, const InitializerRow& row) const;
};

/// Those under `overrides`, in the order in which they apply: a file's own after those of the files
/// that it includes; within a file, those of the profile after the general ones. Mistakes go to
/// `check`.
std::vector<Override> read_overrides(const ConfigNode& root,
                                     const std::vector<InitializerRow>& rows, Checker& check);

}  // namespace eigenrnn
