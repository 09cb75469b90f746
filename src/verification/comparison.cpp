#include "verification/comparison.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "linear_algebra/rounded.h"
#include "tasks/task.h"

namespace eigenrnn {
namespace {

using Json = nlohmann::json;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr size_t kShownCharacters = 60;  // of a text, of which samples consist

// What does not tell how the training went, or is no outcome.
const std::set<std::string> kFactsAboutTraining = {"best_epoch", "epochs_to_threshold"};
const std::set<std::string> kFactsOfMachine = {
    "cpu", "instructions", "compiler", "libtorch", "device", "threads", "rounding", "gpu", "blas"};

std::string shown(const Json& value) {
  if (value.is_number_float()) return fmt::format("{:.7g}", value.get<double>());
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() <= kShownCharacters) return text;
  size_t end = kShownCharacters;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u) --end;
  return text.substr(0, end) + "…";
}

bool same_value(const Json& a, const Json& b, bool whole) {
  if (!a.is_number() || !b.is_number()) return a == b;
  if (whole) return a == b;
  return rounded(a.get<double>()) == rounded(b.get<double>());
}

// Walks what is recorded. `whole`: numbers in full, else to the digits that curves have.
void compare(const std::string& where, const Json& recorded, const Json& repeated, bool whole,
             std::vector<Difference>& found) {
  if (recorded.is_object() && repeated.is_object()) {
    for (const auto& [name, value] : recorded.items()) {
      if (name == "seconds") continue;
      compare(where + "." + name, value, repeated.value(name, Json()), whole, found);
    }
  } else if (recorded.is_array() && repeated.is_array()) {
    if (recorded.size() != repeated.size()) {
      found.push_back({where + ".length", recorded.size(), repeated.size()});
    }
    for (size_t i = 0; i < std::min(recorded.size(), repeated.size()); ++i) {
      compare(fmt::format("{}[{}]", where, i), recorded[i], repeated[i], whole, found);
    }
  } else if (!same_value(recorded, repeated, whole)) {
    found.push_back({where, recorded, repeated});
  }
}

Json member(const Json& json, const std::string& name) {
  return json.is_object() ? json.value(name, Json()) : Json();
}

// Two GPUs of a machine are one kind of device; what they are, `gpu` says.
Json fact_of_machine(const Json& result, const std::string& name) {
  const Json fact = member(result.at("provenance"), name);
  if (name != "device" || !fact.is_string()) return fact;
  const std::string device = fact;
  return device.substr(0, device.find(':'));
}

void note_change(const std::string& fact, const Json& before, const Json& now,
                 std::vector<std::string>& changes) {
  if (before == now) return;
  const auto plain = [](const Json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
  };
  if (before.is_null()) {  // results of earlier versions say less: it may have been another
    changes.push_back(fmt::format("{} not recorded", fact));
  } else if (before.is_object()) {  // one of which nothing is left stands for another device
    for (const auto& [name, value] : before.items()) {
      if (now.is_object()) note_change(fact + " " + name, value, member(now, name), changes);
    }
  } else {
    changes.push_back(fmt::format("{} {} → {}", fact, plain(before), plain(now)));
  }
}

// Keeps the largest share of its tolerance that a number uses up.
class ToleranceCheck {
 public:
  void number(const std::string& where, const Json& recorded, const Json& repeated,
              double tolerance) {
    if (recorded.is_number() && repeated.is_number()) {
      const double size = std::abs(repeated.get<double>() - recorded.get<double>());
      note({where, recorded, repeated}, size == 0 ? 0 : size / tolerance);
    } else {
      note({where, recorded, repeated}, recorded == repeated ? 0 : kInfinity);
    }
  }

  void note(Difference difference, double share) {
    if (judgement.largest.empty() || share > judgement.share) {
      judgement.largest = difference.where;
      judgement.share = share;
    }
    if (share > 1) judgement.beyond.push_back(std::move(difference));
  }

  ToleranceJudgement judgement;
};

std::complex<double> as_complex(const Json& pair) {
  return {pair.at(0).get<double>(), pair.at(1).get<double>()};
}

// The largest distance of an eigenvalue to its partner. Their order is that of their moduli, which
// rounding decides where all are alike, so each takes the nearest one that is left.
double distance_of_spectra(const Json& recorded, const Json& repeated) {
  if (recorded.size() != repeated.size()) return kInfinity;
  std::vector<std::complex<double>> left;
  for (const Json& value : repeated) left.push_back(as_complex(value));
  double largest = 0;
  for (const Json& value : recorded) {
    const std::complex<double> ours = as_complex(value);
    const auto nearest = std::min_element(left.begin(), left.end(), [&](auto a, auto b) {
      return std::abs(a - ours) < std::abs(b - ours);
    });
    largest = std::max(largest, std::abs(*nearest - ours));
    left.erase(nearest);
  }
  return largest;
}

void check_spectra_at_start(const Json& recorded, const Json& repeated, ToleranceCheck& check) {
  const std::string where = "spectra.start";
  check.number(where + ".length", recorded.size(), repeated.size(), 0.5);
  for (size_t i = 0; i < std::min(recorded.size(), repeated.size()); ++i) {
    const std::string block = fmt::format("{}[{}]", where, i);
    const Json norm = recorded[i].at("spectral_norm");
    if (!norm.is_number()) {
      check.number(block + ".spectral_norm", norm, repeated[i].at("spectral_norm"), 0);
      continue;
    }
    const double size = norm.get<double>();
    check.number(block + ".spectral_norm", norm, repeated[i].at("spectral_norm"),
                 kSpectrumTolerance * size);
    const Json condition = member(recorded[i], "eigenvector_condition");
    if (!condition.is_number()) continue;  // defective: eigenvalues move by more than can be said
    const double tolerance =
        std::max(kSpectrumTolerance, kWeightRounding * condition.get<double>()) * size;
    const Json &ours = recorded[i].at("eigenvalues"), &theirs = repeated[i].at("eigenvalues");
    check.note({block + ".eigenvalues", ours, theirs},
               distance_of_spectra(ours, theirs) / tolerance);
  }
}

// Over the other seeds of the row.
std::vector<double> values_of_others(const std::vector<Json>& row, const Json& seed,
                                     const std::string& metric) {
  std::vector<double> values;
  for (const Json& result : row) {
    const Json value = member(result.at("metrics"), metric);
    if (value.is_number() && member(result.at("spec"), "seed") != seed) {
      values.push_back(value.get<double>());
    }
  }
  return values;
}

double standard_deviation(const std::vector<double>& values) {
  double mean = 0, squares = 0;
  for (double value : values) mean += value / static_cast<double>(values.size());
  for (double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

// Errors and losses of a row spread over orders of magnitude, evenly only by their logarithms; in
// amounts, a standard deviation over a few of them says little of the next one.
bool spreads_by_factors(const Json& spec, const std::string& metric) {
  const std::string task = spec.at("task").at("name");
  if (!TaskRegistry::instance().contains(task)) return false;
  const std::vector<Metric>& metrics = TaskRegistry::instance().at(task).metrics;
  return std::any_of(metrics.begin(), metrics.end(), [&](const Metric& known) {
    return known.name == metric && !known.higher_is_better;
  });
}

bool is_positive(const Json& value) { return value.is_number() && value.get<double>() > 0; }

// Of what two values differ in, as a part of what they may.
double share_by_factors(double recorded, double repeated, const std::vector<double>& others) {
  std::vector<double> logarithms;
  for (double value : others) logarithms.push_back(std::log(value));
  return std::abs(std::log(repeated / recorded)) /
         std::max(kSeedDeviations * standard_deviation(logarithms), kLeastMetricTolerance);
}

double share_by_amounts(double recorded, double repeated, const std::vector<double>& others) {
  const double size = std::abs(repeated - recorded);
  return size == 0 ? 0
                   : size / std::max(kSeedDeviations * standard_deviation(others),
                                     kLeastMetricTolerance * std::abs(recorded));
}

// False if there are too few other seeds.
bool check_metrics(const Json& recorded, const Json& repeated, const std::vector<Json>& row,
                   ToleranceCheck& check) {
  bool judged = false;
  const Json &metrics = recorded.at("metrics"), &spec = recorded.at("spec");
  for (const auto& [name, value] : metrics.items()) {
    if (kFactsAboutTraining.count(name) > 0) continue;
    const std::vector<double> values = values_of_others(row, spec.at("seed"), name);
    if (values.size() < kFewestSeeds) continue;
    judged = true;
    const std::string where = "metrics." + name;
    const Json now = member(repeated.at("metrics"), name);
    if (!value.is_number() || !now.is_number()) {
      check.number(where, value, now, 0);
      continue;
    }
    const bool by_factors =
        spreads_by_factors(spec, name) && is_positive(value) && is_positive(now) &&
        std::all_of(values.begin(), values.end(), [](double other) { return other > 0; });
    const auto share = by_factors ? share_by_factors : share_by_amounts;
    check.note({where, value, now}, share(value, now, values));
  }
  return judged;
}

}  // namespace

std::string Difference::describe() const {
  return fmt::format("{} {} → {}", where, shown(recorded), shown(repeated));
}

std::vector<Difference> differences(const Json& recorded, const Json& repeated) {
  std::vector<Difference> found;
  for (const std::string name : {"status", "metrics", "divergence", "samples"}) {
    compare(name, member(recorded, name), member(repeated, name), /*whole=*/true, found);
  }
  compare("epochs", recorded.at("epochs"), repeated.at("epochs"), /*whole=*/false, found);
  const Json &ours = recorded.at("spectra"), &theirs = repeated.at("spectra");
  for (const std::string name : {"start", "epochs", "best", "end"}) {
    const Json part = member(ours, name);
    if (part.empty()) continue;  // not recorded
    compare("spectra." + name, part, member(theirs, name), /*whole=*/false, found);
  }
  const Json kept = member(recorded, "weights"), kept_now = member(repeated, "weights");
  const bool is_of_another_format =
      !kept.is_null() && !kept_now.is_null() &&
      kept.at("file") != kept_now.at("file");  // of an earlier version
  if (!kept.is_null() && !is_of_another_format) {
    compare("weights.sha256", kept.at("sha256"), member(kept_now, "sha256"), /*whole=*/true, found);
  }
  return found;
}

std::vector<std::string> changes_of_machine(const Json& recorded, const Json& repeated) {
  std::vector<std::string> changes;
  for (const std::string& fact : kFactsOfMachine) {
    note_change(fact, fact_of_machine(recorded, fact), fact_of_machine(repeated, fact), changes);
  }
  return changes;
}

ToleranceJudgement judge_elsewhere(const Json& recorded, const Json& repeated,
                                   const std::vector<Json>& row) {
  ToleranceCheck check;
  check.number("status", recorded.at("status"), repeated.at("status"), 0);
  check_spectra_at_start(recorded.at("spectra").at("start"), repeated.at("spectra").at("start"),
                         check);
  const Json &ours = recorded.at("epochs"), &theirs = repeated.at("epochs");
  if (!ours.empty() && !theirs.empty()) {
    const Json loss = ours[0].at("train_loss");
    const double size = loss.is_number() ? std::abs(loss.get<double>()) : 0;
    check.number("epochs[0].train_loss", loss, theirs[0].at("train_loss"),
                 kFirstLossTolerance * size);
  }
  const bool judged = check_metrics(recorded, repeated, row, check);
  check.judgement.metrics_judged = judged;
  return check.judgement;
}

}  // namespace eigenrnn
