#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <torch/types.h>

namespace eigenrnn {

/// The sequences of one file, each with what is to be answered.
struct SequenceFile {
  /// One of the two: numbers, [T, I] float each with the same I; or texts, the UTF-8 characters of
  /// each.
  std::vector<torch::Tensor> series;
  std::vector<std::vector<std::string>> texts;
  std::vector<std::string> labels;  // as they are written
  std::vector<std::string> places;  // of each, for messages: "data.csv:3"

  bool has_texts() const { return !texts.empty(); }
  size_t size() const { return labels.size(); }
};

/// Reads, by the ending of `path`, which may have .gz behind it:
///   .csv    a line for each: its label, then its values, one per step; no heading
///   .jsonl  a line of JSON for each: {"input": [0.1, 0.2, …], "label": "a"}; several features as
///           [[0.1, 3], [0.2, 4], …]; a text as "input": "some text"
///   .npy    an array of NumPy's, [N, T] or [N, T, I]; `labels` is another one, [N]
/// `labels` is empty for the other two. Throws DataError with the place of what is wrong in them.
SequenceFile read_sequences(const std::filesystem::path& path,
                            const std::filesystem::path& labels = {});

/// The number that a text is, all of it; none if it is none, or not finite.
std::optional<double> finite_number(std::string_view text);

}  // namespace eigenrnn
