#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "training/trainer.h"
#include "workers/protocol.h"
#include "workers/run_queue.h"
#include "workers/worker_process.h"

namespace eigenrnn {

/// Worker processes, each at one run or none. It starts them, hears them and says how work on a run
/// has ended; what becomes of the run is the caller's.
class WorkerPool {
 public:
  struct Worker {
    std::string device;
    std::unique_ptr<WorkerProcess> process;  // none until it gets a run, and after its end
    std::unique_ptr<QueuedRun> run;          // that it is at
    std::chrono::steady_clock::time_point started;
    std::optional<Progress> progress;  // the latest
    double begun_at = 0;               // the fraction in the first: not 0 if the run was continued
    bool is_ending = false;            // it said that it was asked to stop
  };

  /// What it tells, of the run that a worker is at; a run that has ended is given back.
  struct Listener {
    std::function<void(const QueuedRun&, const LogMessage&)> log;
    std::function<void(std::unique_ptr<QueuedRun>, const std::string& device, const RunEnd&)> end;
    /// The worker died under it; the reason in words.
    std::function<void(std::unique_ptr<QueuedRun>, const std::string& device,
                       const std::string& reason)>
        crash;
  };

  /// Workers share out the devices round robin. `program` is what a worker runs.
  WorkerPool(size_t size, const std::vector<std::string>& devices,
             ProcessSettings program = worker_program());

  /// One that waits for a run; nullptr if all are at one.
  Worker* idle();
  /// Gives an idle worker a run to carry out. Throws Error if its process cannot be started.
  void start(Worker& worker, std::unique_ptr<QueuedRun> run, const RunOrder& order);
  /// Waits a moment at most for what workers say, and tells it.
  void listen(const Listener& listener);
  /// Asks all to stop, as SIGTERM does.
  void stop() const;

  const std::vector<Worker>& workers() const { return workers_; }
  bool is_at_work() const;  // is any at a run?
  bool has_processes() const;

 private:
  void wait_for_news() const;
  void listen_to(Worker& worker, const Listener& listener);

  const ProcessSettings program_;
  std::vector<Worker> workers_;
};

}  // namespace eigenrnn
