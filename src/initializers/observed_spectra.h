#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "initializers/eigen_spectrum.h"

namespace eigenrnn {

/// Eigenvalues of the recurrent weights of trained networks: a file of scripts/collect_spectra.py,
///   {"schema": 1, "rule": …, "groups": [{"task", "condition", "cell", "gate", "runs": [key, …],
///    "eigenvalues": [[re, im], …]}, …]}
/// with one of each conjugate pair (im > 0) and the real eigenvalues (im = 0).
class ObservedSpectra {
 public:
  /// Throws Error naming the file and the rule that it breaks.
  explicit ObservedSpectra(const std::filesystem::path& file);

  /// All eigenvalues of this gate of this cell. `task` is "any", a task ("tomita"), or a task and
  /// one of its conditions ("tomita/5"). Throws Error listing what there is if there are none.
  Spectrum of(const std::string& task, const std::string& cell, const std::string& gate) const;

 private:
  struct Group {
    std::string task, condition, cell, gate;
    Spectrum spectrum;

    std::string name() const { return task + "/" + condition + " " + cell + " " + gate; }
  };

  std::filesystem::path file_;
  std::vector<Group> groups_;
};

}  // namespace eigenrnn
