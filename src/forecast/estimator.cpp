#include "forecast/estimator.h"

namespace eigenrnn {

Estimator::Estimator(const std::vector<RunSpec>& runs, const std::vector<StoredRun>& stored) {
  for (size_t i = 0; i < runs.size(); ++i) {
    if (stored[i].status == StoredRun::Status::kFinished) add(runs[i]->kind(), stored[i].seconds);
  }
}

void Estimator::add(const std::string& kind, double seconds) {
  Timing& timing = timings_[kind];
  timing.seconds += seconds;
  ++timing.count;
}

std::optional<double> Estimator::seconds(const std::string& kind) const {
  const auto found = timings_.find(kind);
  if (found != timings_.end()) return found->second.seconds / found->second.count;
  if (timings_.empty()) return std::nullopt;
  double sum = 0;
  for (const auto& [name, timing] : timings_) sum += timing.seconds / timing.count;
  return sum / static_cast<double>(timings_.size());
}

}  // namespace eigenrnn
