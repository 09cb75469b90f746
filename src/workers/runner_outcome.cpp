#include "workers/runner_outcome.h"

namespace eigenrnn {

RunnerOutcome::Counts RunnerOutcome::sum() const {
  Counts sum;
  for (const auto& [experiment, counts] : experiments) {
    sum.total += counts.total;
    sum.skipped += counts.skipped;
    sum.done_by_others += counts.done_by_others;
    sum.finished += counts.finished;
    sum.diverged += counts.diverged;
    sum.failed += counts.failed;
    sum.left_out += counts.left_out;
  }
  return sum;
}

int RunnerOutcome::exit_code() const {
  if (interrupted) return 130;
  return failed.empty() && missing_data.empty() && store_error.empty() ? 0 : 1;
}

}  // namespace eigenrnn
