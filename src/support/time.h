#pragma once
#include <string>

namespace eigenrnn {

/// The time now, ISO 8601 in UTC.
std::string utc_now();

/// "2 h 05 min", "3 min 20 s", "12 s"
std::string duration(double seconds);

}  // namespace eigenrnn
