#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "run/run_spec.h"
#include "store/result_store.h"

namespace eigenrnn {

/// How long runs take, from those that were timed. Runs of one kind (RunSpec::kind) are alike.
class Estimator {
 public:
  Estimator() = default;
  /// From the runs that are finished; `stored` is what the store has of each.
  Estimator(const std::vector<RunSpec>& runs, const std::vector<StoredRun>& stored);

  void add(const std::string& kind, double seconds);

  bool knows(const std::string& kind) const { return timings_.count(kind) != 0; }
  /// Of one run: the mean of its kind, else of all kinds; nothing if none was timed.
  std::optional<double> seconds(const std::string& kind) const;

 private:
  struct Timing {
    double seconds = 0;
    int count = 0;
  };
  std::map<std::string, Timing> timings_;
};

}  // namespace eigenrnn
