#include "workers/run_scheduler.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "run/run_result.h"
#include "store/checkpoint_files.h"
#include "store/lease.h"
#include "support/error.h"
#include "support/overloaded.h"
#include "workers/progress_text.h"

namespace eigenrnn {
namespace {

constexpr int kAttempts = 2;
constexpr size_t kFailuresShown = 5;

}  // namespace

RunScheduler::RunScheduler(const std::vector<RunSpec>& runs, const ResultStore& store,
                           RunnerSettings settings, Report report)
    : store_(store), settings_(std::move(settings)), report_(std::move(report)), queue_(store) {
  for (const RunSpec& spec : runs) ++outcome_.experiments[spec->experiment].total;
  const std::vector<StoredRun> stored = store.read(runs);
  estimator_ = Estimator(runs, stored);
  std::set<std::filesystem::path> directories;
  for (size_t i = 0; i < runs.size(); ++i) {
    directories.insert(store.directory(runs[i]));
    if (!settings_.force && stored[i].is_done()) {
      ++counts(runs[i]).skipped;
      // If its worker died just after writing the result.
      CheckpointFiles::remove(store.checkpoint_path(runs[i]));
      remove_lease_of_ended(store.lease_path(runs[i]));
    } else {
      queue_.add(runs[i], stored[i].failure);
    }
  }
  queue_.rotate(settings_.begin_at);
  if (queue_.size() == 0) return;
  for (const auto& directory : directories) store.check_writable(directory);
}

RunQueue::Next RunScheduler::take() {
  try {
    while (true) {
      RunQueue::Next next = queue_.take();
      if (!next.run) return next;
      if (!settings_.force && next.stored.is_done() && !next.expired) {
        ++counts(next.run->spec).done_by_others;
      } else if (!has_failed_elsewhere(next)) {
        if (next.expired)
          report_.show(next.run->spec->describe() + ": taken over, its owner is gone");
        return next;
      }
    }
  } catch (const Error& error) {  // the file system is away
    outcome_.store_error = error.what();
    return {};
  }
}

RunnerOutcome::Counts& RunScheduler::counts(const RunSpec& spec) {
  return outcome_.experiments.at(spec->experiment);
}

bool RunScheduler::has_failed_elsewhere(const RunQueue::Next& next) {
  const std::string& failure = next.stored.failure;
  if (failure.empty() || failure == next.run->old_failure) return false;
  count_failure(next.run->spec, failure, "failed elsewhere: ");
  return true;
}

// Shows the first few, since whatever makes runs fail may make hundreds of them fail.
void RunScheduler::count_failure(const RunSpec& spec, const std::string& reason,
                                 const std::string& word) {
  ++counts(spec).failed;
  outcome_.failed.push_back(fmt::format("{}: {}", spec->describe(), reason));
  const bool is_shown = outcome_.failed.size() <= kFailuresShown;
  (is_shown ? report_.show : report_.log)(word + outcome_.failed.back());
}

RunOrder RunScheduler::order_for(const RunQueue::Next& next, const std::string& device) const {
  RunOrder order{next.run->spec};
  order.results = store_.root().string();
  order.device = device;
  order.force = settings_.force;
  order.expired = next.expired;
  order.lease_lifetime = settings_.lease_lifetime;
  order.checkpoint_seconds = settings_.checkpoint_seconds;
  order.discard_checkpoints = settings_.force && next.run->attempts == 0;
  return order;
}

void RunScheduler::end(std::unique_ptr<QueuedRun> run, const std::string& device,
                       const RunEnd& end) {
  std::visit(
      Overloaded{
          [&](const RunDone& done) { finish(*run, done); },
          [&](const RunDoneByAnother&) { ++counts(run->spec).done_by_others; },
          [&](const RunBusy&) { queue_.leave_to_another(std::move(run)); },
          [&](const RunLost&) { queue_.leave_to_another(std::move(run)); },
          [&](const DataMissing& missing) { leave_out_task(*run, missing.message); },
          [&](const RunFailed& failed) { record_failure(std::move(run), device, failed.message); },
          [&](const StoreFailed& failed) { outcome_.store_error = failed.message; },
          [&](const RunStopped&) { queue_.put_back(std::move(run)); }},  // by somebody else
      end);
}

void RunScheduler::finish(const QueuedRun& run, const RunDone& done) {
  estimator_.add(run.spec->kind(), done.seconds);
  RunnerOutcome::Counts& counts = this->counts(run.spec);
  ++(done.status == RunStatus::kDiverged ? counts.diverged : counts.finished);
  const RunnerOutcome::Counts sum = outcome_.sum();
  report_.log(fmt::format("[{}/{}] {}", sum.done(), sum.total, line_of(run.spec, done)));
}

// Other runs of the same task would only find the same thing missing.
void RunScheduler::leave_out_task(const QueuedRun& run, const std::string& message) {
  report_.show(fmt::format("{}: {}", run.spec->describe(), message));
  RunnerOutcome::MissingData& missing = outcome_.missing_data[run.spec->task];
  missing.message = message;
  std::map<std::string, size_t> left_out = queue_.remove_task(run.spec->task);
  ++left_out[run.spec->experiment];
  for (const auto& [experiment, count] : left_out) {
    RunnerOutcome::Counts& counts = outcome_.experiments.at(experiment);
    counts.left_out += count;
    counts.why_left_out = message;
    missing.runs += count;
  }
}

void RunScheduler::crash(std::unique_ptr<QueuedRun> run, const std::string& device,
                         const std::string& reason) {
  if (++run->attempts < kAttempts) {
    report_.show(fmt::format("{}: {}; trying once more", run->spec->describe(), reason));
    queue_.put_back(std::move(run));
  } else {
    record_failure(std::move(run), device, reason);
  }
}

// Not over what another process may make of the run in the meantime.
void RunScheduler::record_failure(std::unique_ptr<QueuedRun> run, const std::string& device,
                                  const std::string& reason) {
  const int attempts = std::max(run->attempts, 1);
  try {
    const auto lease =
        Lease::acquire(store_.lease_path(run->spec), std::nullopt, settings_.lease_lifetime);
    if (!lease || (!settings_.force && store_.is_done(run->spec))) {
      queue_.leave_to_another(std::move(run));
      return;
    }
    count_failure(run->spec, reason, "failed: ");
    store_.write(run->spec, failed_result(run->spec, device, reason, attempts));
  } catch (const Error& error) {
    outcome_.store_error = error.what();
  }
}

bool RunScheduler::is_exhausted() const {
  return queue_.size() == 0 || (!settings_.wait_for_others && queue_.only_others_left());
}

std::optional<double> RunScheduler::waiting_seconds() const {
  double sum = 0;
  for (const auto& run : queue_) {
    const auto seconds = estimator_.seconds(run->spec->kind());
    if (!seconds) return std::nullopt;
    sum += *seconds;
  }
  return sum;
}

}  // namespace eigenrnn
