#pragma once
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <variant>

#include <nlohmann/json.hpp>

#include "run/run_result.h"
#include "run/run_spec.h"
#include "store/lease.h"
#include "training/checkpoint.h"
#include "training/trainer.h"

// What a runner and its workers say to each other, a line of JSON each. A worker is this same
// program: it reads orders from standard input and writes events to standard output.

namespace eigenrnn {

/// runner → worker: carry out this run.
struct RunOrder {
  RunSpec spec;
  std::string results = "results";  // the store's root
  std::string device = "cpu";
  bool force = false;                                 // also if it is done
  std::optional<std::string> expired = std::nullopt;  // content of a lease that may be taken over
  std::chrono::milliseconds lease_lifetime = kLeaseLifetime;
  double checkpoint_seconds = kCheckpointSeconds;
  bool discard_checkpoints = false;

  nlohmann::json to_json() const;
  /// Throws Error or nlohmann::json::exception for anything else.
  static RunOrder from_json(const nlohmann::json& json);
};

/// worker → runner: for the log. The run goes on, as it does after Progress.
struct LogMessage {
  std::string message;
};

// worker → runner: the worker has ended its work on the run, and waits for the next order.

/// The result is stored.
struct RunDone {
  RunStatus status = RunStatus::kFinished;
  std::map<std::string, double> metrics;  // on the test split; none of a run without an epoch
  double seconds = 0;
};
/// Another process finished it meanwhile.
struct RunDoneByAnother {};
/// Another process is at it.
struct RunBusy {};
/// Another process has taken it over meanwhile.
struct RunLost {};
struct DataMissing {
  std::string message;
};
/// The run cannot be carried out.
struct RunFailed {
  std::string message;
};
/// The folder of results cannot be written.
struct StoreFailed {
  std::string message;
};
/// SIGTERM asked the worker to stop, and it ends; what was done is kept as a checkpoint.
struct RunStopped {};

using RunEnd = std::variant<RunDone, RunDoneByAnother, RunBusy, RunLost, DataMissing, RunFailed,
                            StoreFailed, RunStopped>;
using WorkerEvent = std::variant<Progress, LogMessage, RunEnd>;

nlohmann::json to_json(const WorkerEvent& event);
/// Nothing for a line that is none: a library's chatter. Throws Error, naming it, for an event that
/// is not known and for a field that is missing or of a wrong type.
std::optional<WorkerEvent> parse_event(const std::string& line);

}  // namespace eigenrnn
