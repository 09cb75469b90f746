#pragma once
#include <string>

// The worker's side of the runner. A worker is this same program, started by the runner: it reads
// one line of JSON per run on standard input and writes one line per event on standard output.
//
//   runner → worker  {"spec": …, "results": "results", "device": "cpu", "force": false,
//                     "expired": null,          or the content of a lease that may be taken over
//                     "lease_ms": 60000,        how long the run's own lease holds unrenewed
//                     "checkpoint_seconds": 10, "discard_checkpoints": false}
//   worker → runner  {"event": "progress", "epoch", "epochs", "fraction", "loss", "metric",
//   "value"}
//                    {"event": "note", "message"}          for the log; the run goes on
//                    {"event": "done", "status", "metrics", "seconds"}
//                    {"event": "already"}      another process finished it meanwhile
//                    {"event": "busy"}         another process is at it
//                    {"event": "lost"}         another process has taken it over meanwhile
//                    {"event": "data_missing", "message"}
//                    {"event": "error", "message"}         the run cannot be carried out
//                    {"event": "store_failed", "message"}  the folder of results cannot be written
//                    {"event": "stopped"}      asked to stop by SIGTERM; what was done is
//                                              kept as a checkpoint

namespace eigenrnn {

/// Serves runs until standard input ends or SIGTERM comes; the exit code of the process.
int serve_runs();

}  // namespace eigenrnn
