#pragma once
namespace eigenrnn {

/// The worker's side of workers/protocol.h: serves runs until standard input ends or SIGTERM comes;
/// the exit code of the process.
int serve_runs();

}  // namespace eigenrnn
