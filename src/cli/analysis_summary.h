#pragma once
#include <string>

#include "dynamics/analysis.h"

namespace eigenrnn {

/// What analyze_model found along what `drive` says in words ("sequences of the test split"), for
/// people: some lines per measure, with units.
std::string summarize_analysis(const Analysis& analysis, const std::string& drive);

}  // namespace eigenrnn
