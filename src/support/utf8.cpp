#include "support/utf8.h"

#include <unicode/utf8.h>

namespace eigenrnn {

bool is_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    UChar32 character = 0;
    U8_NEXT(text.data(), i, text.size(), character);
    if (character < 0) return false;
  }
  return true;
}

}  // namespace eigenrnn
