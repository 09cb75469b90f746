#include "model/safetensors.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "support/error.h"

namespace eigenrnn {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kLengthBytes = 8;
const char* const kMetadata = "__metadata__";

const std::map<std::string, torch::ScalarType> kTypes = {{"F64", torch::kDouble},
                                                         {"F32", torch::kFloat},
                                                         {"F16", torch::kHalf},
                                                         {"BF16", torch::kBFloat16},
                                                         {"I64", torch::kLong}};

std::string type_name(torch::ScalarType type) {
  if (type == torch::kFloat) return "F32";
  if (type == torch::kDouble) return "F64";
  throw Bug(fmt::format("weights of type {} cannot be written", c10::toString(type)));
}

// A part of the file as its header describes it.
struct Place {
  std::string name;
  torch::ScalarType type;
  std::vector<int64_t> shape;
  size_t begin, end;  // bytes behind the header
};

// The count of elements, or none if it is no count at all.
std::optional<uint64_t> count_of(const std::vector<int64_t>& shape, uint64_t most) {
  uint64_t count = 1;
  for (const int64_t size : shape) {
    if (size < 0) return std::nullopt;
    if (size > 0 && count > most / static_cast<uint64_t>(size)) return std::nullopt;
    count *= static_cast<uint64_t>(size);
  }
  return count;
}

std::optional<Place> place_of(const std::string& name, const Json& described, size_t data_bytes) {
  const auto type = kTypes.find(described.at("dtype").get<std::string>());
  if (type == kTypes.end()) return std::nullopt;
  Place place{name, type->second, described.at("shape").get<std::vector<int64_t>>(),
              described.at("data_offsets").at(0).get<size_t>(),
              described.at("data_offsets").at(1).get<size_t>()};
  if (place.begin > place.end || place.end > data_bytes) {
    throw Error(fmt::format("'{}' lies from byte {} to {} of {}", name, place.begin, place.end,
                            data_bytes));
  }
  const std::optional<uint64_t> count = count_of(place.shape, data_bytes);
  if (!count || *count * c10::elementSize(place.type) != place.end - place.begin) {
    throw Error(fmt::format("'{}' has {} bytes, which do not fit its shape {}", name,
                            place.end - place.begin, described.at("shape").dump()));
  }
  return place;
}

}  // namespace

std::string safetensors_of(const NamedTensors& tensors) {
  Json header = {{kMetadata, {{"format", "pt"}}}};
  std::string data;
  for (const auto& [name, tensor] : tensors) {
    const torch::Tensor flat = tensor.detach().to(torch::kCPU).contiguous();
    const size_t begin = data.size();
    data.append(static_cast<const char*>(flat.data_ptr()), flat.nbytes());
    header[name] = {{"dtype", type_name(flat.scalar_type())},
                    {"shape", flat.sizes().vec()},
                    {"data_offsets", {begin, data.size()}}};
  }
  std::string text = header.dump();
  text.append((kLengthBytes - text.size() % kLengthBytes) % kLengthBytes, ' ');  // aligned data
  std::string content;
  for (size_t i = 0; i < kLengthBytes; ++i) {
    content += static_cast<char>(static_cast<uint64_t>(text.size()) >> (8 * i) & 0xff);
  }
  return content + text + data;
}

NamedTensors tensors_in(std::string_view content) {
  uint64_t length = 0;
  for (size_t i = std::min(kLengthBytes, content.size()); i-- > 0;) {
    length = length << 8 | static_cast<unsigned char>(content[i]);
  }
  if (content.size() < kLengthBytes || length > content.size() - kLengthBytes) {
    throw Error("no safetensors file: it is shorter than its header says");
  }
  const std::string_view text = content.substr(kLengthBytes, length);
  const std::string_view data = content.substr(kLengthBytes + length);
  std::vector<Place> places;
  try {
    const Json header = Json::parse(text);
    if (!header.is_object()) throw Error("no safetensors file: its header is no object");
    for (const auto& [name, described] : header.items()) {
      if (name == kMetadata) continue;
      if (auto place = place_of(name, described, data.size())) places.push_back(std::move(*place));
    }
  } catch (const nlohmann::json::exception& error) {
    throw Error(fmt::format("no safetensors file: its header is broken ({})", error.what()));
  }
  std::stable_sort(places.begin(), places.end(),
                   [](const Place& a, const Place& b) { return a.begin < b.begin; });
  NamedTensors tensors;
  for (const Place& place : places) {
    torch::Tensor tensor = torch::empty(place.shape, place.type);
    // Not memcpy, which may not be given the null of a tensor without elements.
    std::copy_n(data.data() + place.begin, place.end - place.begin,
                static_cast<char*>(tensor.data_ptr()));
    tensors.emplace_back(place.name, tensor);
  }
  return tensors;
}

}  // namespace eigenrnn
