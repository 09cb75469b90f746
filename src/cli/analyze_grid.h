#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace eigenrnn {

/// Networks to analyse, each in a process of its own, into
/// results/<profile>/analysis/<key>.<moment>.json.
struct GridAnalysis {
  std::vector<std::filesystem::path> results;  // files of results
  std::vector<std::string> moments = {"best", "start"};
  int jobs = 1;
  bool force = false;  // analyse again what is up to date
};

/// What is there and newer than the result and its weights is skipped, so that an interrupted call
/// goes on where it stopped. Shows the progress on standard error. The exit code of the program.
int analyze_grid(const GridAnalysis& grid);

}  // namespace eigenrnn
