#pragma once
#include <string>

#include <nlohmann/json.hpp>

namespace eigenrnn {

/// What analyze_run found, for people: some lines per measure, with units.
std::string summarize_analysis(const nlohmann::json& analysis);

}  // namespace eigenrnn
