#pragma once
#include <functional>
#include <string>
#include <vector>

namespace eigenrnn {

/// Calls this same program with each of these command lines (words after its name), `jobs` at a
/// time, with one thread each; what they print is dropped. `ended` is told the index of each that
/// has ended and what went wrong: "" if nothing did. After SIGINT, SIGTERM or SIGUSR1 those that
/// run are ended too, and false is returned. Throws Error if one cannot be started.
bool run_commands(const std::vector<std::vector<std::string>>& commands, int jobs,
                  const std::function<void(size_t index, const std::string& failure)>& ended);

}  // namespace eigenrnn
