#pragma once
#include <stdexcept>
#include <string>

namespace eigenrnn {

/// Anything a user can mend: the message names the bad value and the rule it breaks.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A data file is missing, truncated or wrong; the message ends with the command that mends it.
struct DataError : Error {
  using Error::Error;
};

}  // namespace eigenrnn
