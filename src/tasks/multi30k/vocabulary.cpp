#include "tasks/multi30k/vocabulary.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "support/error.h"

namespace eigenrnn {

Vocabulary::Vocabulary(const std::vector<const std::vector<std::string>*>& sentences,
                       int64_t minimum_count)
    : tokens_({"<unk>", "<pad>", "<sos>", "<eos>"}) {
  std::unordered_map<std::string, int64_t> counts;
  for (const auto* sentence : sentences) {
    for (const std::string& token : *sentence) ++counts[token];
  }
  std::vector<std::pair<std::string, int64_t>> kept;
  for (const auto& entry : counts) {
    if (entry.second >= minimum_count) kept.push_back(entry);
  }
  // The bytes of UTF-8, compared as unsigned ones, are in the order of the code points.
  std::sort(kept.begin(), kept.end(), [](const auto& left, const auto& right) {
    if (left.second != right.second) return left.second > right.second;
    return left.first < right.first;
  });
  for (const auto& [token, count] : kept) {
    indices_[token] = size();
    tokens_.push_back(token);
  }
}

int64_t Vocabulary::index(const std::string& token) const {
  const auto found = indices_.find(token);
  return found == indices_.end() ? kUnknown : found->second;
}

const std::string& Vocabulary::token(int64_t index) const {
  if (index < 0 || index >= size()) {
    throw Error(fmt::format("Vocabulary::token: index {} is not in [0, {})", index, size()));
  }
  return tokens_[static_cast<size_t>(index)];
}

}  // namespace eigenrnn
