#pragma once
#include <string>
#include <vector>

namespace eigenrnn {

/// A command line that a POSIX shell takes apart into these words again.
std::string shell_line(const std::vector<std::string>& words);

/// Runs a program, found in $PATH, and returns what it writes to standard output; standard error is
/// this program's. Throws Error if it cannot be started or its exit code is not 0.
std::string output_of(const std::vector<std::string>& words);

}  // namespace eigenrnn
