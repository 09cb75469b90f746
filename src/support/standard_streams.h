#pragma once
#include <string>

namespace eigenrnn {

/// Call first in main(): a standard stream that the caller closed must not become the next file
/// that is opened. Reads and writes of it then fail.
void reserve_standard_streams();

/// Writes out what std::cout holds. Why output was lost, then or before, or empty if none was.
std::string standard_output_problem();

}  // namespace eigenrnn
