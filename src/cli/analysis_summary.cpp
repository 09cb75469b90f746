#include "cli/analysis_summary.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "linear_algebra/rounded.h"

namespace eigenrnn {
namespace {

// Up to 3 digits of the number that a file would have, and a dash for what is not finite.
std::string shown(double value) {
  const nlohmann::json stored = rounded(value);
  return stored.is_null() ? "–" : fmt::format("{:.3g}", stored.get<double>());
}

// At most `most` entries of a list, the first and the last among them.
std::vector<size_t> spread(size_t count, size_t most) {
  std::vector<size_t> indices;
  const size_t taken = std::min(count, most);
  for (size_t i = 0; i < taken; ++i) {
    indices.push_back(taken == 1 ? 0 : i * (count - 1) / (taken - 1));
  }
  return indices;
}

std::string row(const std::string& head, const std::vector<std::string>& cells) {
  std::string line = fmt::format("  {:<26}", head);
  for (const std::string& cell : cells) line += fmt::format(" {:>9}", cell);
  return line + '\n';
}

std::string spectra(const std::vector<BlockSpectrum>& blocks) {
  std::string text = "Spectra of the recurrent blocks\n";
  text += row("", {"radius", "norm", "outside", "departure", "cond V"});
  for (const BlockSpectrum& block : blocks) {
    text += row(
        fmt::format("{} {}", block.layer, block.gate),
        {shown(block.spectral_radius), shown(block.spectral_norm), shown(block.fraction_outside),
         shown(block.relative_departure), shown(block.eigenvector_condition)});
    if (!block.warning.empty()) text += fmt::format("    warning: {}\n", block.warning);
  }
  return text;
}

std::string modes(const ModalView& view) {
  if (view.modes.empty()) return "";
  std::vector<double> energies;
  for (const Mode& mode : view.modes) {
    energies.push_back(std::isfinite(mode.energy) ? mode.energy : INFINITY);
  }
  std::sort(energies.rbegin(), energies.rend());
  double total = 0.0, sum = 0.0;
  for (double energy : energies) total += energy;
  size_t needed = 0;
  while (needed < energies.size() && sum < 0.9 * total) sum += energies[needed++];
  std::vector<std::string> slowest;
  for (size_t i = 0; i < std::min<size_t>(6, view.modes.size()); ++i) {
    slowest.push_back(shown(view.modes[i].time_constant));
  }
  std::string text = "Modes of the linear model h = W h + U x + b\n";
  text += row("slowest, steps to 1/e", slowest);
  return text + fmt::format("  {} of {} modes hold 90% of the energy; negative: the mode grows\n",
                            needed, energies.size());
}

std::string linearity(const std::vector<LinearityError>& list) {
  std::vector<std::string> scales, errors, saturated;
  for (const LinearityError& entry : list) {
    scales.push_back(shown(entry.scale));
    errors.push_back(shown(entry.relative_error));
    saturated.push_back(shown(entry.saturated));
  }
  return "The linear model against the network\n" + row("input scale", scales) +
         row("relative error", errors) + row("saturated units", saturated);
}

std::string memory(const MemoryAnalysis& memory, int64_t hidden_size) {
  std::vector<std::string> lags, network, linear;
  const std::vector<double>& curve = memory.network.by_lag;
  for (size_t k : {1, 2, 5, 10, 20, 50, 100, 200}) {
    if (k >= curve.size()) break;
    lags.push_back(std::to_string(k));
    network.push_back(shown(curve[k]));
    if (memory.linear) linear.push_back(shown(memory.linear->by_lag[k]));
  }
  std::string text = fmt::format("Memory of a random input: capacity {} of at most {}",
                                 shown(memory.network.capacity), hidden_size);
  if (memory.linear) {
    text += fmt::format("; {} for the linear model", shown(memory.linear->capacity));
  }
  text += '\n' + row("lag, steps", lags) + row("m(k)", network);
  return linear.empty() ? text : text + row("m(k), linear model", linear);
}

std::string jacobians(const std::vector<JacobianSpectrum>& list) {
  std::vector<std::string> steps, radii, outside;
  for (size_t i : spread(list.size(), 9)) {
    steps.push_back(std::to_string(list[i].step));
    radii.push_back(shown(list[i].spectrum.spectral_radius));
    outside.push_back(shown(list[i].spectrum.fraction_outside));
  }
  return "Jacobians along sequences: eigenvalues of dS(t)/dS(t-1)\n" + row("step t", steps) +
         row("spectral radius", radii) + row("outside the circle", outside);
}

std::string gradients(const GradientAnalysis& gradients) {
  const LagSummary& norms = gradients.spectral;
  std::vector<std::string> heads, median, low, high;
  for (size_t i : spread(gradients.lags.size(), 9)) {
    heads.push_back(std::to_string(gradients.lags[i]));
    median.push_back(shown(norms.median[i]));
    low.push_back(shown(norms.low[i]));
    high.push_back(shown(norms.high[i]));
  }
  return "Gradient from the last state back: log10 of the spectral norm of dS(T)/dS(T-k)\n" +
         row("lag k, steps", heads) + row("median", median) + row("10% quantile", low) +
         row("90% quantile", high);
}

std::string lyapunov(const LyapunovAnalysis& lyapunov) {
  const std::vector<double>& exponents = lyapunov.exponents;
  std::vector<std::string> largest;
  for (size_t i = 0; i < std::min<size_t>(6, exponents.size()); ++i) {
    largest.push_back(shown(exponents[i]));
  }
  const auto positive = std::count_if(exponents.begin(), exponents.end(), [](double value) {
    return std::isfinite(value) && value > 0.0;
  });
  return fmt::format("Lyapunov exponents, nats per step, over {} steps; {} of {} are positive\n",
                     lyapunov.steps, positive, exponents.size()) +
         row("largest", largest);
}

std::string readouts(const std::vector<LagReadout>& list, const std::string& title) {
  if (list.empty()) return "";
  std::vector<std::string> lags, values, chance, bits;
  for (size_t i : spread(list.size(), 9)) {
    lags.push_back(std::to_string(list[i].lag));
    if (const double* r2 = std::get_if<double>(&list[i].found)) {
      values.push_back(shown(*r2));
      continue;
    }
    const auto& classes = std::get<ClassReadout>(list[i].found);
    values.push_back(shown(classes.accuracy));
    chance.push_back(shown(classes.chance));
    bits.push_back(shown(classes.information));
  }
  std::string text = title + '\n' + row("lag k, steps", lags);
  if (bits.empty()) return text + row("R2", values);
  return text + row("accuracy", values) + row("by chance", chance) + row("information, bits", bits);
}

std::string described(const FixedPoint& point) {
  std::vector<std::string> states;
  for (const auto& [state, count] : point.starts_by_label) {
    states.push_back(fmt::format("{}: {}", state, count));
  }
  return fmt::format(
      "      {}, {} starts{}\n", name_of(point.stability), point.starts,
      states.empty() ? ""
                     : fmt::format(", by state of the automaton {{{}}}", fmt::join(states, ", ")));
}

std::string fixed_points(const FixedPointAnalysis& analysis) {
  std::string text = "Fixed points and cycles under one symbol\n";
  for (const SymbolSearch& search : analysis.searches) {
    const std::vector<FixedPoint>& points = search.found.points;
    text += fmt::format("  symbol {}, period {}: {} found from {} starts, {} led nowhere\n",
                        search.symbol, search.period, points.size(), search.found.starts,
                        search.found.not_found);
    for (size_t i = 0; i < std::min<size_t>(6, points.size()); ++i) text += described(points[i]);
    if (points.size() > 6) text += fmt::format("      … and {} more\n", points.size() - 6);
  }
  return text;
}

}  // namespace

std::string summarize_analysis(const Analysis& analysis, const std::string& drive) {
  std::string text = spectra(analysis.spectra);
  if (!analysis.layer) {
    return text +
           "No more than this: no layer with finite weights reads the task's input directly.\n";
  }
  const LayerAnalysis& layer = *analysis.layer;
  text += fmt::format("\nLayer {}, along {}\n\n", layer.path, drive);
  if (layer.modes) text += modes(*layer.modes) + '\n';
  if (layer.linearity) text += linearity(*layer.linearity) + '\n';
  text += memory(layer.memory, layer.hidden_size) + '\n';
  text += jacobians(layer.jacobians) + '\n';
  text += gradients(layer.gradients) + '\n' + lyapunov(layer.lyapunov) + '\n';
  text += readouts(layer.separability.label,
                   "The label, read linearly from the state k steps before the end");
  text += readouts(layer.separability.input,
                   "The input k steps before the end, read linearly from the last state");
  if (layer.fixed_points) text += '\n' + fixed_points(*layer.fixed_points);
  return text;
}

}  // namespace eigenrnn
