#pragma once
#include <map>
#include <string>
#include <vector>

namespace eigenrnn {

/// How a grid ended, or how it stands.
struct RunnerOutcome {
  size_t total = 0, skipped = 0, finished = 0, diverged = 0;
  size_t left_to_others = 0;        // that others are at, where they are not waited for
  std::vector<std::string> failed;  // what failed and why, a text per run
  struct MissingData {
    size_t runs = 0;      // that were left out
    std::string message;  // what is missing and how to get it
  };
  std::map<std::string, MissingData> missing_data;  // by task
  std::string store_error;                          // results cannot be written; empty if they can
  bool interrupted = false;

  /// Runs of which nothing more is to come.
  size_t ended() const;
  /// 0 all finished; 1 some runs failed, or data or room was missing; 130 interrupted.
  int exit_code() const;
};

}  // namespace eigenrnn
