#include "runner/runner.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <deque>
#include <memory>
#include <poll.h>
#include <set>

#include <fmt/format.h>

#include "runner/checkpoint_files.h"
#include "runner/estimator.h"
#include "runner/interrupt_guard.h"
#include "runner/progress_display.h"
#include "runner/worker_process.h"
#include "support/error.h"
#include "tasks/task.h"
#include "training/result.h"

namespace eigenrnn {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kAttempts = 2;
constexpr std::chrono::milliseconds kPollInterval(100);
constexpr std::chrono::seconds kFirstWait(1);  // before looking again at a run others are at,
constexpr std::chrono::seconds kLastWait(15);  // doubled each time up to this
constexpr std::chrono::seconds kStopWait(30);  // for workers to finish writing

struct Job {
  RunSpec spec;
  std::optional<std::string> old_failure;  // on record since before this grid began
  int attempts = 0;
  Clock::time_point not_before{};
  std::chrono::seconds wait = kFirstWait;
  bool is_others = false;  // another was seen to be at it, alive
};

struct Worker {
  std::string device;
  std::unique_ptr<WorkerProcess> process;
  std::unique_ptr<Job> job;
  Clock::time_point started;
  nlohmann::json progress;  // the latest event
  double begun_at = 0;      // the fraction of the run in the first event: not 0 if it was continued
  bool is_ending = false;   // it said that it was asked to stop
};

class GridRun {
 public:
  GridRun(const std::vector<RunSpec>& runs, const ResultStore& store,
          const RunnerSettings& settings)
      : store_(store),
        settings_(settings),
        estimator_(store.seconds_by_kind(runs)),
        display_(store.root() / "runner.log") {
    outcome_.total = runs.size();
    std::set<std::filesystem::path> directories;
    for (const RunSpec& spec : runs) {
      directories.insert(store.directory(spec));
      if (!settings.force && store.is_done(spec)) {
        ++outcome_.skipped;
        // If its worker died just after writing the result.
        CheckpointFiles::remove(store.checkpoint_path(spec));
        remove_lease_of_ended(store.lease_path(spec));
      } else {
        pending_.push_back(std::make_unique<Job>(Job{spec, store.failure(spec)}));
      }
    }
    const auto first = static_cast<ptrdiff_t>(settings.begin_at * pending_.size());
    std::rotate(pending_.begin(), pending_.begin() + first, pending_.end());
    if (pending_.empty()) return;
    for (const auto& directory : directories) store.check_writable(directory);
    workers_.resize(std::min(static_cast<size_t>(settings.jobs), pending_.size()));
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
        if (!worker.job && !worker.is_ending) assign(worker);
      }
      wait_for_news();
      for (Worker& worker : workers_) {
        if (worker.process) attend(worker);
      }
      display_.update(status());
    }
    if (is_over()) outcome_.left_to_others = pending_.size();
    return outcome_;
  }

 private:
  bool is_over() const {
    const auto is_left_to_others = [&](const auto& job) {
      return !settings_.wait_for_others && job->is_others;
    };
    return outcome_.store_error.empty() &&
           std::all_of(pending_.begin(), pending_.end(), is_left_to_others) &&
           std::none_of(workers_.begin(), workers_.end(), [](const Worker& w) { return !!w.job; });
  }

  // The next run that nobody is at. `expired` is what its lease says if that has to be taken over.
  std::unique_ptr<Job> next_job(std::optional<std::string>& expired) {
    using State = LeaseObserver::State;
    const auto now = Clock::now();
    for (auto at = pending_.begin(); at != pending_.end();) {
      Job& job = **at;
      if (job.not_before > now) {
        ++at;
        continue;
      }
      const LeaseObserver::Sight sight = observer_.look(store_.lease_path(job.spec));
      if (sight.state == State::kHeld || sight.state == State::kAlive) {
        job.is_others = sight.state == State::kAlive;
        wait_with(job);
        ++at;
        continue;
      }
      std::unique_ptr<Job> found = std::move(*at);
      at = pending_.erase(at);
      if (has_failed_elsewhere(*found)) continue;
      if (sight.state == State::kExpired) expired = sight.content;
      return found;
    }
    return nullptr;
  }

  static void wait_with(Job& job) {
    job.not_before = Clock::now() + job.wait;
    job.wait = std::min(2 * job.wait, kLastWait);
  }

  // Another process tried it after this grid began: that is not repeated here.
  bool has_failed_elsewhere(const Job& job) {
    const auto failure = store_.failure(job.spec);
    if (!failure || failure == job.old_failure) return false;
    outcome_.failed.push_back(fmt::format("{}: {}", job.spec.describe(), *failure));
    display_.say("failed elsewhere: " + outcome_.failed.back());
    return true;
  }

  void assign(Worker& worker) {
    std::optional<std::string> expired;
    std::unique_ptr<Job> job;
    try {
      job = next_job(expired);
    } catch (const Error& error) {  // the file system is away
      outcome_.store_error = error.what();
    }
    if (!job) return;
    if (expired) display_.say(job->spec.describe() + ": taken over, its owner is gone");
    if (!worker.process) worker.process = std::make_unique<WorkerProcess>();
    worker.job = std::move(job);
    worker.progress = nullptr;
    worker.started = Clock::now();
    // A failed send shows as the end of its output, which attend() deals with.
    worker.process->send({{"spec", worker.job->spec.to_json()},
                          {"results", store_.root().string()},
                          {"device", worker.device},
                          {"force", settings_.force},
                          {"expired", expired ? nlohmann::json(*expired) : nlohmann::json()},
                          {"lease_ms", settings_.lease_lifetime.count()},
                          {"checkpoint_seconds", settings_.checkpoint_seconds},
                          {"discard_checkpoints", settings_.force && worker.job->attempts == 0}});
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
    if (worker.job) lose(worker, reason);
  }

  void handle(Worker& worker, const nlohmann::json& event) {
    const std::string name = event.at("event");
    if (name == "progress") {
      if (!worker.progress.is_object()) worker.begun_at = event.at("fraction");
      worker.progress = event;
      return;
    }
    if (!worker.job) return;
    if (name == "note") {
      display_.say(fmt::format("{}: {}", worker.job->spec.describe(),
                               event.at("message").get<std::string>()));
      return;
    }
    std::unique_ptr<Job> job = std::move(worker.job);
    if (name == "done") {
      note_done(*job, event);
    } else if (name == "already") {
      ++outcome_.skipped;
    } else if (name == "busy" || name == "lost") {
      leave_to_another(std::move(job));
    } else if (name == "data_missing") {
      note_missing_data(*job, event.at("message"));
    } else if (name == "store_failed") {
      outcome_.store_error = event.at("message");
    } else if (name == "error") {
      record_failure(std::move(job), worker.device, event.at("message"));
    } else {  // "stopped": somebody else sent the worker a SIGTERM
      worker.is_ending = true;
      pending_.push_front(std::move(job));
    }
  }

  void note_done(const Job& job, const nlohmann::json& event) {
    const double seconds = event.at("seconds");
    estimator_.add(job.spec.kind(), seconds);
    std::string text = fmt::format("{}: ", job.spec.describe());
    if (event.at("status") == "diverged") {
      ++outcome_.diverged;
      text += "diverged";
    } else {
      ++outcome_.finished;
    }
    const Metric& metric = TaskRegistry::instance().at(job.spec.task).metrics.front();
    const nlohmann::json value = event.at("metrics").value(metric.name, nlohmann::json());
    if (value.is_number()) {
      text += fmt::format("{}test {} {:.4g}", event.at("status") == "diverged" ? ", " : "",
                          metric.label, value.get<double>() * metric.scale);
    }
    display_.say(fmt::format("[{}/{}] {} ({})", done(), outcome_.total, text, duration(seconds)));
  }

  // Other runs of the same task would only find the same thing missing.
  void note_missing_data(const Job& job, const std::string& message) {
    display_.say(fmt::format("{}: {}", job.spec.describe(), message));
    const std::string& task = job.spec.task;
    const auto is_of_task = [&](const auto& other) { return other->spec.task == task; };
    RunnerOutcome::MissingData& missing = outcome_.missing_data[task];
    missing.message = message;
    missing.runs +=
        1 + static_cast<size_t>(std::count_if(pending_.begin(), pending_.end(), is_of_task));
    pending_.erase(std::remove_if(pending_.begin(), pending_.end(), is_of_task), pending_.end());
  }

  // The worker died under the run.
  void lose(Worker& worker, const std::string& reason) {
    std::unique_ptr<Job> job = std::move(worker.job);
    if (++job->attempts < kAttempts) {
      display_.say(fmt::format("{}: {}; trying once more", job->spec.describe(), reason));
      pending_.push_front(std::move(job));
    } else {
      record_failure(std::move(job), worker.device, reason);
    }
  }

  // It comes back to the run later, if that is not done then.
  void leave_to_another(std::unique_ptr<Job> job) {
    job->is_others = false;
    wait_with(*job);
    pending_.push_back(std::move(job));
  }

  // Not over what another process may make of the run in the meantime.
  void record_failure(std::unique_ptr<Job> job, const std::string& device,
                      const std::string& reason) {
    const int attempts = std::max(job->attempts, 1);
    try {
      const auto lease =
          Lease::acquire(store_.lease_path(job->spec), std::nullopt, settings_.lease_lifetime);
      if (!lease || (!settings_.force && store_.is_done(job->spec))) {
        leave_to_another(std::move(job));
        return;
      }
      outcome_.failed.push_back(fmt::format("{}: {}", job->spec.describe(), reason));
      display_.say("failed: " + outcome_.failed.back());
      store_.write(job->spec, failed_result(job->spec, device, reason, attempts));
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

  size_t done() const {
    size_t count =
        outcome_.skipped + outcome_.finished + outcome_.diverged + outcome_.failed.size();
    for (const auto& [task, missing] : outcome_.missing_data) count += missing.runs;
    return count;
  }

  ProgressDisplay::Status status() const {
    ProgressDisplay::Status status;
    status.total = outcome_.total;
    status.done = done();
    status.failed = outcome_.failed.size();
    double left = 0;
    bool known = true;
    const auto add = [&](std::optional<double> seconds) {
      known = known && seconds.has_value();
      left += seconds.value_or(0);
    };
    for (const auto& job : pending_) add(estimator_.seconds(job->spec.kind()));
    for (const Worker& worker : workers_) {
      if (!worker.job) continue;
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
    const auto expected = estimator_.seconds(worker.job->spec.kind());
    if (!expected) return std::nullopt;
    return std::max(*expected - elapsed, 0.0);
  }

  static std::string describe(const Worker& worker) {
    std::string text = worker.job->spec.describe();
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
  Estimator estimator_;
  ProgressDisplay display_;
  LeaseObserver observer_;
  RunnerOutcome outcome_;
  std::deque<std::unique_ptr<Job>> pending_;
  std::vector<Worker> workers_;
};

}  // namespace

int RunnerOutcome::exit_code() const {
  if (interrupted) return 130;
  return failed.empty() && missing_data.empty() && store_error.empty() ? 0 : 1;
}

RunnerOutcome run_grid(const std::vector<RunSpec>& runs, const ResultStore& store,
                       const RunnerSettings& settings) {
  return GridRun(runs, store, settings).run();
}

}  // namespace eigenrnn
