#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "manifest/checker.h"
#include "manifest/initializer_rows.h"

namespace eigenrnn {

/// Changes to the model and training sections, and to an initializer's options, for some cells and
/// initializers.
struct Override {
  std::vector<std::string> cells, rows;  // names of cells, labels of rows; empty: all
  nlohmann::json model, training;
  nlohmann::json options;  // of the one initializer that fills the rows

  bool applies_to(const std::string& cell, const InitializerRow& row) const;
};

/// Those under `overrides`, in the order in which they apply: a file's own after those of the files
/// that it includes; within a file, those of the profile after the general ones. Mistakes go to
/// `check`.
std::vector<Override> read_overrides(const ConfigNode& root,
                                     const std::vector<InitializerRow>& rows, Checker& check);

/// A row's options for a cell, with those of the overrides that apply laid over them.
Options options_for(const std::string& cell, const InitializerRow& row,
                    const std::vector<Override>& overrides);

/// Draws each row once for each cell, at a small size of the parity of `hidden_size`, or the
/// smallest that its law is defined for: some options only turn out not to fit once there is a
/// matrix to draw.
void check_draws(const std::vector<InitializerRow>& rows, const std::vector<std::string>& cells,
                 const std::vector<Override>& overrides, int64_t hidden_size, Checker& check);

}  // namespace eigenrnn
