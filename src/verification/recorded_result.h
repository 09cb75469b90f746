#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "run/run_spec.h"

namespace eigenrnn {

/// A result on the disk: what is needed to choose it and to repeat its run.
struct RecordedResult {
  enum class State {
    kRepeatable,
    kNotHere,  // the program or the files here lack what it needs: `problem` says what
    kFailed,   // the run crashed when it was recorded: there is nothing to compare with
    kBroken,   // not a result, or not the one that its key names: `problem` says why
  };

  std::filesystem::path path;
  State state = State::kRepeatable;
  std::string problem;
  std::string key;              // by the file's name
  RunParts labels;              // under which it is shown, as far as they are known; no options
  std::optional<RunSpec> spec;  // if it is repeatable
  double seconds = 0;           // that it took
  std::string device;           // that it ran on

  /// Reads <key>.json, or its line in an archive. Every trouble is told by `state`: only a file
  /// that cannot be read throws Error.
  static RecordedResult read(const std::filesystem::path& path);
};

/// The results in the folder of `result` of the same row, column and cell, whatever their seed,
/// itself among them. Files that are no results are passed over.
std::vector<nlohmann::json> results_of_row(const RecordedResult& result);

}  // namespace eigenrnn
