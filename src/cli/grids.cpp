#include "cli/grids.h"

#include <algorithm>
#include <iostream>
#include <iterator>
#include <map>

#include <fmt/format.h>

#include "cli/validators.h"
#include "manifest/run_filter.h"

namespace eigenrnn {

bool load_every_grid(const std::vector<std::string>& manifests,
                     const std::function<void(Grid)>& take, const std::vector<std::string>& set) {
  Problems problems;
  std::map<std::string, std::string> manifest_of;  // by experiment
  for (const std::string& manifest : manifests) {
    std::string experiment;
    const auto look_and_take = [&](Grid grid) {
      experiment = grid.experiment;
      take(std::move(grid));
    };
    load_every_grid(manifest, look_and_take, problems, set);
    if (!experiment.empty() && !manifest_of.emplace(experiment, manifest).second) {
      problems.push_back({{manifest, 1},
                          fmt::format("experiment '{}' is in another manifest too; they would "
                                      "share a folder of results",
                                      experiment)});
    }
  }
  if (problems.empty()) return true;
  tidy(problems);
  std::cerr << to_string(problems)
            << fmt::format("{} mistake{}; nothing was run\n", problems.size(),
                           problems.size() == 1 ? "" : "s");
  return false;
}

void GridArguments::add_to(CLI::App& command) {
  command.add_option("manifests", manifests, "manifest files (experiments/tomita.yaml …)")
      ->required()
      ->check(manifest_file());
  command.add_option("--profile", profile, "sizes (eigenrnn list profiles)")
      ->check(CLI::IsMember(profile_names()))
      ->capture_default_str();
  command.add_option(
      "--only", only,
      "a part of the grid, as in init=eigen,cell=lstm,seed=0; keys: experiment, "
      "condition, cell, init (a row's label), name (all rows of an initializer), seed, "
      "key (of a result); several values of a key are alternatives");
  command
      .add_option("--set", set,
                  "KEY=VALUE, stronger than the manifest and part of a result's key, as in "
                  "training.learning_rate=0.1, model.hidden_size=64, task.options.length=50, "
                  "recording.keep_weights=true, seeds=[7, 8]; may be repeated")
      ->allow_extra_args(false);
  command
      .add_option("--kernel", kernel,
                  "fused or libtorch: which code runs the sequences on the CPU (default: the "
                  "manifest's, which is fused)")
      ->check(CLI::IsMember({"fused", "libtorch"}));
  command.add_option("--results", results, "folder of the results")
      ->check(not_empty())
      ->capture_default_str();
}

std::vector<std::string> GridArguments::words() const {
  std::vector<std::string> words = manifests;
  words.insert(words.end(), {"--profile", profile});
  for (const std::string& part : only) words.insert(words.end(), {"--only", part});
  for (const std::string& text : set) words.insert(words.end(), {"--set", text});
  if (results != GridArguments().results) words.insert(words.end(), {"--results", results});
  if (!kernel.empty()) words.insert(words.end(), {"--kernel", kernel});
  return words;
}

std::optional<ChosenGrids> choose_grids(const GridArguments& arguments) {
  std::vector<Grid> grids;
  std::vector<RunSpec> all;
  const auto take = [&](Grid grid) {
    if (grid.profile != arguments.profile) return;
    std::move(grid.runs.begin(), grid.runs.end(), std::back_inserter(all));
    grid.runs = {};
    grids.push_back(std::move(grid));
  };
  std::vector<std::string> set = arguments.set;
  if (!arguments.kernel.empty()) set.push_back("model.kernel=" + arguments.kernel);
  if (!load_every_grid(arguments.manifests, take, set)) return std::nullopt;
  return ChosenGrids{std::move(grids), RunFilter(arguments.only).apply(std::move(all))};
}

}  // namespace eigenrnn
