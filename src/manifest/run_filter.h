#pragma once
#include <map>
#include <string>
#include <vector>

#include "run/run_spec.h"

namespace eigenrnn {

/// What a filter sees of a run; it holds references.
struct NamedRun {
  const RunParts& parts;
  const std::string& key;
};

/// A part of the grid: "init=eigen,cell=lstm,seed=0". Values of one key are alternatives, and all
/// keys must hold. Keys: experiment, condition, cell, init (a row's label; or, if no row is called
/// so, all rows of this initializer), name (all rows of an initializer), seed, key (the name of a
/// result's file, which is one run whatever the labels).
class RunFilter {
 public:
  /// Throws Error for an unknown key or a missing value. A comma only separates where one of these
  /// keys follows, so labels may hold commas.
  explicit RunFilter(const std::vector<std::string>& texts);

  /// Which of the runs pass. Throws Error naming a value that none of them has, with those that
  /// exist.
  std::vector<bool> passes(const std::vector<NamedRun>& runs) const;
  /// Those that pass.
  std::vector<RunSpec> apply(const std::vector<RunSpec>& runs) const;

  /// Would this label, as a value, be read as several?
  static bool is_separable(const std::string& label);

 private:
  void check_values(const std::vector<NamedRun>& runs) const;

  std::map<std::string, std::vector<std::string>> wanted_;
};

}  // namespace eigenrnn
