#include "model/weights.h"

#include <map>
#include <regex>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "support/error.h"
#include "support/files.h"

namespace eigenrnn {
namespace {

// torch.nn's name of one of our parameters.
std::string torch_name(const std::string& parameter) {
  static const std::regex layer(R"(\blayer(\d+)\.(weight|bias)_(ih|hh)$)"), head(R"(^head_)");
  return std::regex_replace(std::regex_replace(parameter, layer, "$2_$3_l$1"), head, "head.");
}

std::string shape(const torch::Tensor& tensor) {
  return fmt::format("[{}]", fmt::join(tensor.sizes().vec(), ", "));
}

}  // namespace

NamedTensors read_weights(const std::filesystem::path& path) {
  const std::string content = read_file(path);
  try {
    return tensors_in(content);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", path.string(), error.what()));
  }
}

NamedTensors weights_of(const torch::nn::Module& model) {
  NamedTensors weights;
  for (const auto& item : model.named_parameters()) {
    weights.emplace_back(torch_name(item.key()), item.value().detach().to(torch::kCPU).clone());
  }
  return weights;
}

void put_weights(const NamedTensors& weights, const std::string& file, torch::nn::Module& model) {
  std::map<std::string, torch::Tensor> left;
  std::vector<std::string> names;
  for (const auto& [name, tensor] : weights) {
    left.emplace(name, tensor);
    names.push_back(name);
  }
  std::vector<std::pair<torch::Tensor, torch::Tensor>> found;  // parameter, value
  for (const auto& item : model.named_parameters()) {
    const std::string name = torch_name(item.key());
    const auto value = left.find(name);
    if (value == left.end()) {
      throw Error(fmt::format("{} has no weights for '{}'; it has: {}", file, name,
                              fmt::join(names, ", ")));
    }
    if (value->second.sizes() != item.value().sizes()) {
      throw Error(fmt::format("{}: '{}' is {}, and must be {} for this model", file, name,
                              shape(value->second), shape(item.value())));
    }
    found.emplace_back(item.value(), value->second);
    left.erase(value);
  }
  if (!left.empty()) {
    std::vector<std::string> spare;
    for (const auto& [name, tensor] : left) spare.push_back(name);
    throw Error(
        fmt::format("{} has weights that this model lacks: {}", file, fmt::join(spare, ", ")));
  }
  const torch::NoGradGuard no_gradient;
  for (auto& [parameter, value] : found) parameter.copy_(value);
}

void load_weights(const std::filesystem::path& path, torch::nn::Module& model) {
  put_weights(read_weights(path), path.string(), model);
}

}  // namespace eigenrnn
