#include <gtest/gtest.h>

#include "support/utf8.h"

namespace eigenrnn {
namespace {

using Words = std::vector<std::string>;

TEST(Text, IsTakenApartAtAllWhiteSpace) {  // expected: Python's str.split
  EXPECT_EQ(split_at_white_space("  a b\tc\u00a0d\u3000e\u2009f "),
            (Words{"a", "b", "c", "d", "e", "f"}));
  EXPECT_EQ(split_at_white_space("a\x1c b\u0085c"), (Words{"a", "b", "c"}));
  EXPECT_EQ(split_at_white_space("zero\u200bwidth"), (Words{"zero\u200bwidth"}));
  EXPECT_EQ(split_at_white_space(" \u00a0"), Words{});
}

TEST(Text, IsFoldedOntoOneLine) {
  EXPECT_EQ(folded("one\n  two \r\n\tthree\n"), "one two three");
  EXPECT_EQ(folded("\n a  b \u2028c "), "a  b c");  // spaces alone are the author's
  EXPECT_EQ(folded("\n"), "");
}

TEST(Text, ControlCharactersAreFound) {
  EXPECT_EQ(control_character_in("a\x1b[31mred"), "U+001B");
  EXPECT_EQ(control_character_in("a\u009b"), "U+009B");
  EXPECT_EQ(control_character_in("déjà vu 漢字"), "");
}

TEST(Text, WideCharactersTakeTwoColumns) {
  EXPECT_EQ(display_width("añ"), 2u);
  EXPECT_EQ(display_width("e\u0301"), 1u);  // a letter and a combining accent
  EXPECT_EQ(display_width("漢字🙂"), 6u);
  EXPECT_EQ(cut_to_width("漢字 text", 3), "漢");
  EXPECT_EQ(cut_to_width("漢字 text", 5), "漢字 ");
  EXPECT_EQ(cut_to_width("e\u0301a", 1), "e\u0301");
  EXPECT_EQ(padded_to_width("漢", 4), "漢  ");
  EXPECT_EQ(padded_to_width("too long", 4), "too long");
}

TEST(Text, AByteOrderMarkIsNoText) {
  EXPECT_EQ(without_byte_order_mark("\ufeffa"), "a");
  EXPECT_EQ(without_byte_order_mark("a\ufeff"), "a\ufeff");
  EXPECT_EQ(without_byte_order_mark("\xef\xbb"), "\xef\xbb");
}

}  // namespace
}  // namespace eigenrnn
