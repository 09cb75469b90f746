#include "workers/progress_text.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "support/time.h"
#include "tasks/task.h"

namespace eigenrnn {
namespace {

std::string in_words(double value) {
  return std::isfinite(value) ? fmt::format("{:.4g}", value) : kOverflow;
}

}  // namespace

std::string line_of(const RunUnderWay& run) {
  std::string text = run.spec->describe();
  if (!run.progress) return text + ": starting";
  const Progress& progress = *run.progress;
  text += fmt::format(": epoch {}/{}, loss {:.3g}", progress.epoch, progress.epochs, progress.loss);
  if (progress.value) {
    text += fmt::format(", validation {} {}", progress.metric, in_words(*progress.value));
  }
  return text;
}

std::optional<double> seconds_left(const RunUnderWay& run, const Estimator& estimator) {
  if (run.progress) {
    const double fraction = run.progress->fraction;
    return run.seconds * (1 - fraction) / std::max(fraction - run.begun_at, 1e-3);
  }
  const auto expected = estimator.seconds(run.spec->kind());
  if (!expected) return std::nullopt;
  return std::max(*expected - run.seconds, 0.0);
}

std::string line_of(const RunSpec& spec, const RunDone& done) {
  std::string text = spec->describe() + ": ";
  const bool has_diverged = done.status == RunStatus::kDiverged;
  if (has_diverged) text += "diverged";
  const Metric& metric = TaskRegistry::instance().at(spec->task).metrics.front();
  const auto value = done.metrics.find(metric.name);
  if (value != done.metrics.end()) {
    text += fmt::format("{}test {} {}", has_diverged ? ", " : "", metric.label,
                        in_words(value->second * metric.scale));
  }
  return fmt::format("{} ({})", text, duration(done.seconds));
}

}  // namespace eigenrnn
