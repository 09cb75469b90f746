#pragma once
#include <optional>
#include <string>

#include "forecast/estimator.h"
#include "run/run_spec.h"
#include "training/trainer.h"
#include "workers/protocol.h"

// What is said about runs, in words.

namespace eigenrnn {

/// A run that a worker is at.
struct RunUnderWay {
  const RunSpec& spec;
  double seconds = 0;                // since the worker got it
  std::optional<Progress> progress;  // the latest; none before it has begun
  double begun_at = 0;               // part of it that was done before: not 0 if it was continued
};

/// "tomita 3 · lstm · eigen · seed 0: epoch 2/5, loss 0.12, validation accuracy 93.5"
std::string line_of(const RunUnderWay& run);
/// Until its end, at the pace so far, else as runs of its kind take; nothing if that is not known.
std::optional<double> seconds_left(const RunUnderWay& run, const Estimator& estimator);

/// "tomita 3 · lstm · eigen · seed 0: test accuracy 93.5 (12 s)"
std::string line_of(const RunSpec& spec, const RunDone& done);

}  // namespace eigenrnn
