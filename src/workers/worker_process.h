#pragma once
#include <string>
#include <vector>

#include "support/process.h"
#include "workers/protocol.h"

namespace eigenrnn {

/// This same program as a worker, with one thread, for WorkerProcess to start.
ProcessSettings worker_program();

/// The runner's handle of one worker process, which ends with this one.
class WorkerProcess {
 public:
  /// Throws Error if it cannot be started.
  explicit WorkerProcess(const ProcessSettings& program);

  /// False if the process is gone.
  bool send(const RunOrder& order);
  /// To wait on with poll(): events, and what it writes to standard error.
  int events_descriptor() const { return process_.output(); }
  int errors_descriptor() const { return process_.errors(); }

  /// Complete events that have arrived. `ended` is set once the process has closed its output. One
  /// that says what no worker says is killed.
  std::vector<WorkerEvent> receive(bool& ended);
  /// Takes in what has arrived on standard error.
  void drain_errors();

  void signal(int number) const { process_.signal(number); }
  /// Waits for the end of the process: why it ended, in words, with the tail of its errors.
  std::string wait_for_end();

 private:
  Process process_;
  std::string partial_line_, error_tail_;
  std::string mistake_;  // what it said that no worker says
};

}  // namespace eigenrnn
