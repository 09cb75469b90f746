#pragma once
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "manifest/manifest.h"

namespace eigenrnn {

/// The grids of several manifests. If there are mistakes, prints all of them to standard error and
/// returns nothing. `kernel` as in load_grid.
std::optional<std::vector<Grid>> load_grids(const std::vector<std::string>& manifests,
                                            const std::string& profile,
                                            const std::string& kernel = "");

/// Says which runs a command is about, and where their results are.
struct GridArguments {
  std::vector<std::string> manifests, only;
  std::string profile = "cpu", results = "results", kernel;

  void add_to(CLI::App& command);
  /// The words of a command line that say the same.
  std::vector<std::string> words() const;
};

struct ChosenGrids {
  std::vector<Grid> grids;    // without their runs
  std::vector<RunSpec> runs;  // of all grids, those that --only leaves
};

/// Prints mistakes as load_grids does. Throws Error for an --only that no run has.
std::optional<ChosenGrids> choose_grids(const GridArguments& arguments);

}  // namespace eigenrnn
