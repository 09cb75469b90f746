#pragma once
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include <nlohmann/json.hpp>

namespace eigenrnn {

/// The runner's handle of one worker process. The process gets SIGTERM when this one dies, so no
/// orphan stays behind.
class WorkerProcess {
 public:
  /// Throws Error if it cannot be started.
  WorkerProcess();
  /// Kills it if it is still there.
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  /// False if the process is gone.
  bool send(const nlohmann::json& order);
  /// To wait on with poll(): events, and what it writes to standard error.
  int events_descriptor() const { return events_; }
  int errors_descriptor() const { return errors_; }

  /// Complete events that have arrived. `ended` is set once the process has closed its output.
  std::vector<nlohmann::json> receive(bool& ended);
  /// Takes in what has arrived on standard error.
  void drain_errors();

  void signal(int number) const;
  /// Waits for the end of the process: why it ended, in words, with the tail of its errors.
  std::string wait_for_end();

 private:
  void start_child(const int orders[2], const int events[2], const int errors[2]);

  pid_t process_ = -1;
  int orders_ = -1, events_ = -1, errors_ = -1;
  std::string partial_line_, error_tail_;
};

}  // namespace eigenrnn
