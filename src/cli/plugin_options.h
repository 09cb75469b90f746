#pragma once
#include <string>
#include <vector>

#include "support/options.h"

namespace eigenrnn {

/// Options of a plug-in from the command line, each "name=value" with the value as in a manifest.
/// Throws Error naming what is wrong and what would be right.
Options parse_options(const std::vector<std::string>& texts, const std::vector<OptionSpec>& specs);

}  // namespace eigenrnn
