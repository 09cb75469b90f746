#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "forecast/estimator.h"
#include "run/run_spec.h"
#include "store/result_store.h"
#include "workers/protocol.h"
#include "workers/run_queue.h"
#include "workers/runner_outcome.h"
#include "workers/runner_settings.h"

namespace eigenrnn {

/// Decides which run of a grid is tried next, and what becomes of a run when somebody's work on it
/// has ended. Who does that work, and how, is the caller's: this starts and shows nothing.
class RunScheduler {
 public:
  /// Says what happens: all is for the log, what people should see at once is to be shown too.
  struct Report {
    std::function<void(const std::string&)> show, log;
  };

  /// Removes what ended processes left of runs that are done. Throws
  /// Error if results cannot be written. `runs` and `store` must outlive it.
  RunScheduler(const std::vector<RunSpec>& runs, const ResultStore& store, RunnerSettings settings,
               Report report);

  /// Takes out the next run that nobody is at, and that nobody has done or tried in vain since this
  /// grid began; none if there is none now. That the file system is away shows in the outcome.
  RunQueue::Next take();
  /// What to tell a worker that shall carry it out.
  RunOrder order_for(const RunQueue::Next& next, const std::string& device) const;

  /// Work on a run that was taken out has ended so.
  void end(std::unique_ptr<QueuedRun> run, const std::string& device, const RunEnd& end);
  /// The worker died under the run: it is tried once more, then recorded as failed.
  void crash(std::unique_ptr<QueuedRun> run, const std::string& device, const std::string& reason);

  /// Nothing is left to be taken out, now or later.
  bool is_exhausted() const;
  /// Runs that wait to be taken out, and how long they will take one after the other, if that can
  /// be told.
  size_t waiting() const { return queue_.size(); }
  std::optional<double> waiting_seconds() const;

  const Estimator& estimator() const { return estimator_; }
  const RunnerOutcome& outcome() const { return outcome_; }

 private:
  RunnerOutcome::Counts& counts(const RunSpec& spec);
  bool has_failed_elsewhere(const RunQueue::Next& next);
  void count_failure(const RunSpec& spec, const std::string& reason, const std::string& word);
  void finish(const QueuedRun& run, const RunDone& done);
  void leave_out_task(const QueuedRun& run, const std::string& message);
  void record_failure(std::unique_ptr<QueuedRun> run, const std::string& device,
                      const std::string& reason);

  const ResultStore& store_;
  const RunnerSettings settings_;
  const Report report_;
  RunQueue queue_;
  Estimator estimator_;
  RunnerOutcome outcome_;
};

}  // namespace eigenrnn
