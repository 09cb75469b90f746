#include "cli/analysis_summary.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace eigenrnn {
namespace {

// Up to 3 digits; null, which stands for what is not finite, as a dash.
std::string shown(const nlohmann::json& value) {
  return value.is_null() ? "–" : fmt::format("{:.3g}", value.get<double>());
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

std::string spectra(const nlohmann::json& list) {
  std::string text = "Spectra of the recurrent blocks\n";
  text += row("", {"radius", "norm", "outside", "departure", "cond V"});
  for (const nlohmann::json& block : list) {
    text += row(
        fmt::format("{} {}", block["layer"].get<std::string>(), block["gate"].get<std::string>()),
        {shown(block["spectral_radius"]), shown(block["spectral_norm"]),
         shown(block["fraction_outside"]), shown(block["relative_departure"]),
         shown(block["eigenvector_condition"])});
    if (block["warning"].is_string()) {
      text += fmt::format("    warning: {}\n", block["warning"].get<std::string>());
    }
  }
  return text;
}

std::string modes(const nlohmann::json& json) {
  if (json["list"].empty()) return "";
  std::vector<double> energies;
  for (const nlohmann::json& mode : json["list"]) {
    energies.push_back(mode["energy"].is_null() ? INFINITY : mode["energy"].get<double>());
  }
  std::sort(energies.rbegin(), energies.rend());
  double total = 0.0, sum = 0.0;
  for (double energy : energies) total += energy;
  size_t needed = 0;
  while (needed < energies.size() && sum < 0.9 * total) sum += energies[needed++];
  std::vector<std::string> slowest;
  for (size_t i = 0; i < std::min<size_t>(6, json["list"].size()); ++i) {
    slowest.push_back(shown(json["list"][i]["time_constant"]));
  }
  std::string text = "Modes of the linear model h = W h + U x + b\n";
  text += row("slowest, steps to 1/e", slowest);
  return text + fmt::format("  {} of {} modes hold 90% of the energy; negative: the mode grows\n",
                            needed, energies.size());
}

std::string linearity(const nlohmann::json& list) {
  std::vector<std::string> scales, errors, saturated;
  for (const nlohmann::json& entry : list) {
    scales.push_back(shown(entry["scale"]));
    errors.push_back(shown(entry["relative_error"]));
    saturated.push_back(shown(entry["saturated"]));
  }
  return "The linear model against the network\n" + row("input scale", scales) +
         row("relative error", errors) + row("saturated units", saturated);
}

std::string memory(const nlohmann::json& json, int64_t hidden_size) {
  std::vector<std::string> lags, network, linear;
  const nlohmann::json& curve = json["network"]["by_lag"];
  for (size_t k : {1, 2, 5, 10, 20, 50, 100, 200}) {
    if (k >= curve.size()) break;
    lags.push_back(std::to_string(k));
    network.push_back(shown(curve[k]));
    if (!json["linear"].is_null()) linear.push_back(shown(json["linear"]["by_lag"][k]));
  }
  std::string text = fmt::format("Memory of a random input: capacity {} of at most {}",
                                 shown(json["network"]["capacity"]), hidden_size);
  if (!json["linear"].is_null()) {
    text += fmt::format("; {} for the linear model", shown(json["linear"]["capacity"]));
  }
  text += '\n' + row("lag, steps", lags) + row("m(k)", network);
  return linear.empty() ? text : text + row("m(k), linear model", linear);
}

std::string jacobians(const nlohmann::json& list) {
  std::vector<std::string> steps, radii, outside;
  for (size_t i : spread(list.size(), 9)) {
    steps.push_back(std::to_string(list[i]["step"].get<int64_t>()));
    radii.push_back(shown(list[i]["spectral_radius"]));
    outside.push_back(shown(list[i]["fraction_outside"]));
  }
  return "Jacobians along sequences: eigenvalues of dS(t)/dS(t-1)\n" + row("step t", steps) +
         row("spectral radius", radii) + row("outside the circle", outside);
}

std::string gradients(const nlohmann::json& json) {
  const nlohmann::json &lags = json["lags"], &norms = json["spectral"];
  std::vector<std::string> heads, median, low, high;
  for (size_t i : spread(lags.size(), 9)) {
    heads.push_back(std::to_string(lags[i].get<int64_t>()));
    median.push_back(shown(norms["median"][i]));
    low.push_back(shown(norms["low"][i]));
    high.push_back(shown(norms["high"][i]));
  }
  return "Gradient from the last state back: log10 of the spectral norm of dS(T)/dS(T-k)\n" +
         row("lag k, steps", heads) + row("median", median) + row("10% quantile", low) +
         row("90% quantile", high);
}

std::string lyapunov(const nlohmann::json& json) {
  const nlohmann::json& exponents = json["exponents"];
  std::vector<std::string> largest;
  for (size_t i = 0; i < std::min<size_t>(6, exponents.size()); ++i) {
    largest.push_back(shown(exponents[i]));
  }
  const auto positive = std::count_if(exponents.begin(), exponents.end(), [](const auto& value) {
    return value.is_number() && value.template get<double>() > 0.0;
  });
  return fmt::format("Lyapunov exponents, nats per step, over {} steps; {} of {} are positive\n",
                     json["steps"].get<int64_t>(), positive, exponents.size()) +
         row("largest", largest);
}

std::string readouts(const nlohmann::json& list, const std::string& title) {
  if (!list.is_array() || list.empty()) return "";
  std::vector<std::string> lags, values, chance, bits;
  const bool classes = list[0].contains("accuracy");
  for (size_t i : spread(list.size(), 9)) {
    lags.push_back(std::to_string(list[i]["lag"].get<int64_t>()));
    values.push_back(shown(list[i][classes ? "accuracy" : "r2"]));
    if (!classes) continue;
    chance.push_back(shown(list[i]["chance"]));
    bits.push_back(shown(list[i]["information"]));
  }
  std::string text = title + '\n' + row("lag k, steps", lags);
  if (!classes) return text + row("R2", values);
  return text + row("accuracy", values) + row("by chance", chance) + row("information, bits", bits);
}

std::string fixed_points(const nlohmann::json& json) {
  std::string text = "Fixed points and cycles under one symbol\n";
  for (const nlohmann::json& search : json["searches"]) {
    std::vector<std::string> points;
    for (const nlohmann::json& point : search["points"]) {
      std::vector<std::string> states;
      for (const auto& [state, count] : point["starts_by_dfa_state"].items()) {
        states.push_back(fmt::format("{}: {}", state, count.get<int64_t>()));
      }
      points.push_back(fmt::format(
          "      {}, {} starts{}\n", point["stability"].get<std::string>(),
          point["starts"].get<int64_t>(),
          states.empty()
              ? ""
              : fmt::format(", by state of the automaton {{{}}}", fmt::join(states, ", "))));
    }
    text +=
        fmt::format("  symbol {}, period {}: {} found from {} starts, {} led nowhere\n",
                    search["symbol"].get<int64_t>(), search["period"].get<int64_t>(), points.size(),
                    search["starts"].get<int64_t>(), search["not_found"].get<int64_t>());
    for (size_t i = 0; i < std::min<size_t>(6, points.size()); ++i) text += points[i];
    if (points.size() > 6) text += fmt::format("      … and {} more\n", points.size() - 6);
  }
  return text;
}

}  // namespace

std::string summarize_analysis(const nlohmann::json& analysis) {
  std::string text = spectra(analysis["spectra"]);
  if (analysis["layer"].is_null()) {
    return text +
           "No more than this: no layer with finite weights reads the task's input directly.\n";
  }
  text += fmt::format("\nLayer {}, along sequences of the {} split\n\n",
                      analysis["layer"]["path"].get<std::string>(),
                      analysis["split"].get<std::string>());
  if (!analysis["modes"].is_null()) text += modes(analysis["modes"]) + '\n';
  if (!analysis["linearity"].is_null()) text += linearity(analysis["linearity"]) + '\n';
  text += memory(analysis["memory"], analysis["layer"]["hidden_size"]) + '\n';
  text += jacobians(analysis["jacobians"]) + '\n';
  text += gradients(analysis["gradients"]) + '\n' + lyapunov(analysis["lyapunov"]) + '\n';
  text += readouts(analysis["separability"]["label"],
                   "The label, read linearly from the state k steps before the end");
  text += readouts(analysis["separability"]["input"],
                   "The input k steps before the end, read linearly from the last state");
  if (!analysis["fixed_points"].is_null()) text += '\n' + fixed_points(analysis["fixed_points"]);
  return text;
}

}  // namespace eigenrnn
