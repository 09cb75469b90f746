#pragma once
#include <map>
#include <string>
#include <vector>

namespace eigenrnn {

/// How a grid ended, or how it stands.
struct RunnerOutcome {
  struct Counts {
    size_t total = 0, finished = 0, diverged = 0, failed = 0;
    size_t skipped = 0;         // that were done before
    size_t done_by_others = 0;  // since this began
    size_t left_out = 0;        // because data is missing
    std::string why_left_out;

    size_t done() const {
      return skipped + done_by_others + finished + diverged + failed + left_out;
    }
  };
  std::map<std::string, Counts> experiments;
  size_t left_to_others = 0;        // that others are at, where they are not waited for
  std::vector<std::string> failed;  // what failed and why, a text per run
  struct MissingData {
    size_t runs = 0;      // that were left out
    std::string message;  // what is missing and how to get it
  };
  std::map<std::string, MissingData> missing_data;  // by task
  std::string store_error;                          // results cannot be written; empty if they can
  bool interrupted = false;

  Counts sum() const;
  /// 0 all finished; 1 some runs failed, or data or room was missing; 130 interrupted.
  int exit_code() const;
};

}  // namespace eigenrnn
