#include "model/translation/bleu.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include "support/error.h"

namespace eigenrnn {
namespace {

constexpr size_t kOrders = 4;

using Counts = std::map<std::vector<std::string_view>, int64_t>;

Counts count_ngrams(const std::vector<std::string>& tokens, size_t order) {
  Counts counts;
  for (size_t i = 0; i + order <= tokens.size(); ++i) {
    ++counts[{tokens.data() + i, tokens.data() + i + order}];
  }
  return counts;
}

int64_t count_matches(const Counts& candidate, const Counts& reference) {
  int64_t matches = 0;
  for (const auto& [ngram, count] : candidate) {
    const auto found = reference.find(ngram);
    if (found != reference.end()) matches += std::min(count, found->second);
  }
  return matches;
}

}  // namespace

double corpus_bleu(const std::vector<std::vector<std::string>>& candidates,
                   const std::vector<std::vector<std::string>>& references) {
  if (candidates.empty() || candidates.size() != references.size()) {
    throw Error(
        fmt::format("corpus_bleu: {} candidates and {} references: there must be as many of "
                    "both, and at least one",
                    candidates.size(), references.size()));
  }
  std::array<int64_t, kOrders> matches = {}, ngrams = {};
  double candidate_length = 0, reference_length = 0;
  for (size_t i = 0; i < candidates.size(); ++i) {
    const size_t length = candidates[i].size();
    candidate_length += static_cast<double>(length);
    reference_length += static_cast<double>(references[i].size());
    for (size_t order = 1; order <= kOrders; ++order) {
      matches[order - 1] +=
          count_matches(count_ngrams(candidates[i], order), count_ngrams(references[i], order));
      ngrams[order - 1] += length < order ? 1 : static_cast<int64_t>(length - order + 1);
    }
  }
  double log_precision = 0;
  for (size_t i = 0; i < kOrders; ++i) {
    if (matches[i] == 0) return 0;
    log_precision += std::log(static_cast<double>(matches[i]) / static_cast<double>(ngrams[i]));
  }
  const double log_penalty = std::min(0.0, 1 - reference_length / candidate_length);
  return std::exp(log_penalty + log_precision / kOrders);
}

}  // namespace eigenrnn
