#pragma once
#include <chrono>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "run/run_spec.h"
#include "store/lease.h"
#include "store/result_store.h"

namespace eigenrnn {

/// A run that has to be carried out.
struct QueuedRun {
  const RunSpec& spec;
  const std::filesystem::path lease_path;
  std::string old_failure;  // on record since before it was queued
  int attempts = 0;

  bool is_others = false;  // another was seen to be at it, alive
  std::chrono::steady_clock::time_point not_before{};
  std::chrono::seconds wait{1};  // before it is looked at again
};

/// The runs that are left for a runner, in the order in which they are tried. It passes over those
/// that others hold leases of, and comes back to them.
class RunQueue {
 public:
  explicit RunQueue(const ResultStore& store) : store_(store) {}

  /// `spec` must live as long as the queue.
  void add(const RunSpec& spec, std::string old_failure = "");
  /// Tries the part 0 <= `fraction` < 1 of the queue last.
  void rotate(double fraction);

  struct Next {
    std::unique_ptr<QueuedRun> run;      // none if there is nothing to do now
    std::optional<std::string> expired;  // what the run's lease says, if that has to be taken over
    StoredRun stored;                    // another may have done it since it was queued
  };
  /// Takes out the next run that nobody is at. Throws Error if leases or results cannot be read.
  Next take();
  /// To be tried again at once.
  void put_back(std::unique_ptr<QueuedRun> run) { runs_.push_front(std::move(run)); }
  /// To be looked at again later, if it is not done then.
  void leave_to_another(std::unique_ptr<QueuedRun> run);
  /// How many they were, by experiment.
  std::map<std::string, size_t> remove_task(const std::string& task);

  size_t size() const { return runs_.size(); }
  bool only_others_left() const;
  auto begin() const { return runs_.begin(); }
  auto end() const { return runs_.end(); }

 private:
  const ResultStore& store_;
  LeaseObserver observer_;
  std::deque<std::unique_ptr<QueuedRun>> runs_;
};

}  // namespace eigenrnn
