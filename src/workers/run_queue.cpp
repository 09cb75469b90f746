#include "workers/run_queue.h"

#include <algorithm>

namespace eigenrnn {
namespace {

constexpr std::chrono::seconds kLongestWait(15);  // doubled each time up to this

void wait_with(QueuedRun& run) {
  run.not_before = std::chrono::steady_clock::now() + run.wait;
  run.wait = std::min(2 * run.wait, kLongestWait);
}

}  // namespace

void RunQueue::add(const RunSpec& spec, std::string old_failure) {
  runs_.push_back(std::make_unique<QueuedRun>(
      QueuedRun{spec, store_.lease_path(spec), std::move(old_failure)}));
}

void RunQueue::rotate(double fraction) {
  const auto first = static_cast<ptrdiff_t>(fraction * static_cast<double>(runs_.size()));
  std::rotate(runs_.begin(), runs_.begin() + first, runs_.end());
}

RunQueue::Next RunQueue::take() {
  using State = LeaseObserver::State;
  const auto now = std::chrono::steady_clock::now();
  for (auto at = runs_.begin(); at != runs_.end(); ++at) {
    QueuedRun& run = **at;
    if (run.not_before > now) continue;
    const LeaseObserver::Sight sight = observer_.observe(run.lease_path);
    if (sight.state == State::kHeld || sight.state == State::kAlive) {
      run.is_others = sight.state == State::kAlive;
      wait_with(run);
      continue;
    }
    Next next{std::move(*at), std::nullopt, store_.read(run.spec)};
    runs_.erase(at);
    if (sight.state == State::kExpired) next.expired = sight.content;
    return next;
  }
  return {};
}

void RunQueue::leave_to_another(std::unique_ptr<QueuedRun> run) {
  run->is_others = false;
  wait_with(*run);
  runs_.push_back(std::move(run));
}

std::map<std::string, size_t> RunQueue::remove_task(const std::string& task) {
  std::map<std::string, size_t> removed;
  const auto is_of_task = [&](const auto& run) {
    if (run->spec->task != task) return false;
    ++removed[run->spec->experiment];
    return true;
  };
  runs_.erase(std::remove_if(runs_.begin(), runs_.end(), is_of_task), runs_.end());
  return removed;
}

bool RunQueue::only_others_left() const {
  return std::all_of(runs_.begin(), runs_.end(), [](const auto& run) { return run->is_others; });
}

}  // namespace eigenrnn
