#include "workers/runner.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "workers/devices.h"
#include "workers/interrupt_guard.h"
#include "workers/mps_server.h"
#include "workers/progress_display.h"
#include "workers/progress_text.h"
#include "workers/run_scheduler.h"
#include "workers/worker_pool.h"

namespace eigenrnn {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kStopWait(30);  // for workers to finish writing

// Brings together what is decided (RunScheduler), what is done (WorkerPool) and what is shown.
class GridRun {
 public:
  GridRun(const std::vector<RunSpec>& runs, const ResultStore& store,
          const RunnerSettings& settings)
      : display_(store.root() / "runner.log"),
        scheduler_(runs, store, settings, report()),
        jobs_(std::min(static_cast<size_t>(settings.jobs), scheduler_.waiting())),
        mps_(start_mps(settings.devices)),
        pool_(jobs_, settings.devices, program()) {
    if (!settings.remark.empty()) display_.show(settings.remark);
  }

  RunnerOutcome run() {
    const InterruptGuard guard;
    bool is_stopped = false;
    while (!is_over() && !is_stopped) {
      if (interrupts > 0 || !scheduler_.outcome().store_error.empty()) {
        stop();
        is_stopped = true;
      } else {
        give_out_runs();
        pool_.listen(listener());
        display_.update(status());
      }
    }
    RunnerOutcome outcome = scheduler_.outcome();
    if (is_stopped) {
      outcome.interrupted = interrupts > 0;
    } else {
      outcome.left_to_others = scheduler_.waiting();
    }
    return outcome;
  }

 private:
  std::unique_ptr<MpsServer> start_mps(const std::vector<std::string>& devices) {
    if (devices.front() == "cpu") return nullptr;  // without asking what GPUs there are
    std::string remark;
    auto server = eigenrnn::start_mps(devices, jobs_, device_facts(), remark);
    if (!remark.empty()) display_.show(remark);
    return server;
  }

  ProcessSettings program() const {
    ProcessSettings program = worker_program();
    if (mps_) {
      program.environment.insert(mps_->environment().begin(), mps_->environment().end());
    }
    return program;
  }

  RunScheduler::Report report() {
    return {[this](const std::string& line) { display_.show(line); },
            [this](const std::string& line) { display_.log(line); }};
  }

  bool is_over() const {
    return scheduler_.outcome().store_error.empty() && scheduler_.is_exhausted() &&
           !pool_.is_at_work();
  }

  void give_out_runs() {
    while (WorkerPool::Worker* worker = pool_.idle()) {
      RunQueue::Next next = scheduler_.take();
      if (!next.run) return;
      const RunOrder order = scheduler_.order_for(next, worker->device);
      pool_.start(*worker, std::move(next.run), order);
    }
  }

  WorkerPool::Listener listener() {
    return {[this](const QueuedRun& run, const LogMessage& log) {
              display_.show(run.spec->describe() + ": " + log.message);
            },
            [this](auto run, const std::string& device, const RunEnd& end) {
              scheduler_.end(std::move(run), device, end);
            },
            [this](auto run, const std::string& device, const std::string& reason) {
              scheduler_.crash(std::move(run), device, reason);
            }};
  }

  // Of runs that are stopped nothing comes but what is written already.
  WorkerPool::Listener listener_while_stopping() {
    WorkerPool::Listener listener = this->listener();
    listener.end = [this](auto run, const std::string& device, const RunEnd& end) {
      if (std::holds_alternative<RunDone>(end) || std::holds_alternative<StoreFailed>(end)) {
        scheduler_.end(std::move(run), device, end);
      }
    };
    listener.crash = [](auto, const std::string&, const std::string&) {};
    return listener;
  }

  // Asks all to stop, lets them finish writing, and kills what does not end: at once if a second
  // interrupt comes.
  void stop() {
    display_.show(
        "stopping; what is under way is kept first: results, and checkpoints of the rest");
    const auto deadline = Clock::now() + kStopWait;
    const int so_far = interrupts;
    pool_.stop();
    while (pool_.has_processes() && Clock::now() < deadline && interrupts == so_far) {
      pool_.listen(listener_while_stopping());
    }
  }

  ProgressDisplay::Status status() const {
    ProgressDisplay::Status status;
    const RunnerOutcome::Counts sum = scheduler_.outcome().sum();
    status.total = sum.total;
    status.done = sum.done();
    status.failed = sum.failed;
    std::optional<double> left = scheduler_.waiting_seconds();
    for (const WorkerPool::Worker& worker : pool_.workers()) {
      if (!worker.run) continue;
      ++status.running;
      const std::chrono::duration<double> passed = Clock::now() - worker.started;
      const RunUnderWay run{worker.run->spec, passed.count(), worker.progress, worker.begun_at};
      const auto seconds = seconds_left(run, scheduler_.estimator());
      left = left && seconds ? std::optional(*left + *seconds) : std::nullopt;
      status.workers.push_back(line_of(run));
    }
    if (left) status.seconds_left = *left / static_cast<double>(pool_.workers().size());
    return status;
  }

  ProgressDisplay display_;
  RunScheduler scheduler_;
  const size_t jobs_;
  std::unique_ptr<MpsServer> mps_;  // outlives its clients
  WorkerPool pool_;
};

}  // namespace

RunnerOutcome run_grid(const std::vector<RunSpec>& runs, const ResultStore& store,
                       const RunnerSettings& settings) {
  return GridRun(runs, store, settings).run();
}

}  // namespace eigenrnn
