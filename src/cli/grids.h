#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "manifest/manifest.h"

namespace eigenrnn {

/// Gives the grids of several manifests under every profile to `take`, each manifest's in the order
/// of profiles(). If there are mistakes, prints all of them to standard error and returns false;
/// what was taken then means nothing. `set` as for one manifest.
bool load_every_grid(const std::vector<std::string>& manifests,
                     const std::function<void(Grid)>& take,
                     const std::vector<std::string>& set = {});

/// Says which runs a command is about, and where their results are.
struct GridArguments {
  std::vector<std::string> manifests, only, set;
  std::string profile = "cpu", results = "results", kernel;

  void add_to(CLI::App& command);
  /// The words of a command line that say the same.
  std::vector<std::string> words() const;
};

struct ChosenGrids {
  std::vector<Grid> grids;    // without their runs
  std::vector<RunSpec> runs;  // of all grids, those that --only leaves
};

/// Prints mistakes as load_every_grid does. Throws Error for an --only that no run has.
std::optional<ChosenGrids> choose_grids(const GridArguments& arguments);

}  // namespace eigenrnn
