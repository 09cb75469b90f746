#pragma once
#include <stdexcept>
#include <string>

namespace eigenrnn {

/// What a user can mend. The kind says how, and decides the program's exit code (main.cpp); as it
/// stands, the user mends what they wrote, on the command line or in a manifest: the message names
/// the bad value and the rule that it breaks. Exit code 2.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A data file is missing, truncated or wrong; the message ends with the command that mends it.
/// Exit code 1.
struct DataError : Error {
  using Error::Error;
};

/// The system does not take or keep a file: make room, or mend the permissions. The message has its
/// path and the system's reason. Exit code 1.
struct StorageError : Error {
  using Error::Error;
};

/// What cannot happen did: nothing for the user to mend, but to report. Exit code 70.
struct Bug : std::logic_error {
  using std::logic_error::logic_error;
};

}  // namespace eigenrnn
