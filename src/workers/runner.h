#pragma once
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "run/run_spec.h"
#include "store/lease.h"
#include "store/result_store.h"
#include "training/checkpoint.h"

namespace eigenrnn {

struct RunnerSettings {
  int jobs = 1;                      // worker processes at a time
  std::vector<std::string> devices;  // "cpu", or "cuda:0", …: shared out round robin
  bool force = false;                // do finished runs again, and all from the start
  double begin_at = 0;               // the part of the grid, 0 to 1, before the first run to try
  bool wait_for_others = true;       // stay until runs that others are at are done, or taken over
  std::chrono::milliseconds lease_lifetime = kLeaseLifetime;
  double checkpoint_seconds = kCheckpointSeconds;  // TrainingHooks has the meaning
};

/// How a grid ended.
struct RunnerOutcome {
  struct Counts {
    size_t total = 0, skipped = 0, finished = 0, diverged = 0, failed = 0;
    size_t left_out = 0;  // because data is missing
    std::string why_left_out;

    size_t done() const { return skipped + finished + diverged + failed + left_out; }
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

/// Carries out the runs that have no result yet, in worker processes, and shows the progress.
/// A worker that dies costs the run it was on: that is tried once more, from its last checkpoint,
/// then recorded as failed. SIGINT, SIGTERM and SIGUSR1 (a cluster's word that the time is up) end
/// it in good order: what is being written is written, and runs under way are kept as checkpoints,
/// from which the next call goes on. What happens is also written to runner.log in the store's
/// root.
///
/// Any number of these may work on one store, on machines that share it: each run is carried out by
/// who has its lease, and the runs of one that is gone are taken over (store/lease.h). Throws
/// Error if results cannot be written.
RunnerOutcome run_grid(const std::vector<RunSpec>& runs, const ResultStore& store,
                       const RunnerSettings& settings);

}  // namespace eigenrnn
