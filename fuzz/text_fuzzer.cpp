// A corpus: the German side up to the first NUL, then the English one.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "support/error.h"
#include "tasks/multi30k/parallel_corpus.h"
#include "tasks/multi30k/tokenizer.h"

namespace {

// A token is a text too, and there is something to see in it.
void check(const std::vector<std::string>& tokens, const std::string& locale) {
  if (tokens.empty()) std::abort();
  for (const std::string& token : tokens) {
    if (eigenrnn::tokenize(token, locale).empty()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const size_t german_size = std::min(text.find('\0'), size);
  const std::string english = text.substr(std::min(german_size + 1, size));
  try {
    const auto pairs =
        eigenrnn::parse_pairs({"some.de", text.substr(0, german_size)}, {"some.en", english});
    for (const eigenrnn::SentencePair& pair : pairs) {
      check(pair.source, "de");
      check(pair.target, "en");
    }
  } catch (const eigenrnn::DataError&) {
  }
  return 0;
}
