#include "support/terminal.h"

#include <cstdlib>
#include <string_view>
#include <unistd.h>

namespace eigenrnn {

bool is_terminal(int descriptor) {
  const char* type = std::getenv("TERM");
  return ::isatty(descriptor) != 0 && type != nullptr && *type != '\0' &&
         std::string_view(type) != "dumb";
}

}  // namespace eigenrnn
