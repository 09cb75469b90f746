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

const std::vector<std::string> kKeys = {"experiment", "condition", "cell", "init", "seed", "key"};
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

bool RunFilter::passes(const NamedRun& run) const {
  return std::all_of(wanted_.begin(), wanted_.end(), [&](const auto& entry) {
    return overlap(values_of(run, entry.first), entry.second);
  });
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

std::vector<RunSpec> RunFilter::apply(std::vector<RunSpec> runs) const {
  std::vector<NamedRun> all;
  for (const RunSpec& run : runs) all.push_back({*run, run.key()});
  check_values(all);
  const auto fails = [&](const RunSpec& run) { return !passes({*run, run.key()}); };
  runs.erase(std::remove_if(runs.begin(), runs.end(), fails), runs.end());
  return runs;
}

}  // namespace eigenrnn
