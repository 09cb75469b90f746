#pragma once
#include <map>
#include <string>
#include <vector>

#include "run/run_spec.h"

namespace eigenrnn {

/// A part of the grid: "init=eigen,cell=lstm,seed=0". Values of one key are alternatives, and all
/// keys must hold. Keys: experiment, condition, cell, init (name or label), seed.
class RunFilter {
 public:
  /// Throws Error for an unknown key or a missing value. A comma only separates where a key
  /// follows, so labels may hold commas.
  explicit RunFilter(const std::vector<std::string>& texts);

  /// The runs that pass. Throws Error as check_values does.
  std::vector<RunSpec> apply(std::vector<RunSpec> runs) const;
  bool passes(const RunParts& run) const;
  /// Throws Error naming a value that none of the runs has, with those that exist.
  void check_values(const std::vector<const RunParts*>& runs) const;

 private:
  std::map<std::string, std::vector<std::string>> wanted_;
};

}  // namespace eigenrnn
