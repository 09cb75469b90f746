#pragma once
#include <string>
#include <vector>

namespace eigenrnn {

/// A command line that a POSIX shell takes apart into these words again.
std::string shell_line(const std::vector<std::string>& words);

}  // namespace eigenrnn
