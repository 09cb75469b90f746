#pragma once
#include <string>

#include "dynamics/analysis.h"

namespace eigenrnn {

/// What analyze_model found along sequences of the split of this name, for people: some lines per
/// measure, with units.
std::string summarize_analysis(const Analysis& analysis, const std::string& split);

}  // namespace eigenrnn
