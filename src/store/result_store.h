#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "model/weights.h"
#include "run/run_spec.h"

namespace eigenrnn {

/// What the store has of one run.
struct StoredRun {
  /// A result that cannot be read is none: it will be made again.
  enum class Status { kNone, kFinished, kDiverged, kFailed };

  Status status = Status::kNone;
  bool is_whole = false;  // all was kept that the spec's `recording` asks for
  double seconds = 0;     // that it took
  std::string failure;    // why it failed, and when

  /// There is nothing left to do.
  bool is_done() const {
    return is_whole && (status == Status::kFinished || status == Status::kDiverged);
  }
};

/// The results folder: results/<profile>/<experiment>/<key>.json, or a line of an archive
/// (result_files.h), and <key>.safetensors where a run
/// kept its weights. It is the grid's only memory.
class ResultStore {
 public:
  explicit ResultStore(std::filesystem::path root) : root_(std::move(root)) {}

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path directory(const RunSpec& spec) const;
  std::filesystem::path path(const RunSpec& spec) const;
  std::filesystem::path weights_path(const RunSpec& spec) const;
  /// Who holds it carries out the run (store/lease.h).
  std::filesystem::path lease_path(const RunSpec& spec) const;
  /// Of a run that is not done yet (CheckpointFiles): .checkpoints/<key>.checkpoint beside where
  /// its result will be.
  std::filesystem::path checkpoint_path(const RunSpec& spec) const;

  /// Reads the run's result.
  StoredRun read(const RunSpec& spec) const;
  /// Lists folders rather than ask for each file: many runs may have no result yet.
  std::vector<StoredRun> read(const std::vector<RunSpec>& runs) const;
  bool is_done(const RunSpec& spec) const { return read(spec).is_done(); }

  /// Each file atomically, the weights (none: no file, and one from before is removed) before the
  /// result, whose "weights" say where they are. The run has ended: its checkpoints are removed.
  /// Throws Error with the system's reason.
  void write(const RunSpec& spec, nlohmann::json result, const NamedTensors& weights = {}) const;

  /// Throws Error saying what is wrong if results could not be written into this folder. Removes
  /// temporary files that a killed process left there and among the leases.
  void check_writable(const std::filesystem::path& directory) const;

 private:
  std::filesystem::path root_;
};

}  // namespace eigenrnn
