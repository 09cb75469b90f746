#pragma once
#include <nlohmann/json.hpp>

#include "dynamics/analysis.h"
#include "dynamics/jacobian.h"
#include "dynamics/sample.h"

namespace eigenrnn {

/// The fixed points and cycles of a layer that reads symbols, one constant symbol after the other,
/// from states that it visits on the sample; null for a layer that does not, or with more than 8
/// symbols. For Tomita's grammars every visited state is named by the state of the grammar's
/// automaton after the same prefix. Points and visited states also have coordinates in the plane of
/// the visited states' first two principal components, to be drawn.
nlohmann::json analyze_fixed_points(const RunSpec& spec, const StateMap& map, const Sample& sample,
                                    const AnalysisSettings& settings);

}  // namespace eigenrnn
