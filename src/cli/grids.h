#pragma once
#include <optional>
#include <string>
#include <vector>

#include "manifest/manifest.h"

namespace eigenrnn {

/// The grids of several manifests. If there are mistakes, prints all of them to standard error and
/// returns nothing. `kernel` as in load_grid.
std::optional<std::vector<Grid>> load_grids(const std::vector<std::string>& manifests,
                                            const std::string& profile,
                                            const std::string& kernel = "");

}  // namespace eigenrnn
