#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "manifest/run_spec.h"
#include "training/weights.h"

namespace eigenrnn {

/// The results folder: results/<profile>/<experiment>/<key>.json, and <key>.weights.pt where a run
/// kept its weights. It is the grid's only memory.
class ResultStore {
 public:
  explicit ResultStore(std::filesystem::path root) : root_(std::move(root)) {}

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path directory(const RunSpec& spec) const;
  std::filesystem::path path(const RunSpec& spec) const;
  std::filesystem::path weights_path(const RunSpec& spec) const;
  /// Who holds it carries out the run (runner/lease.h).
  std::filesystem::path lease_path(const RunSpec& spec) const;
  /// Of a run that is not done yet (CheckpointFiles): .checkpoints/<key>.checkpoint beside where
  /// its result will be.
  std::filesystem::path checkpoint_path(const RunSpec& spec) const;

  /// Finished or diverged, and all was kept that the spec's `recording` asks for: there is nothing
  /// left to do. A result that cannot be read will be made again.
  bool is_done(const RunSpec& spec) const;

  bool has_diverged(const RunSpec& spec) const;
  /// Why it failed, and when; nothing unless its result says so.
  std::optional<std::string> failure(const RunSpec& spec) const;

  /// Each file atomically, the weights (none: no file, and one from before is removed) before the
  /// result, whose "weights" say where they are. The run has ended: its checkpoints are removed.
  /// Throws Error with the system's reason.
  void write(const RunSpec& spec, nlohmann::json result, const NamedTensors& weights = {}) const;

  /// Mean seconds per run of each kind (RunSpec::kind) over the results that are there.
  std::map<std::string, double> seconds_by_kind(const std::vector<RunSpec>& runs) const;

  /// Throws Error saying what is wrong if results could not be written into this folder. Removes
  /// temporary files that a killed process left there and among the leases.
  void check_writable(const std::filesystem::path& directory) const;

 private:
  std::filesystem::path root_;
};

}  // namespace eigenrnn
