#include "cli/grids.h"

#include <iostream>
#include <set>

#include <fmt/format.h>

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

}  // namespace eigenrnn
