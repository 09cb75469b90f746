#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace eigenrnn {

/// Is this text well-formed UTF-8? As strictly as JSON needs it: no surrogates, no overlong forms.
bool is_utf8(std::string_view text);

/// The text after its byte order mark, if it begins with one.
std::string_view without_byte_order_mark(std::string_view text);

/// The pieces between white space, which is all that Unicode calls so (no-break spaces too) and, as
/// for Python's str.split, the ASCII separators. `text` is UTF-8.
std::vector<std::string> split_at_white_space(std::string_view text);

/// On one line: each line break or tab, with the spaces around it, becomes a space; spaces at both
/// ends are dropped.
std::string folded(std::string_view text);

/// "U+001B" for the first control character, of which terminals and TeX make what they like; empty
/// if there is none.
std::string control_character_in(std::string_view text);

/// How many columns of a terminal the text takes: a wide character (CJK, emoji) two, a combining or
/// invisible one none.
size_t display_width(std::string_view text);
/// The longest beginning that takes at most so many columns.
std::string cut_to_width(std::string_view text, size_t columns);
/// The text with spaces after it, up to so many columns.
std::string padded_to_width(const std::string& text, size_t columns);

}  // namespace eigenrnn
