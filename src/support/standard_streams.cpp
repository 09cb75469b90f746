#include "support/standard_streams.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <iostream>
#include <unistd.h>

namespace eigenrnn {

void reserve_standard_streams() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) >= 0) continue;
    // The lowest free descriptor is this one. The wrong way round, so that using it fails.
    if (::open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0) return;
  }
}

std::string standard_output_problem() {
  const bool was_good = std::cout.good();
  errno = 0;
  std::cout.flush();
  if (std::cout.good()) return "";
  const int error = was_good ? errno : 0;  // of an earlier failure the reason is not known any more
  return "standard output cannot be written, and is not whole" +
         (error == 0 ? std::string() : std::string(": ") + std::strerror(error));
}

}  // namespace eigenrnn
