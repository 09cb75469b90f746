#pragma once
#include <string_view>

namespace eigenrnn {

/// Is this text well-formed UTF-8? As strictly as JSON needs it: no surrogates, no overlong forms.
bool is_utf8(std::string_view text);

}  // namespace eigenrnn
