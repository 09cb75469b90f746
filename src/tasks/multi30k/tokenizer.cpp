#include "tasks/multi30k/tokenizer.h"

#include <map>
#include <memory>
#include <unicode/brkiter.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/ustring.h>

#include <fmt/format.h>

#include "support/error.h"

namespace eigenrnn {
namespace {

void check(UErrorCode status, const std::string& action) {
  if (U_FAILURE(status)) {
    throw Error(fmt::format("tokenize: cannot {}: {}", action, u_errorName(status)));
  }
}

// Strictly: UnicodeString::fromUTF8 would put U+FFFD where a byte is wrong, and say nothing.
icu::UnicodeString from_utf8(std::string_view utf8) {
  const auto size = static_cast<int32_t>(utf8.size());
  icu::UnicodeString text;
  UErrorCode status = U_ZERO_ERROR;
  int32_t length = 0;
  // There are never more UTF-16 units than bytes of UTF-8.
  u_strFromUTF8(text.getBuffer(size), size, &length, utf8.data(), size, &status);
  text.releaseBuffer(U_SUCCESS(status) ? length : 0);
  if (status == U_INVALID_CHAR_FOUND) throw Error("tokenize: the text is not valid UTF-8");
  if (status != U_STRING_NOT_TERMINATED_WARNING) check(status, "read UTF-8");
  return text;
}

// An iterator has the text that it is on as its state: each thread has its own.
icu::BreakIterator& words_of(const icu::Locale& locale) {
  thread_local std::map<std::string, std::unique_ptr<icu::BreakIterator>> iterators;
  std::unique_ptr<icu::BreakIterator>& iterator = iterators[locale.getName()];
  if (!iterator) {
    UErrorCode status = U_ZERO_ERROR;
    iterator.reset(icu::BreakIterator::createWordInstance(locale, status));
    check(status, fmt::format("find the words of locale '{}'", locale.getName()));
  }
  return *iterator;
}

bool is_visible(const icu::UnicodeString& text) {
  for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const UChar32 character = text.char32At(i);
    if (!u_isUWhiteSpace(character) && !u_iscntrl(character)) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> tokenize(std::string_view utf8, const std::string& locale) {
  const icu::Locale icu_locale(locale.c_str());
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* composer = icu::Normalizer2::getNFCInstance(status);
  check(status, "find the normal form C");
  // In this order, since lower-casing can take a normal form apart.
  const icu::UnicodeString text = composer->normalize(from_utf8(utf8).toLower(icu_locale), status);
  check(status, "bring the text into normal form C");

  icu::BreakIterator& iterator = words_of(icu_locale);
  iterator.setText(text);
  std::vector<std::string> tokens;
  int32_t begin = iterator.first();
  for (int32_t end = iterator.next(); end != icu::BreakIterator::DONE; end = iterator.next()) {
    const icu::UnicodeString token = text.tempSubStringBetween(begin, end);
    if (is_visible(token)) token.toUTF8String(tokens.emplace_back());
    begin = end;
  }
  return tokens;
}

}  // namespace eigenrnn
