#include "cli/grids.h"

#include <algorithm>
#include <iostream>
#include <iterator>
#include <set>

#include <fmt/format.h>

#include "manifest/run_filter.h"

namespace eigenrnn {

std::optional<std::vector<Grid>> load_grids(const std::vector<std::string>& manifests,
                                            const std::string& profile, const std::string& kernel) {
  Problems problems;
  std::vector<Grid> grids;
  std::set<std::string> experiments;
  for (const std::string& manifest : manifests) {
    grids.push_back(load_grid(manifest, profile, problems, kernel));
    const std::string& experiment = grids.back().experiment;
    if (!experiment.empty() && !experiments.insert(experiment).second) {
      problems.push_back({{manifest, 1},
                          fmt::format("experiment '{}' is in another manifest too; they would "
                                      "share a folder of results",
                                      experiment)});
    }
  }
  if (problems.empty()) return grids;
  tidy(problems);
  std::cerr << to_string(problems)
            << fmt::format("{} mistake{}; nothing was run\n", problems.size(),
                           problems.size() == 1 ? "" : "s");
  return std::nullopt;
}

void GridArguments::add_to(CLI::App& command) {
  command.add_option("manifests", manifests, "manifest files (experiments/*.yaml)")
      ->required()
      ->check(CLI::ExistingFile);
  command.add_option("--profile", profile, "sizes (eigenrnn list profiles)")
      ->check(CLI::IsMember(profile_names()))
      ->capture_default_str();
  command.add_option("--only", only,
                     "a part of the grid, as in init=eigen,cell=lstm,seed=0; keys: experiment, "
                     "condition, cell, init, seed; several values of a key are alternatives");
  command
      .add_option("--kernel", kernel,
                  "fused or libtorch: which code runs the sequences on the CPU (default: the "
                  "manifest's, which is fused)")
      ->check(CLI::IsMember({"fused", "libtorch"}));
  command.add_option("--results", results, "folder of the results")->capture_default_str();
}

std::vector<std::string> GridArguments::words() const {
  std::vector<std::string> words = manifests;
  words.insert(words.end(), {"--profile", profile});
  for (const std::string& part : only) words.insert(words.end(), {"--only", part});
  if (results != GridArguments().results) words.insert(words.end(), {"--results", results});
  if (!kernel.empty()) words.insert(words.end(), {"--kernel", kernel});
  return words;
}

std::optional<ChosenGrids> choose_grids(const GridArguments& arguments) {
  std::optional<std::vector<Grid>> grids =
      load_grids(arguments.manifests, arguments.profile, arguments.kernel);
  if (!grids) return std::nullopt;
  std::vector<RunSpec> all;
  for (Grid& grid : *grids) {
    std::move(grid.runs.begin(), grid.runs.end(), std::back_inserter(all));
    grid.runs = {};
  }
  return ChosenGrids{std::move(*grids), RunFilter(arguments.only).apply(std::move(all))};
}

}  // namespace eigenrnn
