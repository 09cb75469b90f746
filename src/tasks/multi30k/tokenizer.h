#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace eigenrnn {

/// The words of a text, lower-cased by the rules of `locale` (an ICU locale: "de", "en") and in
/// Unicode's normal form C. Words are what ICU's word BreakIterator (Unicode Annex 29) puts between
/// two boundaries; white space and invisible characters are dropped, every other punctuation mark
/// or symbol is a token of its own. So a number keeps its separators ("3.14", "1,000") and a word
/// its apostrophe ("don't"), and a hyphen parts: "T-Shirt" is "t", "-", "shirt". Thread-safe.
/// Throws Error if the text is not valid UTF-8.
std::vector<std::string> tokenize(std::string_view utf8, const std::string& locale);

}  // namespace eigenrnn
