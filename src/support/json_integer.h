#pragma once
#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

namespace eigenrnn {

/// Is it an integer that an int64_t can hold?
bool is_int64(const nlohmann::json& value);

/// The integer under `name`. nlohmann's own conversion takes any number, and is undefined for one
/// that does not fit. Throws Error for what is no int64_t, nlohmann::json::exception if there is
/// nothing.
int64_t int64_at(const nlohmann::json& object, const std::string& name);

}  // namespace eigenrnn
