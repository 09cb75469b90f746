#include "support/json_integer.h"

#include <limits>

#include <fmt/format.h>

#include "support/error.h"

namespace eigenrnn {

bool is_int64(const nlohmann::json& value) {
  constexpr uint64_t kLargest = std::numeric_limits<int64_t>::max();
  return value.is_number_integer() &&
         (!value.is_number_unsigned() || value.get<uint64_t>() <= kLargest);
}

int64_t int64_at(const nlohmann::json& object, const std::string& name) {
  const nlohmann::json& value = object.at(name);
  if (is_int64(value)) return value.get<int64_t>();
  throw Error(
      fmt::format("'{}' is {}, and must be an integer of at most 64 bits", name, value.dump()));
}

}  // namespace eigenrnn
