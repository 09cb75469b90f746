#include "support/utf8.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <fmt/format.h>

namespace eigenrnn {
namespace {

// Calls `use(character, begin, end)` for each character and its bytes, until that returns false.
// A byte that is no UTF-8 is U+FFFD.
template <class Use>
void for_each_character(std::string_view text, Use use) {
  for (size_t i = 0; i < text.size();) {
    const size_t begin = i;
    UChar32 character = 0;
    U8_NEXT_OR_FFFD(text.data(), i, text.size(), character);
    if (!use(character, begin, i)) return;
  }
}

bool is_line_break_or_tab(UChar32 character) {
  return (character >= '\t' && character <= '\r') || character == 0x85 || character == 0x2028 ||
         character == 0x2029;
}

size_t columns_of(UChar32 character) {
  constexpr uint32_t kInvisible = U_GC_MN_MASK | U_GC_ME_MASK | U_GC_CF_MASK | U_GC_CC_MASK;
  if ((U_GET_GC_MASK(character) & kInvisible) != 0) return 0;
  const int width = u_getIntPropertyValue(character, UCHAR_EAST_ASIAN_WIDTH);
  return width == U_EA_WIDE || width == U_EA_FULLWIDTH ? 2 : 1;
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    UChar32 character = 0;
    U8_NEXT(text.data(), i, text.size(), character);
    if (character < 0) return false;
  }
  return true;
}

std::string_view without_byte_order_mark(std::string_view text) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  return text.substr(0, kMark.size()) == kMark ? text.substr(kMark.size()) : text;
}

std::vector<std::string> split_at_white_space(std::string_view text) {
  std::vector<std::string> pieces;
  bool is_within = false;
  for_each_character(text, [&](UChar32 character, size_t begin, size_t end) {
    if (u_isspace(character)) {
      is_within = false;
      return true;
    }
    if (!is_within) pieces.emplace_back();
    pieces.back() += text.substr(begin, end - begin);
    return is_within = true;
  });
  return pieces;
}

std::string folded(std::string_view text) {
  std::string line;
  bool is_after_break = true;  // as at the beginning: spaces are dropped
  const auto drop_spaces = [&] { line.erase(line.find_last_not_of(' ') + 1); };
  for_each_character(text, [&](UChar32 character, size_t begin, size_t end) {
    if (is_line_break_or_tab(character)) {
      drop_spaces();
      if (!line.empty()) line += ' ';
      is_after_break = true;
    } else if (!is_after_break || character != ' ') {
      line += text.substr(begin, end - begin);
      is_after_break = false;
    }
    return true;
  });
  drop_spaces();
  return line;
}

std::string control_character_in(std::string_view text) {
  std::string found;
  for_each_character(text, [&](UChar32 character, size_t, size_t) {
    if (u_charType(character) == U_CONTROL_CHAR) {
      found = fmt::format("U+{:04X}", static_cast<uint32_t>(character));
    }
    return found.empty();
  });
  return found;
}

size_t display_width(std::string_view text) {
  size_t columns = 0;
  for_each_character(text, [&](UChar32 character, size_t, size_t) {
    columns += columns_of(character);
    return true;
  });
  return columns;
}

std::string cut_to_width(std::string_view text, size_t columns) {
  size_t used = 0, bytes = 0;
  for_each_character(text, [&](UChar32 character, size_t, size_t end) {
    used += columns_of(character);
    if (used <= columns) bytes = end;
    return used <= columns;
  });
  return std::string(text.substr(0, bytes));
}

std::string padded_to_width(const std::string& text, size_t columns) {
  const size_t width = display_width(text);
  return width < columns ? text + std::string(columns - width, ' ') : text;
}

}  // namespace eigenrnn
