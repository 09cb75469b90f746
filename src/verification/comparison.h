#pragma once
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

// Is a repeated run what its record says? Results are the JSON of docs/result.schema.json.
//
// On the same kind of machine with the same build every number must be the same. Elsewhere sums are
// rounded in another order, and training amplifies that without bound: after some epochs two
// correct runs have nothing in common but their law. So the beginning is judged strictly and the
// outcome by what other seeds do; what lies between them is not judged.

namespace eigenrnn {

/// Elsewhere, spectra at start: an eigenvalue of W moves by at most κ₂(V)·‖E‖₂ (Bauer & Fike 1960)
/// when W is changed by E, so it may move by max(kSpectrumTolerance, κ₂(V)·kWeightRounding)·‖W‖₂.
/// The weights depend on random draws and LAPACK alone.
constexpr double kSpectrumTolerance = 1e-4, kWeightRounding = 1e-6;
/// Elsewhere, training loss of the first epoch, relative: it already takes hundreds of steps. Of 46
/// runs of results/cpu repeated with LibTorch's kernels in the place of ours, all but 7 kept 5
/// digits of it; the most chaotic one, ReLU with eigenvalues on the unit circle, was off by 4 %.
constexpr double kFirstLossTolerance = 0.1;
/// Elsewhere, test metrics: so many standard deviations over the other seeds of the run's row,
/// since another rounding can do what another seed does, but at least this part of the value; of
/// the logarithm where lower is better, since errors spread over orders of magnitude. With fewer
/// other seeds than kFewestSeeds they are not judged. Of those 46 runs 22 metrics could be judged,
/// and none was beyond it.
constexpr double kSeedDeviations = 4, kLeastMetricTolerance = 0.1;
constexpr size_t kFewestSeeds = 3;

/// A place at which a repeated run is not what its record says.
struct Difference {
  std::string where;  // as jq has it, from 0: epochs[3].train_loss
  nlohmann::json recorded, repeated;

  /// "epochs[3].train_loss 0.512 → 0.498"
  std::string describe() const;
};

/// Every place where the record's outcome (status, metrics, epochs, spectra, samples, divergence,
/// checksum of the weights) is not the repeated run's. Seconds do not count, nor what only the
/// repeated run has: earlier versions recorded less. Curves and spectra are compared at the 6
/// digits that are recorded of them, test metrics in full.
std::vector<Difference> differences(const nlohmann::json& recorded, const nlohmann::json& repeated);

/// What of the two runs' provenance can change the bits: "cpu AMD EPYC → Intel Xeon". Empty: the
/// same bits are due. The commit is not among it, since a commit is to keep the outcome of a key.
std::vector<std::string> changes_of_machine(const nlohmann::json& recorded,
                                            const nlohmann::json& repeated);

/// A repeated run judged as one made elsewhere.
struct ToleranceJudgement {
  std::vector<Difference> beyond;  // tolerance; none: it passes
  std::string largest;             // where it is nearest to its tolerance, or the furthest beyond
  double share = 0;                // of its tolerance, there
  bool metrics_judged = false;     // were there seeds enough?
};

/// `row` holds the results of all seeds of the run's row that there are; the record may be among
/// them, and does not count.
ToleranceJudgement judge_elsewhere(const nlohmann::json& recorded, const nlohmann::json& repeated,
                                   const std::vector<nlohmann::json>& row);

}  // namespace eigenrnn
