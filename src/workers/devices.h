#pragma once
#include <string>
#include <vector>

namespace eigenrnn {

/// The devices that "auto", "cpu", "cuda" or "cuda:N" stand for here. `auto` is all GPUs where
/// there are any, and the CPU otherwise; `cuda` is all GPUs. Throws Error for anything else, and
/// for a GPU that is not there.
std::vector<std::string> resolve_devices(const std::string& name);

}  // namespace eigenrnn
