#pragma once
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace eigenrnn {

/// The tokens of one language and their indices, fixed by the training sentences alone. Four
/// special tokens come first, `<unk> <pad> <sos> <eos>`; then the tokens by falling count, those
/// with the same count by code point.
class Vocabulary {
 public:
  static constexpr int64_t kUnknown = 0, kPadding = 1, kStart = 2, kEnd = 3;

  /// Of the tokens that occur at least `minimum_count` times in the sentences.
  Vocabulary(const std::vector<const std::vector<std::string>*>& sentences, int64_t minimum_count);

  /// With the special tokens.
  int64_t size() const { return static_cast<int64_t>(tokens_.size()); }
  /// kUnknown for a token that is not in it. A special token's name is a token like any other: the
  /// text "<pad>" does not become padding.
  int64_t index(const std::string& token) const;
  /// Throws Error for an index outside [0, size).
  const std::string& token(int64_t index) const;

 private:
  std::vector<std::string> tokens_;
  std::unordered_map<std::string, int64_t> indices_;  // without the special ones
};

}  // namespace eigenrnn
