#include "linear_algebra/rounded.h"

#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

namespace eigenrnn {

nlohmann::json rounded(double value, int digits) {
  if (!std::isfinite(value)) return nullptr;
  return std::strtod(fmt::format("{:.{}g}", value, digits).c_str(), nullptr);
}

nlohmann::json rounded(const std::vector<double>& values) {
  nlohmann::json list = nlohmann::json::array();
  for (double value : values) list.push_back(rounded(value));
  return list;
}

nlohmann::json rounded(const torch::Tensor& values) {
  if (values.dim() == 0) return rounded(values.item<double>());
  nlohmann::json list = nlohmann::json::array();
  for (const torch::Tensor& value : values.unbind()) list.push_back(rounded(value));
  return list;
}

}  // namespace eigenrnn
