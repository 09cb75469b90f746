#include "tasks/sequences/sequence_file.h"

#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "support/error.h"
#include "support/files.h"
#include "support/gzip.h"
#include "support/utf8.h"
#include "tasks/sequences/npy.h"

namespace eigenrnn {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void fail(const std::string& place, const std::string& what) {
  throw DataError(fmt::format("{}: {}", place, what));
}

std::string content_of(const fs::path& path) {
  const std::string content = read_file(path);
  if (path.extension() != ".gz") return content;
  try {
    return gunzip(content);
  } catch (const Error& error) {
    throw DataError(fmt::format("{} {}", path.string(), error.what()));
  }
}

// Calls back with each line that is not empty, and its place.
template <class Visit>
void for_each_line(const fs::path& path, const Visit& visit) {
  const std::string content = content_of(path);
  if (!is_utf8(content)) fail(path.string(), "is not UTF-8");
  std::string_view rest = without_byte_order_mark(content);
  for (size_t number = 1; !rest.empty(); ++number) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (!line.empty()) visit(line, fmt::format("{}:{}", path.string(), number));
  }
}

std::string_view trimmed(std::string_view text) {
  const size_t begin = std::min(text.find_first_not_of(' '), text.size());
  return text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

float number_of(std::string_view text, const std::string& place) {
  const std::optional<double> value = finite_number(text);
  if (!value) {
    fail(place,
         fmt::format("'{}' is no number; a line is a label, then the values, step by step", text));
  }
  return static_cast<float>(*value);
}

torch::Tensor column(const std::vector<float>& values) {
  return torch::tensor(values).unsqueeze(1);
}

void add_csv_line(std::string_view line, const std::string& place, SequenceFile& file) {
  std::vector<std::string_view> fields;
  for (std::string_view rest = line;;) {
    const size_t comma = rest.find(',');
    fields.push_back(trimmed(rest.substr(0, comma)));
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  while (fields.size() > 1 && fields.back().empty()) fields.pop_back();  // of a shorter sequence
  if (fields.size() < 2) fail(place, "there is a label, and no values");
  if (fields.front().empty()) fail(place, "the label is empty");
  std::vector<float> values;
  for (size_t i = 1; i < fields.size(); ++i) values.push_back(number_of(fields[i], place));
  file.series.push_back(column(values));
  file.labels.emplace_back(fields.front());
  file.places.push_back(place);
}

std::vector<std::string> characters_of(const std::string& text) {
  std::vector<std::string> characters;
  for (const char c : text) {
    const bool continues = (static_cast<unsigned char>(c) & 0xC0) == 0x80;
    if (continues) {
      characters.back() += c;
    } else {
      characters.emplace_back(1, c);
    }
  }
  return characters;
}

float json_number(const nlohmann::json& value, const std::string& place) {
  if (!value.is_number()) fail(place, fmt::format("{} is no number", value.dump()));
  return static_cast<float>(value.get<double>());
}

torch::Tensor json_series(const nlohmann::json& steps, const std::string& place) {
  if (!steps.front().is_array()) {
    std::vector<float> values;
    for (const auto& step : steps) values.push_back(json_number(step, place));
    return column(values);
  }
  const size_t features = steps.front().size();
  std::vector<float> values;
  for (const auto& step : steps) {
    if (!step.is_array() || step.size() != features || features == 0) {
      fail(place,
           fmt::format("a step is {}, and the first one has {} features", step.dump(), features));
    }
    for (const auto& value : step) values.push_back(json_number(value, place));
  }
  return torch::tensor(values).view({-1, static_cast<int64_t>(features)});
}

void add_json_line(std::string_view line, const std::string& place, SequenceFile& file) {
  nlohmann::json item;
  try {
    item = nlohmann::json::parse(line);
  } catch (const nlohmann::json::exception& error) {
    fail(place, fmt::format("is no JSON: {}", error.what()));
  }
  const auto has = [&](const char* name) { return item.is_object() && item.contains(name); };
  if (!has("input") || !has("label")) fail(place, R"(must be {"input": …, "label": …})");
  const nlohmann::json &input = item["input"], &label = item["label"];
  if (!label.is_string() && !label.is_number()) fail(place, "the label is no text and no number");
  const bool is_text = input.is_string();
  if (!is_text && !input.is_array()) fail(place, "the input is no text and no list");
  if (input.empty() || input == "") fail(place, "the input is empty");
  if (file.size() > 0 && is_text != file.has_texts()) {
    fail(place, "the input is a text, or a list, unlike those before");
  }
  if (is_text) {
    file.texts.push_back(characters_of(input.get<std::string>()));
  } else {
    file.series.push_back(json_series(input, place));
  }
  file.labels.push_back(label.is_string() ? label.get<std::string>() : label.dump());
  file.places.push_back(place);
}

torch::Tensor array_of(const fs::path& path) {
  try {
    return read_npy(content_of(path));
  } catch (const DataError&) {
    throw;
  } catch (const Error& error) {
    throw DataError(fmt::format("{} {}", path.string(), error.what()));
  }
}

SequenceFile read_arrays(const fs::path& path, const fs::path& labels_path) {
  torch::Tensor series = array_of(path);
  if (labels_path.empty()) fail(path.string(), "its labels are in a file of their own: name it");
  const torch::Tensor labels = array_of(labels_path);
  if (series.dim() == 2) series = series.unsqueeze(2);
  if (series.dim() != 3 || series.numel() == 0) {
    fail(path.string(), fmt::format("is of shape {}, and must be [N, T] or [N, T, I]",
                                    fmt::format("[{}]", fmt::join(series.sizes().vec(), ", "))));
  }
  if (labels.dim() != 1 || labels.size(0) != series.size(0)) {
    fail(labels_path.string(),
         fmt::format("must be the labels of {} sequences, [{}]", series.size(0), series.size(0)));
  }
  SequenceFile file;
  for (int64_t n = 0; n < series.size(0); ++n) {
    file.series.push_back(series[n].to(torch::kFloat32));
    file.labels.push_back(labels.is_floating_point()
                              ? fmt::format("{}", labels[n].item<double>())
                              : fmt::format("{}", labels[n].item<int64_t>()));
    file.places.push_back(fmt::format("{}[{}]", path.string(), n));
  }
  return file;
}

void check_series(const SequenceFile& file) {
  for (size_t n = 0; n < file.series.size(); ++n) {
    const torch::Tensor& series = file.series[n];
    if (!torch::isfinite(series).all().item<bool>()) {
      fail(file.places[n], "a value is not finite, or too large for a float32");
    }
    if (series.size(1) != file.series.front().size(1)) {
      fail(file.places[n], fmt::format("has {} features, and the first one {}", series.size(1),
                                       file.series.front().size(1)));
    }
  }
}

}  // namespace

std::optional<double> finite_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_whole = error == std::errc() && end == text.data() + text.size();
  return is_whole && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

SequenceFile read_sequences(const fs::path& path, const fs::path& labels) {
  const fs::path name = path.extension() == ".gz" ? path.stem() : path.filename();
  const std::string ending = name.extension().string();
  SequenceFile file;
  if (ending == ".npy") {
    file = read_arrays(path, labels);
  } else if (ending == ".csv" || ending == ".jsonl") {
    const auto add = ending == ".csv" ? add_csv_line : add_json_line;
    for_each_line(path, [&](auto line, const std::string& place) { add(line, place, file); });
  } else {
    fail(path.string(), "must end in .csv, .jsonl or .npy, which says how it is read");
  }
  if (file.size() == 0) fail(path.string(), "has no sequences");
  check_series(file);
  return file;
}

}  // namespace eigenrnn
