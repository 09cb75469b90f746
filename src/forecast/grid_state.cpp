#include "forecast/grid_state.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>

#include "forecast/estimator.h"

namespace eigenrnn {
namespace fs = std::filesystem;
namespace {

using Phase = RunState::Phase;

// ISO 8601 as utc_now() writes it; 0 if it is something else. Clocks may differ: never negative.
double seconds_since(const std::string& time) {
  std::tm fields{};
  if (::strptime(time.c_str(), "%Y-%m-%dT%H:%M:%SZ", &fields) == nullptr) return 0;
  return std::max(0.0, std::difftime(std::time(nullptr), ::timegm(&fields)));
}

double age_seconds(const fs::path& path) {
  std::error_code gone;
  const auto written = fs::last_write_time(path, gone);
  if (gone) return 0;
  const std::chrono::duration<double> age = fs::file_time_type::clock::now() - written;
  return std::max(0.0, age.count());
}

RunState state_of(const RunSpec& spec, const StoredRun& stored, const ResultStore& store) {
  RunState state{spec};
  const fs::path path = store.lease_path(spec);
  const auto content = read_lease(path);
  const auto lease = content ? LeaseRecord::parse(*content) : std::nullopt;
  if (lease && lease->owner.state() != ProcessIdentity::State::kEnded) {
    state.phase = Phase::kRunning;
    state.running_seconds = seconds_since(lease->since);
    state.silent_seconds = age_seconds(path);
    state.lease = lease;
  } else if (stored.is_done()) {
    const bool has_diverged = stored.status == StoredRun::Status::kDiverged;
    state.phase = has_diverged ? Phase::kDiverged : Phase::kFinished;
  } else if (stored.status == StoredRun::Status::kFailed) {
    state.phase = Phase::kFailed;
    state.failure = stored.failure;
  }
  return state;
}

}  // namespace

GridState grid_state(const std::vector<RunSpec>& runs, const ResultStore& store) {
  const std::vector<StoredRun> stored = store.read(runs);
  const Estimator estimator(runs, stored);
  GridState grid;
  double work = 0;
  bool known = true;
  for (size_t i = 0; i < runs.size(); ++i) {
    grid.runs.push_back(state_of(runs[i], stored[i], store));
    const RunState& state = grid.runs.back();
    if (state.phase != Phase::kWaiting && state.phase != Phase::kRunning) continue;
    const auto seconds = estimator.seconds(state.spec->kind());
    known = known && seconds;
    work += std::max(0.0, seconds.value_or(0) - state.running_seconds);
  }
  if (known) grid.work_seconds = work;
  return grid;
}

size_t GridState::count(Phase phase) const {
  return static_cast<size_t>(std::count_if(
      runs.begin(), runs.end(), [&](const RunState& state) { return state.phase == phase; }));
}

std::optional<double> GridState::seconds_left() const {
  const size_t at_work = count(Phase::kRunning);
  if (at_work == 0 || !work_seconds) return std::nullopt;
  return *work_seconds / static_cast<double>(at_work);
}

std::string name_of(Phase phase) {
  switch (phase) {
    case Phase::kWaiting:
      return "waiting";
    case Phase::kRunning:
      return "running";
    case Phase::kFinished:
      return "finished";
    case Phase::kDiverged:
      return "diverged";
    case Phase::kFailed:
      return "failed";
  }
  return "";
}

}  // namespace eigenrnn
