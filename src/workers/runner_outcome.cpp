#include "workers/runner_outcome.h"

namespace eigenrnn {

size_t RunnerOutcome::ended() const {
  size_t count = skipped + finished + diverged + failed.size();
  for (const auto& [task, missing] : missing_data) count += missing.runs;
  return count;
}

int RunnerOutcome::exit_code() const {
  if (interrupted) return 130;
  return failed.empty() && missing_data.empty() && store_error.empty() ? 0 : 1;
}

}  // namespace eigenrnn
