#include "manifest/run_filter.h"

#include <algorithm>
#include <iterator>
#include <regex>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "support/alternatives.h"
#include "support/error.h"

namespace eigenrnn {
namespace {

const std::vector<std::string> kKeys = {"experiment", "condition", "cell", "init",
                                        "name",       "seed",      "key"};
constexpr size_t kMostListed = 20;

const std::regex& separator() {
  static const std::regex regex(fmt::format(",(?=(?:{})=)", fmt::join(kKeys, "|")));
  return regex;
}

// What a run shows for a key; any of them may be asked for.
std::vector<std::string> values_of(const NamedRun& run, const std::string& key) {
  if (key == "experiment") return {run.parts.experiment};
  if (key == "condition") return {run.parts.condition};
  if (key == "cell") return {run.parts.cell};
  if (key == "seed") return {std::to_string(run.parts.seed)};
  if (key == "key") return {run.key};
  if (key == "name") return {run.parts.initializer};
  return {run.parts.label, run.parts.initializer};
}

std::string no_run_has(const std::string& key, const std::string& value,
                       const std::set<std::string>& existing) {
  auto end = existing.begin();
  std::advance(end, std::min(existing.size(), kMostListed));
  std::string text = fmt::format("--only: no run has {}={}; there are: {}", key, value,
                                 fmt::join(existing.begin(), end, ", "));
  if (end != existing.end()) text += fmt::format(" and {} more", existing.size() - kMostListed);
  const std::string meant = probably_meant(value, {existing.begin(), existing.end()});
  if (!meant.empty() && key != "seed" && key != "key") {
    text += fmt::format(" (did you mean '{}'?)", meant);
  }
  static const std::regex looks_like_a_key(",[a-z]+=");
  if (std::regex_search(value, looks_like_a_key)) {
    text += fmt::format("; keys that may follow a comma: {}", fmt::join(kKeys, ", "));
  }
  return text;
}

bool overlap(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::find_first_of(a.begin(), a.end(), b.begin(), b.end()) != a.end();
}

}  // namespace

RunFilter::RunFilter(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    const std::sregex_token_iterator end;
    for (std::sregex_token_iterator it(text.begin(), text.end(), separator(), -1); it != end;
         ++it) {
      const std::string part = *it;
      const size_t equals = part.find('=');
      const std::string key = part.substr(0, equals);
      if (equals == std::string::npos || equals + 1 == part.size()) {
        throw Error(
            fmt::format("--only: '{}' must be key=value, as in init=eigen,cell=lstm", part));
      }
      if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end()) {
        throw Error(fmt::format("--only: unknown key '{}'{}", key, alternatives(key, kKeys)));
      }
      wanted_[key].push_back(part.substr(equals + 1));
    }
  }
}

bool RunFilter::is_separable(const std::string& label) {
  return std::regex_search(label, separator());
}

std::vector<bool> RunFilter::passes(const std::vector<NamedRun>& runs) const {
  check_values(runs);
  std::set<std::string> labels;
  for (const NamedRun& run : runs) labels.insert(run.parts.label);
  // Once a variant stands beside eigen, init=eigen still means the row of that label.
  const auto is_row = [&](const NamedRun& run, const std::string& value) {
    return run.parts.label == value || (labels.count(value) == 0 && run.parts.initializer == value);
  };
  std::vector<bool> result;
  for (const NamedRun& run : runs) {
    result.push_back(std::all_of(wanted_.begin(), wanted_.end(), [&](const auto& entry) {
      const auto& [key, values] = entry;
      if (key != "init") return overlap(values_of(run, key), values);
      return std::any_of(values.begin(), values.end(),
                         [&](const std::string& value) { return is_row(run, value); });
    }));
  }
  return result;
}

void RunFilter::check_values(const std::vector<NamedRun>& runs) const {
  for (const auto& [key, values] : wanted_) {
    std::set<std::string> existing;
    for (const NamedRun& run : runs) {
      for (const std::string& value : values_of(run, key)) existing.insert(value);
    }
    for (const std::string& value : values) {
      if (existing.count(value) == 0) {
        throw Error(no_run_has(key, value, existing));
      }
    }
  }
}

std::vector<RunSpec> RunFilter::apply(const std::vector<RunSpec>& runs) const {
  std::vector<NamedRun> all;
  for (const RunSpec& run : runs) all.push_back({*run, run.key()});
  const std::vector<bool> pass = passes(all);
  std::vector<RunSpec> chosen;
  for (size_t i = 0; i < runs.size(); ++i) {
    if (pass[i]) chosen.push_back(runs[i]);
  }
  return chosen;
}

}  // namespace eigenrnn
