#pragma once
#include <vector>

#include <nlohmann/json.hpp>
#include <torch/types.h>

namespace eigenrnn {

/// A number for a JSON file, to so many significant digits, and null for what is not finite.
nlohmann::json rounded(double value, int digits = 6);

/// The same, to 6 digits, of a vector, and of a tensor [N] or [N, M] as nested arrays.
nlohmann::json rounded(const std::vector<double>& values);
nlohmann::json rounded(const torch::Tensor& values);

}  // namespace eigenrnn
