#pragma once
#include <string>

#include <nlohmann/json.hpp>

namespace eigenrnn {

/// JSON as the files of results hold it: a line for every member of the whole and of what it holds,
/// what lies deeper in one line with them. A tenth as many lines as indenting everything, half the
/// bytes, and still a line per epoch.
std::string text_of(const nlohmann::json& json);

}  // namespace eigenrnn
