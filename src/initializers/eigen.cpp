// Our reading of the eigen initializer of Dou & Principe 2023, "Dynamic analysis and an eigen
// initializer for recurrent neural networks" (arXiv 2307.15679), of which the abstract is at hand
// and no formula: W_hh is built from a chosen spectrum. Per H×H gate block, in double,
//   W = V·B·V⁻¹,  B = diag of [[ρ cos θ, ρ sin θ], [−ρ sin θ, ρ cos θ]] and of real eigenvalues ±ρ,
//   ρ² ~ U(low², high²) for `radius` [low, high], uniform in the ring's area,
//   or ρ = exp(−1/τ), log τ ~ U(log low, log high) for `time_constants` [low, high], in steps,
//   θ ~ U(phase_min, phase_max) for the conjugate pairs ρ·exp(±iθ),
//   V orthogonal from the Haar measure, or the eigenvectors of G ~ N(0, 1).
// With `spectrum: observed`, the eigenvalues of each block are drawn with replacement from those of
// the same cell's same gate in trained networks, which scripts/collect_spectra.py collects.
// With `construct: respectral`, V and θ are those of a draw of another initializer, and only the
// moduli are ours. The default, radii 0.95 to 1 in an orthogonal basis, is our choice, by a rule
// and from validation results that docs/eigen_initializer.md tells.

#include <algorithm>
#include <cmath>
#include <optional>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "initializers/eigen_construction.h"
#include "initializers/initializer.h"
#include "initializers/observed_spectra.h"
#include "support/error.h"

namespace eigenrnn {
namespace {

std::unique_ptr<Initializer> initializer_with_defaults(const std::string& name) {
  const InitializerInfo& info = InitializerRegistry::instance().at(name);
  return info.make(Options::resolve(info.options, nlohmann::json::object()));
}

// Whoever writes 3.14159 or 3.1416 means π, and only π itself allows negative real eigenvalues.
constexpr double kLargestPhase = 3.1416;
double exact_phase(double phase) { return std::abs(phase - M_PI) < 1e-4 ? M_PI : phase; }

SpectrumLaw law_from(const Options& options) {
  SpectrumLaw law;
  std::tie(law.radius_low, law.radius_high) = options.interval("radius");
  std::tie(law.time_low, law.time_high) = options.interval("time_constants");
  if (law.time_low == 0.0 && law.time_high > 0.0) {
    throw Error(
        fmt::format("eigen: time_constants is [0, {:g}], and must begin above 0: log τ is "
                    "uniform between its ends",
                    law.time_high));
  }
  law.phase_min = exact_phase(options.number("phase_min"));
  law.phase_max = exact_phase(options.number("phase_max"));
  law.real_fraction = options.number("real_fraction");
  if (law.phase_min > law.phase_max) {
    throw Error(
        fmt::format("eigen: phase_min is {:g}, and must be at most phase_max, which is {:g}",
                    law.phase_min, law.phase_max));
  }
  return law;
}

std::optional<ObservedSpectra> observed_from(const Options& options) {
  if (options.choice("spectrum") == "drawn") return std::nullopt;
  if (options.choice("construct") == "respectral") {
    throw Error(
        "eigen: construct is respectral, which takes its phases from a draw of base; spectrum "
        "observed needs construct drawn");
  }
  if (options.file("observed_file").empty()) {
    throw Error(
        "eigen: spectrum is observed, and observed_file must name a file that "
        "scripts/collect_spectra.py has made");
  }
  return ObservedSpectra(options.file("observed_file"));
}

// What `gates` is unless it is given: every gate, also of a cell that came later. It stands in the
// keys of stored runs as the gates that there were when the first of them was made, so a new cell
// must not lengthen it.
const std::vector<std::string> kEveryGate = {"h", "i", "f", "g", "o", "r", "z", "n"};

class EigenInitializer : public Initializer {
 public:
  explicit EigenInitializer(const Options& options)
      : law_(law_from(options)),
        observed_(observed_from(options)),
        observed_task_(options.text("observed_task")),
        gates_(options.choices("gates")),
        is_respectral_(options.choice("construct") == "respectral"),
        is_orthogonal_(options.choice("basis") == "orthogonal"),
        base_(initializer_with_defaults(options.choice("base"))),
        other_gates_(initializer_with_defaults("xavier")) {}

  torch::Tensor recurrent_block(const GateBlock& block, Random& random) const override {
    check_gates(block.cell);
    if (!is_chosen(block.gate)) return other_gates_->recurrent_block(block, random);
    if (is_respectral_) {
      const auto base = [&](Random& stream) { return base_->recurrent_block(block, stream); };
      return eigen_respectral(law_, base, random).weight;
    }
    const Spectrum spectrum = spectrum_for(block, random);
    return is_orthogonal_ ? eigen_in_orthogonal_basis(spectrum, random).weight
                          : eigen_in_gaussian_basis(spectrum, random).weight;
  }

 private:
  Spectrum spectrum_for(const GateBlock& block, Random& random) const {
    if (!observed_) return draw_spectrum(law_, block.hidden_size, random);
    return resample_spectrum(observed_->of(observed_task_, block.cell.name, block.gate),
                             block.hidden_size, random);
  }

  bool is_chosen(const std::string& gate) const {
    return gates_ == kEveryGate || std::find(gates_.begin(), gates_.end(), gate) != gates_.end();
  }

  // A network without a single eigen block must not stand in a table as `eigen`.
  void check_gates(const Cell& cell) const {
    if (std::none_of(cell.gates.begin(), cell.gates.end(),
                     [&](const std::string& gate) { return is_chosen(gate); })) {
      throw Error(fmt::format("eigen: gates is [{}], and must name a gate of {}, which has {}",
                              fmt::join(gates_, ", "), cell.name, fmt::join(cell.gates, ", ")));
    }
  }

  SpectrumLaw law_;
  std::optional<ObservedSpectra> observed_;
  std::string observed_task_;
  std::vector<std::string> gates_;
  bool is_respectral_, is_orthogonal_;
  std::unique_ptr<Initializer> base_, other_gates_;
};

const InitializerRegistration kRegistration({
    "eigen",
    "V·B·V⁻¹, B block-diagonal with a chosen spectrum of conjugate pairs ρ·exp(±iθ)",
    "Dou & Principe 2023 (arXiv 2307.15679), our reading of the abstract",
    {
        OptionSpec::interval("radius", {0.95, 1.0},
                             "moduli ρ: one for all, or a ring filled uniformly in area")
            .between(0.0, 10.0),
        OptionSpec::interval("time_constants", {0.0, 0.0},
                             "steps τ in which a mode decays by e, uniform in log τ; then radius "
                             "is unused. 0: radius")
            .between(0.0, 1e6),
        OptionSpec::number("phase_min", 0.0, "smallest phase θ of a pair, in radians")
            .between(0.0, kLargestPhase),
        OptionSpec::number("phase_max", M_PI, "largest phase θ of a pair, in radians")
            .between(0.0, kLargestPhase),
        OptionSpec::number("real_fraction", 0.0,
                           "share of real eigenvalues, to the nearest count that leaves pairs")
            .between(0.0, 1.0),
        OptionSpec::choice(
            "basis", {"orthogonal", "gaussian"}, "orthogonal",
            "V: Haar orthogonal (W is normal), or the eigenvectors of a Gaussian matrix"),
        OptionSpec::choice("construct", {"drawn", "respectral"}, "drawn",
                           "respectral: a draw of `base` with new moduli (phases, real_fraction, "
                           "basis are unused)"),
        OptionSpec::choice("base", {"xavier", "kaiming", "torch_default", "orthogonal"}, "xavier",
                           "the initializer that respectral takes eigenvectors and phases from"),
        OptionSpec::choice(
            "spectrum", {"drawn", "observed"}, "drawn",
            "observed: drawn from observed_file (radius, phases and real_fraction are unused)"),
        OptionSpec::file("observed_file",
                         "eigenvalues of trained networks (scripts/collect_spectra.py)"),
        OptionSpec::text("observed_task", "any",
                         "whose networks: any, a task, or a task's condition as in tomita/5"),
        OptionSpec::some_of("gates", gate_names, kEveryGate,
                            "gates set so; the others fall to xavier"),
    },
    {},
    [](const Options& options) { return std::make_unique<EigenInitializer>(options); },
});

}  // namespace
}  // namespace eigenrnn
