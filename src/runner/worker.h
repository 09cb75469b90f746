#pragma once
#include <string>

// The worker's side of the runner. A worker is this same program, started by the runner: it reads
// one line of JSON per run on standard input and writes one line per event on standard output.
//
//   runner → worker  {"spec": …, "results": "results", "device": "cpu", "force": false,
//                     "checkpoint_seconds": 10, "discard_checkpoints": false}
//   worker → runner  {"event": "progress", "epoch", "epochs", "fraction", "loss", "metric",
//   "value"}
//                    {"event": "note", "message"}          for the log; the run goes on
//                    {"event": "done", "status", "metrics", "seconds"}
//                    {"event": "already"}      another process finished it meanwhile
//                    {"event": "busy"}         another process is at it
//                    {"event": "data_missing", "message"}
//                    {"event": "error", "message"}         the run cannot be carried out
//                    {"event": "store_failed", "message"}  done, but the result cannot be written
//                    {"event": "stopped"}      asked to stop by SIGTERM or SIGUSR1;
//                                              what was done is kept as a checkpoint

namespace eigenrnn {

/// Serves runs until standard input ends, or SIGTERM or SIGUSR1 comes; the exit code of the
/// process.
int serve_runs();

}  // namespace eigenrnn
