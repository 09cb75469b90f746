#pragma once
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/process.h"

namespace eigenrnn {

/// The runner's handle of one worker process, which ends with this one.
class WorkerProcess {
 public:
  /// Throws Error if it cannot be started.
  WorkerProcess();

  /// False if the process is gone.
  bool send(const nlohmann::json& order);
  /// To wait on with poll(): events, and what it writes to standard error.
  int events_descriptor() const { return process_.output(); }
  int errors_descriptor() const { return process_.errors(); }

  /// Complete events that have arrived. `ended` is set once the process has closed its output.
  std::vector<nlohmann::json> receive(bool& ended);
  /// Takes in what has arrived on standard error.
  void drain_errors();

  void signal(int number) const { process_.signal(number); }
  /// Waits for the end of the process: why it ended, in words, with the tail of its errors.
  std::string wait_for_end();

 private:
  Process process_;
  std::string partial_line_, error_tail_;
};

}  // namespace eigenrnn
