#include "support/alternatives.h"

#include <algorithm>
#include <cctype>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace eigenrnn {
namespace {

constexpr size_t kLeastPart = 4;  // letters: a shorter part says too little

std::string in_lower_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// Levenshtein's.
size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

// "lr" of "learning_rate".
std::string first_letters(const std::string& name) {
  std::string letters;
  for (size_t i = 0; i < name.size(); ++i) {
    if (i == 0 || name[i - 1] == '_') letters += name[i];
  }
  return letters;
}

bool contains(const std::string& whole, const std::string& part) {
  return part.size() >= kLeastPart && whole.find(part) != std::string::npos;
}

}  // namespace

std::string probably_meant(const std::string& name, const std::vector<std::string>& known) {
  const std::string wanted = in_lower_case(name);
  const auto distance = [&](const std::string& other) {
    return edit_distance(in_lower_case(other), wanted);
  };
  const auto nearest =
      std::min_element(known.begin(), known.end(),
                       [&](const auto& a, const auto& b) { return distance(a) < distance(b); });
  if (nearest == known.end()) return "";
  if (distance(*nearest) <= 1 + wanted.size() / 4 && distance(*nearest) < wanted.size()) {
    return *nearest;
  }
  for (const std::string& other : known) {
    const std::string letters = first_letters(in_lower_case(other));
    if (letters.size() > 1 && letters == wanted) return other;
    if (contains(wanted, in_lower_case(other)) || contains(in_lower_case(other), wanted)) {
      return other;
    }
  }
  return "";
}

std::string alternatives(const std::string& name, const std::vector<std::string>& known) {
  const std::string text = fmt::format("; there are: {}", fmt::join(known, ", "));
  const std::string meant = probably_meant(name, known);
  return meant.empty() ? text : text + fmt::format(" (did you mean '{}'?)", meant);
}

}  // namespace eigenrnn
