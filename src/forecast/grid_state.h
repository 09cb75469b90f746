#pragma once
#include <optional>
#include <string>
#include <vector>

#include "run/run_spec.h"
#include "store/lease.h"
#include "store/result_store.h"

namespace eigenrnn {

/// What the files of results and leases say about one run.
struct RunState {
  enum class Phase { kWaiting, kRunning, kFinished, kDiverged, kFailed };

  RunSpec spec;
  Phase phase = Phase::kWaiting;
  std::optional<LeaseRecord> lease;  // if running
  double running_seconds = 0;        // since its lease was made, and
  double silent_seconds = 0;         // since it was renewed, as the clocks concerned agree
  std::string failure;               // if failed

  /// No sign of life for longer than the lease holds: unless a clock is wrong, its owner is gone.
  bool is_silent() const { return lease && silent_seconds * 1000 > lease->lifetime.count(); }
};

/// A grid as it stands, seen from any machine that has the folder of results; nothing is changed.
struct GridState {
  std::vector<RunState> runs;
  /// Of computing that running and waiting runs take; nothing before any run was timed.
  std::optional<double> work_seconds;

  size_t count(RunState::Phase phase) const;
  /// If those that work go on; nothing if nobody does, or it cannot be told yet.
  std::optional<double> seconds_left() const;
};

/// A run with a lease counts as running, unless its owner is seen to have ended.
GridState grid_state(const std::vector<RunSpec>& runs, const ResultStore& store);

/// "waiting", "running", "finished", "diverged" or "failed"
std::string name_of(RunState::Phase phase);

}  // namespace eigenrnn
