#include "model/weights.h"

#include <algorithm>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/serialize/archive.h>

#include "support/error.h"
#include "support/files.h"

namespace eigenrnn {
namespace {

// LibTorch does not allow a dot in the name of an entry.
std::string entry_name(std::string parameter) {
  std::replace(parameter.begin(), parameter.end(), '.', '/');
  return parameter;
}

std::string shape(const torch::Tensor& tensor) {
  return fmt::format("[{}]", fmt::join(tensor.sizes().vec(), ", "));
}

void open(torch::serialize::InputArchive& archive, const std::filesystem::path& path) {
  const std::string content = read_file(path);
  try {
    archive.load_from(content.data(), content.size());
  } catch (const c10::Error& error) {
    throw Error(fmt::format("{} is no archive of weights: {}", path.string(),
                            error.what_without_backtrace()));
  }
}

}  // namespace

NamedTensors weights_of(const torch::nn::Module& model) {
  NamedTensors weights;
  for (const auto& item : model.named_parameters()) {
    weights.emplace_back(item.key(), item.value().detach().to(torch::kCPU).clone());
  }
  return weights;
}

std::string serialize_weights(const NamedTensors& weights) {
  torch::serialize::OutputArchive archive;
  for (const auto& [name, tensor] : weights) archive.write(entry_name(name), tensor);
  std::ostringstream stream;
  archive.save_to(stream);
  return stream.str();
}

void load_weights(const std::filesystem::path& path, torch::nn::Module& model) {
  torch::serialize::InputArchive archive;
  open(archive, path);
  const std::vector<std::string> keys = archive.keys();
  std::set<std::string> left(keys.begin(), keys.end());
  std::vector<std::pair<torch::Tensor, torch::Tensor>> found;  // parameter, value
  for (const auto& item : model.named_parameters()) {
    torch::Tensor value;
    if (!archive.try_read(entry_name(item.key()), value)) {
      throw Error(fmt::format("{} has no weights for '{}'; it has: {}", path.string(), item.key(),
                              fmt::join(keys, ", ")));
    }
    if (value.sizes() != item.value().sizes()) {
      throw Error(fmt::format("{}: '{}' is {}, and must be {} for this model", path.string(),
                              item.key(), shape(value), shape(item.value())));
    }
    left.erase(entry_name(item.key()));
    found.emplace_back(item.value(), value);
  }
  if (!left.empty()) {
    throw Error(fmt::format("{} has weights that this model lacks: {}", path.string(),
                            fmt::join(left, ", ")));
  }
  const torch::NoGradGuard no_gradient;
  for (auto& [parameter, value] : found) parameter.copy_(value);
}

}  // namespace eigenrnn
