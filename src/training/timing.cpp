#include "training/timing.h"

#include <chrono>

#include "training/trainer.h"

namespace eigenrnn {

std::optional<double> time_run(const RunSpec& spec, const Task& task, torch::Device device,
                               double budget) {
  using Clock = std::chrono::steady_clock;
  struct Point {
    Clock::time_point when;
    double fraction;
  };
  std::optional<Point> first;
  Point last{};
  const auto elapsed = [&] {
    return std::chrono::duration<double>(last.when - first->when).count();
  };
  TrainingHooks hooks;
  hooks.progress = [&](const Progress& progress) {
    last = {Clock::now(), progress.fraction};
    if (!first) first = last;  // the first step also sets up what later ones find there
  };
  hooks.stop_requested = [&] { return first && elapsed() >= budget; };

  const std::optional<RunResult> whole = run_training(spec, task, device, hooks);
  if (whole && whole->status == RunStatus::kFinished) return whole->seconds;
  if (!first || last.fraction <= first->fraction) return std::nullopt;
  return elapsed() / (last.fraction - first->fraction);
}

}  // namespace eigenrnn
