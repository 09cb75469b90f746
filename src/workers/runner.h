#pragma once
#include <vector>

#include "run/run_spec.h"
#include "store/result_store.h"
#include "workers/runner_outcome.h"
#include "workers/runner_settings.h"

namespace eigenrnn {

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
