#include "workers/runner.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <poll.h>
#include <set>

#include <fmt/format.h>

#include "forecast/estimator.h"
#include "run/run_result.h"
#include "store/checkpoint_files.h"
#include "support/error.h"
#include "support/time.h"
#include "tasks/task.h"
#include "workers/interrupt_guard.h"
#include "workers/progress_display.h"
#include "workers/run_queue.h"
#include "workers/worker_process.h"

namespace eigenrnn {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kAttempts = 2;
constexpr size_t kFailuresSaid = 5;
constexpr std::chrono::milliseconds kPollInterval(100);
constexpr std::chrono::seconds kStopWait(30);  // for workers to finish writing

struct Worker {
  std::string device;
  std::unique_ptr<WorkerProcess> process;
  std::unique_ptr<QueuedRun> run;
  Clock::time_point started;
  nlohmann::json progress;  // the latest event
  double begun_at = 0;      // the fraction of the run in the first event: not 0 if it was continued
  bool is_ending = false;   // it said that it was asked to stop
};

class GridRun {
 public:
  GridRun(const std::vector<RunSpec>& runs, const ResultStore& store,
          const RunnerSettings& settings)
      : store_(store), settings_(settings), queue_(store), display_(store.root() / "runner.log") {
    for (const RunSpec& spec : runs) ++outcome_.experiments[spec->experiment].total;
    const std::vector<StoredRun> stored = store.look(runs);
    estimator_ = Estimator(runs, stored);
    std::set<std::filesystem::path> directories;
    for (size_t i = 0; i < runs.size(); ++i) {
      directories.insert(store.directory(runs[i]));
      if (!settings.force && stored[i].is_done()) {
        ++counts(runs[i]).skipped;
        // If its worker died just after writing the result.
        CheckpointFiles::remove(store.checkpoint_path(runs[i]));
        remove_lease_of_ended(store.lease_path(runs[i]));
      } else {
        queue_.add(runs[i], stored[i].failure);
      }
    }
    queue_.rotate(settings.begin_at);
    if (queue_.size() == 0) return;
    for (const auto& directory : directories) store.check_writable(directory);
    workers_.resize(std::min(static_cast<size_t>(settings.jobs), queue_.size()));
    for (size_t i = 0; i < workers_.size(); ++i) {
      workers_[i].device = settings.devices.at(i % settings.devices.size());
    }
  }

  RunnerOutcome run() {
    const InterruptGuard guard;
    while (!is_over()) {
      if (interrupts > 0 || !outcome_.store_error.empty()) {
        stop_workers();
        outcome_.interrupted = interrupts > 0;
        break;
      }
      for (Worker& worker : workers_) {
        if (!worker.run && !worker.is_ending) assign(worker);
      }
      wait_for_news();
      for (Worker& worker : workers_) {
        if (worker.process) attend(worker);
      }
      display_.update(status());
    }
    if (is_over()) outcome_.left_to_others = queue_.size();
    return outcome_;
  }

 private:
  bool is_over() const {
    return outcome_.store_error.empty() &&
           (queue_.size() == 0 || (!settings_.wait_for_others && queue_.only_others_left())) &&
           std::none_of(workers_.begin(), workers_.end(), [](const Worker& w) { return !!w.run; });
  }

  // The next run that nobody is at, and that nobody has done or tried in vain since this grid
  // began.
  RunQueue::Draw draw() {
    while (true) {
      RunQueue::Draw draw = queue_.draw();
      if (!draw.run) return draw;
      if (!settings_.force && draw.stored.is_done() && !draw.expired) {
        ++counts(draw.run->spec).skipped;
      } else if (!has_failed_elsewhere(draw)) {
        return draw;
      }
    }
  }

  bool has_failed_elsewhere(const RunQueue::Draw& draw) {
    const std::string& failure = draw.stored.failure;
    if (failure.empty() || failure == draw.run->old_failure) return false;
    note_failed(draw.run->spec, failure, "failed elsewhere: ");
    return true;
  }

  // Says the first few, since whatever makes runs fail may make hundreds of them fail.
  void note_failed(const RunSpec& spec, const std::string& reason, const std::string& word) {
    ++counts(spec).failed;
    outcome_.failed.push_back(fmt::format("{}: {}", spec->describe(), reason));
    const std::string line = word + outcome_.failed.back();
    if (outcome_.failed.size() <= kFailuresSaid) {
      display_.say(line);
    } else {
      display_.note(line);
    }
  }

  RunnerOutcome::Counts& counts(const RunSpec& spec) {
    return outcome_.experiments.at(spec->experiment);
  }

  void assign(Worker& worker) {
    RunQueue::Draw next;
    try {
      next = draw();
    } catch (const Error& error) {  // the file system is away
      outcome_.store_error = error.what();
    }
    if (!next.run) return;
    const std::optional<std::string>& expired = next.expired;
    if (expired) display_.say(next.run->spec->describe() + ": taken over, its owner is gone");
    if (!worker.process) worker.process = std::make_unique<WorkerProcess>();
    worker.run = std::move(next.run);
    worker.progress = nullptr;
    worker.started = Clock::now();
    // A failed send shows as the end of its output, which attend() deals with.
    worker.process->send({{"spec", worker.run->spec->to_json()},
                          {"results", store_.root().string()},
                          {"device", worker.device},
                          {"force", settings_.force},
                          {"expired", expired ? nlohmann::json(*expired) : nlohmann::json()},
                          {"lease_ms", settings_.lease_lifetime.count()},
                          {"checkpoint_seconds", settings_.checkpoint_seconds},
                          {"discard_checkpoints", settings_.force && worker.run->attempts == 0}});
  }

  void wait_for_news() {
    std::vector<pollfd> descriptors;
    for (const Worker& worker : workers_) {
      if (worker.process) {
        descriptors.push_back({worker.process->events_descriptor(), POLLIN, 0});
        descriptors.push_back({worker.process->errors_descriptor(), POLLIN, 0});
      }
    }
    ::poll(descriptors.data(), descriptors.size(), static_cast<int>(kPollInterval.count()));
  }

  void attend(Worker& worker) {
    bool ended = false;
    worker.process->drain_errors();
    for (const nlohmann::json& event : worker.process->receive(ended)) {
      handle(worker, event);
    }
    if (!ended) return;
    const std::string reason = worker.process->wait_for_end();
    worker.process = nullptr;
    worker.is_ending = false;
    if (worker.run) lose(worker, reason);
  }

  void handle(Worker& worker, const nlohmann::json& event) {
    const std::string name = event.at("event");
    if (name == "progress") {
      if (!worker.progress.is_object()) worker.begun_at = event.at("fraction");
      worker.progress = event;
      return;
    }
    if (!worker.run) return;
    if (name == "note") {
      display_.say(fmt::format("{}: {}", worker.run->spec->describe(),
                               event.at("message").get<std::string>()));
      return;
    }
    std::unique_ptr<QueuedRun> run = std::move(worker.run);
    if (name == "done") {
      note_done(*run, event);
    } else if (name == "already") {
      ++counts(run->spec).skipped;
    } else if (name == "busy" || name == "lost") {
      queue_.leave_to_another(std::move(run));
    } else if (name == "data_missing") {
      note_missing_data(*run, event.at("message"));
    } else if (name == "store_failed") {
      outcome_.store_error = event.at("message");
    } else if (name == "error") {
      record_failure(std::move(run), worker.device, event.at("message"));
    } else {  // "stopped": somebody else sent the worker a SIGTERM
      worker.is_ending = true;
      queue_.put_back(std::move(run));
    }
  }

  void note_done(const QueuedRun& run, const nlohmann::json& event) {
    const double seconds = event.at("seconds");
    estimator_.add(run.spec->kind(), seconds);
    std::string text = fmt::format("{}: ", run.spec->describe());
    if (event.at("status") == "diverged") {
      ++counts(run.spec).diverged;
      text += "diverged";
    } else {
      ++counts(run.spec).finished;
    }
    const Metric& metric = TaskRegistry::instance().at(run.spec->task).metrics.front();
    const nlohmann::json value = event.at("metrics").value(metric.name, nlohmann::json());
    if (!value.is_null()) {
      text +=
          fmt::format("{}test {} {}", event.at("status") == "diverged" ? ", " : "", metric.label,
                      value.is_number() ? fmt::format("{:.4g}", value.get<double>() * metric.scale)
                                        : value.get<std::string>());
    }
    const RunnerOutcome::Counts sum = outcome_.sum();
    display_.note(fmt::format("[{}/{}] {} ({})", sum.done(), sum.total, text, duration(seconds)));
  }

  // Other runs of the same task would only find the same thing missing.
  void note_missing_data(const QueuedRun& run, const std::string& message) {
    display_.say(fmt::format("{}: {}", run.spec->describe(), message));
    const std::string& task = run.spec->task;
    RunnerOutcome::MissingData& missing = outcome_.missing_data[task];
    missing.message = message;
    std::map<std::string, size_t> left_out = queue_.remove_task(task);
    ++left_out[run.spec->experiment];
    for (const auto& [experiment, count] : left_out) {
      RunnerOutcome::Counts& counts = outcome_.experiments.at(experiment);
      counts.left_out += count;
      counts.why_left_out = message;
      missing.runs += count;
    }
  }

  // The worker died under the run.
  void lose(Worker& worker, const std::string& reason) {
    std::unique_ptr<QueuedRun> run = std::move(worker.run);
    if (++run->attempts < kAttempts) {
      display_.say(fmt::format("{}: {}; trying once more", run->spec->describe(), reason));
      queue_.put_back(std::move(run));
    } else {
      record_failure(std::move(run), worker.device, reason);
    }
  }

  // Not over what another process may make of the run in the meantime.
  void record_failure(std::unique_ptr<QueuedRun> run, const std::string& device,
                      const std::string& reason) {
    const int attempts = std::max(run->attempts, 1);
    try {
      const auto lease =
          Lease::acquire(store_.lease_path(run->spec), std::nullopt, settings_.lease_lifetime);
      if (!lease || (!settings_.force && store_.is_done(run->spec))) {
        queue_.leave_to_another(std::move(run));
        return;
      }
      note_failed(run->spec, reason, "failed: ");
      store_.write(run->spec, failed_result(run->spec, device, reason, attempts));
    } catch (const Error& error) {
      outcome_.store_error = error.what();
    }
  }

  // Asks all to stop, lets them finish writing, and kills what does not end: at once if a second
  // interrupt comes.
  void stop_workers() {
    display_.say("stopping; what is under way is kept first: results, and checkpoints of the rest");
    const auto deadline = Clock::now() + kStopWait;
    const int so_far = interrupts;
    for (Worker& worker : workers_) {
      if (worker.process) worker.process->signal(SIGTERM);
    }
    const auto any_left = [&] {
      return std::any_of(workers_.begin(), workers_.end(),
                         [](const Worker& worker) { return !!worker.process; });
    };
    while (any_left() && Clock::now() < deadline && interrupts == so_far) {
      wait_for_news();
      for (Worker& worker : workers_) {
        if (!worker.process) continue;
        bool ended = false;
        worker.process->drain_errors();
        for (const nlohmann::json& event : worker.process->receive(ended)) {
          const nlohmann::json& name = event.at("event");
          if (name == "done" || name == "store_failed" || name == "note") {
            handle(worker, event);
          }
        }
        if (ended) worker.process = nullptr;
      }
    }
  }

  ProgressDisplay::Status status() const {
    ProgressDisplay::Status status;
    const RunnerOutcome::Counts sum = outcome_.sum();
    status.total = sum.total;
    status.done = sum.done();
    status.failed = sum.failed;
    double left = 0;
    bool known = true;
    const auto add = [&](std::optional<double> seconds) {
      known = known && seconds.has_value();
      left += seconds.value_or(0);
    };
    for (const auto& run : queue_) add(estimator_.seconds(run->spec->kind()));
    for (const Worker& worker : workers_) {
      if (!worker.run) continue;
      ++status.running;
      add(seconds_left(worker));
      status.workers.push_back(describe(worker));
    }
    if (known) status.seconds_left = left / static_cast<double>(workers_.size());
    return status;
  }

  std::optional<double> seconds_left(const Worker& worker) const {
    const double elapsed = std::chrono::duration<double>(Clock::now() - worker.started).count();
    if (worker.progress.is_object()) {
      const double fraction = worker.progress.at("fraction");
      return elapsed * (1 - fraction) / std::max(fraction - worker.begun_at, 1e-3);
    }
    const auto expected = estimator_.seconds(worker.run->spec->kind());
    if (!expected) return std::nullopt;
    return std::max(*expected - elapsed, 0.0);
  }

  static std::string describe(const Worker& worker) {
    std::string text = worker.run->spec->describe();
    if (!worker.progress.is_object()) return text + ": starting";
    text += fmt::format(": epoch {}/{}, loss {:.3g}", worker.progress.at("epoch").get<int64_t>(),
                        worker.progress.at("epochs").get<int64_t>(),
                        worker.progress.at("loss").get<double>());
    if (worker.progress.at("value").is_number()) {
      text += fmt::format(", validation {} {:.4g}", worker.progress.at("metric").get<std::string>(),
                          worker.progress.at("value").get<double>());
    }
    return text;
  }

  const ResultStore& store_;
  const RunnerSettings& settings_;
  RunQueue queue_;
  Estimator estimator_;
  ProgressDisplay display_;
  RunnerOutcome outcome_;
  std::vector<Worker> workers_;
};

}  // namespace

RunnerOutcome::Counts RunnerOutcome::sum() const {
  Counts sum;
  for (const auto& [experiment, counts] : experiments) {
    sum.total += counts.total;
    sum.skipped += counts.skipped;
    sum.finished += counts.finished;
    sum.diverged += counts.diverged;
    sum.failed += counts.failed;
    sum.left_out += counts.left_out;
  }
  return sum;
}

int RunnerOutcome::exit_code() const {
  if (interrupted) return 130;
  return failed.empty() && missing_data.empty() && store_error.empty() ? 0 : 1;
}

RunnerOutcome run_grid(const std::vector<RunSpec>& runs, const ResultStore& store,
                       const RunnerSettings& settings) {
  return GridRun(runs, store, settings).run();
}

}  // namespace eigenrnn
