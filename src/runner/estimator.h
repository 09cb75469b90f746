#pragma once
#include <map>
#include <optional>
#include <string>

namespace eigenrnn {

/// How long runs take, from those that were timed. Runs of one kind (RunSpec::kind) are alike.
class Estimator {
 public:
  explicit Estimator(std::map<std::string, double> seconds_by_kind = {});

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

/// "2 h 05 min", "3 min 20 s", "12 s"
std::string duration(double seconds);

}  // namespace eigenrnn
