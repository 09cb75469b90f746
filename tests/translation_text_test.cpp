#include <cmath>
#include <filesystem>
#include <unistd.h>
#include <zlib.h>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/translation/bleu.h"
#include "support/error.h"
#include "support/files.h"
#include "tasks/multi30k/parallel_corpus.h"
#include "tasks/multi30k/tokenizer.h"
#include "tasks/multi30k/vocabulary.h"

namespace eigenrnn {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using Tokens = std::vector<std::string>;

TEST(Tokenizer, WordsAreLowerCasedAndPunctuationStandsAlone) {
  EXPECT_EQ(tokenize("Zwei junge weiße Männer sind im Freien.", "de"),
            (Tokens{"zwei", "junge", "weiße", "männer", "sind", "im", "freien", "."}));
  EXPECT_EQ(tokenize("ÄPFEL, Öl & STRAẞE; Straße", "de"),
            (Tokens{"äpfel", ",", "öl", "&", "straße", ";", "straße"}));
  EXPECT_EQ(tokenize("(Really?!)", "en"), (Tokens{"(", "really", "?", "!", ")"}));
  EXPECT_EQ(tokenize("wait...", "en"), (Tokens{"wait", ".", ".", "."}));
}

TEST(Tokenizer, EqualTextsInOtherNormalFormsAreEqual) {
  EXPECT_EQ(tokenize("Ma\u0308nner", "de"), (Tokens{"m\u00e4nner"}));
  EXPECT_EQ(tokenize("A\u0308pfel", "de"), tokenize("\u00c4pfel", "de"));
  // The capital İ has no single lower-case letter outside Turkish: i and a combining dot.
  EXPECT_EQ(tokenize("\u0130stanbul", "en"), (Tokens{"i\u0307stanbul"}));
  EXPECT_EQ(tokenize("I\u0307stanbul", "en"), (Tokens{"i\u0307stanbul"}));
  EXPECT_EQ(tokenize("\u0130I", "tr"), (Tokens{"i\u0131"}));
}

TEST(Tokenizer, QuotesPartButApostrophesDoNot) {
  EXPECT_EQ(tokenize("„Ja“, \"no\"", "de"), (Tokens{"„", "ja", "“", ",", "\"", "no", "\""}));
  EXPECT_EQ(tokenize("Don't don’t l'été", "en"), (Tokens{"don't", "don’t", "l'été"}));
  EXPECT_EQ(tokenize("the boys' 'toys'", "en"), (Tokens{"the", "boys", "'", "'", "toys", "'"}));
}

TEST(Tokenizer, NumbersKeepTheirSeparatorsAndHyphensPart) {
  EXPECT_EQ(tokenize("3.14 and 1,000.", "en"), (Tokens{"3.14", "and", "1,000", "."}));
  EXPECT_EQ(tokenize("$5, 50%", "en"), (Tokens{"$", "5", ",", "50", "%"}));
  EXPECT_EQ(tokenize("T-Shirt", "de"), (Tokens{"t", "-", "shirt"}));
  EXPECT_EQ(tokenize("black-and-white", "en"), (Tokens{"black", "-", "and", "-", "white"}));
  EXPECT_EQ(tokenize("a – b—c", "en"), (Tokens{"a", "–", "b", "—", "c"}));
}

TEST(Tokenizer, WhatIsNotVisibleIsDropped) {
  EXPECT_EQ(tokenize("  a\u00a0b\t \u2003c\r\n", "en"), (Tokens{"a", "b", "c"}));
  EXPECT_EQ(tokenize("\ufeffa \u200b b", "en"), (Tokens{"a", "b"}));  // byte order mark, ZWSP
  EXPECT_EQ(tokenize("", "en"), Tokens{});
  EXPECT_EQ(tokenize(" \u00a0", "en"), Tokens{});
}

TEST(Tokenizer, AnEmojiIsOneToken) {
  EXPECT_EQ(tokenize("Nice😀👍🏽!", "en"), (Tokens{"nice", "😀", "👍🏽", "!"}));
  // A family of three, joined by U+200D.
  EXPECT_EQ(tokenize("👨\u200d👩\u200d👧", "en"), (Tokens{"👨\u200d👩\u200d👧"}));
}

TEST(Tokenizer, BadUtf8IsAnError) {
  for (const char* text :
       {"caf\xe9", "\xc3", "\x80", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "a\xff"}) {
    EXPECT_THROW(tokenize(text, "en"), Error) << text;
  }
  EXPECT_EQ(tokenize("\ufffd", "en"), (Tokens{"\ufffd"}));  // U+FFFD itself is a character
}

TEST(Vocabulary, IsInTheOrderOfCountsThenCodePoints) {
  const Tokens first = {"b", "a", "ä", "z", "b"}, second = {"ä", "a", "once", "z", "b"};
  const Vocabulary vocabulary({&first, &second}, 2);
  ASSERT_EQ(vocabulary.size(), 8);
  Tokens tokens;
  for (int64_t i = 0; i < vocabulary.size(); ++i) {
    tokens.push_back(vocabulary.token(i));
    if (i > Vocabulary::kEnd) {
      EXPECT_EQ(vocabulary.index(vocabulary.token(i)), i);
    }
  }
  EXPECT_EQ(tokens, (Tokens{"<unk>", "<pad>", "<sos>", "<eos>", "b", "a", "z", "ä"}));
  EXPECT_EQ(vocabulary.index("once"), Vocabulary::kUnknown);
  EXPECT_EQ(vocabulary.index("<pad>"), Vocabulary::kUnknown);  // as a word of a text
  EXPECT_EQ(Vocabulary({&first, &second}, 1).size(), 9);
  EXPECT_THROW(vocabulary.token(8), Error);
  EXPECT_THROW(vocabulary.token(-1), Error);
}

double bleu(const Tokens& candidate, const Tokens& reference) {
  return corpus_bleu({candidate}, {reference});
}

TEST(Bleu, HasItsClosedFormValues) {
  const Tokens abcde = {"a", "b", "c", "d", "e"};
  EXPECT_DOUBLE_EQ(bleu(abcde, abcde), 1);
  EXPECT_EQ(bleu({}, abcde), 0);
  EXPECT_EQ(bleu({}, {}), 0);
  EXPECT_EQ(bleu({"a", "b", "c"}, abcde), 0);            // it has no four tokens in a row
  EXPECT_EQ(bleu({"v", "w", "x", "y", "z"}, abcde), 0);  // no overlap
  // Brevity: all precisions are 1, and 4 tokens stand for 5.
  EXPECT_NEAR(bleu({"a", "b", "c", "d"}, abcde), std::exp(1 - 5.0 / 4), 1e-12);
  // A longer candidate has no penalty: 5/6, 4/5, 3/4, 2/3, whose product is 1/3.
  EXPECT_NEAR(bleu({"a", "b", "c", "d", "e", "f"}, abcde), std::pow(1 / 3.0, 0.25), 1e-12);
  // Clipped: "a" counts 4 of 6 times, "a a" 3 of 5, "a a a" 2 of 4, "a a a a" 1 of 3.
  EXPECT_NEAR(bleu(Tokens(6, "a"), Tokens(4, "a")), std::pow(4 / 6.0 * 3 / 5 * 2 / 4 / 3, 0.25),
              1e-12);
}

TEST(Bleu, SumsOverTheCorpus) {
  const Tokens abcd = {"a", "b", "c", "d"}, xyzu = {"x", "y", "z", "u"};
  // Of two candidates of 4 tokens one is right: each precision is a half.
  EXPECT_NEAR(corpus_bleu({abcd, abcd}, {abcd, xyzu}), 0.5, 1e-12);
  // An empty candidate counts as one n-gram of each order that is wrong, and its reference for r.
  EXPECT_NEAR(corpus_bleu({abcd, {}}, {abcd, abcd}),
              std::exp(1 - 8.0 / 4) * std::pow(4 / 5.0 * 3 / 4 * 2 / 3 * 1 / 2, 0.25), 1e-12);
}

TEST(Bleu, WhatDoesNotMatchIsAnError) {
  EXPECT_THROW(corpus_bleu({}, {}), Error);
  EXPECT_THROW(corpus_bleu({{"a"}}, {{"a"}, {"b"}}), Error);
}

template <class Function>
std::string message(Function function) {
  try {
    function();
  } catch (const DataError& error) {
    return error.what();
  }
  return "no DataError";
}

std::vector<SentencePair> pairs(const std::string& german, const std::string& english) {
  return parse_pairs({"some.de", german}, {"some.en", english});
}

TEST(ParallelCorpus, LinesArePairs) {
  const auto found = pairs("Ein Hund. \r\n\tZwei Hunde\n", "A dog.\nTwo dogs");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].source_text, "Ein Hund.");
  EXPECT_EQ(found[0].source, (Tokens{"ein", "hund", "."}));
  EXPECT_EQ(found[1].source_text, "Zwei Hunde");
  EXPECT_EQ(found[1].target_text, "Two dogs");
  EXPECT_EQ(found[1].target, (Tokens{"two", "dogs"}));
}

TEST(ParallelCorpus, WhatIsWrongIsSaidWithFileLineAndRemedy) {
  EXPECT_EQ(message([] { pairs("eins\n\nzwei\n", "one\n\ntwo\n"); }),
            "some.de:2 is empty, and must be a sentence; to mend it: datasets/fetch_multi30k.sh");
  EXPECT_THAT(message([] { pairs("eins\nzwei\n", "one\n \t\r\n"); }), HasSubstr("some.en:2 is"));
  EXPECT_THAT(
      message([] { pairs("eins\nzw\xff\n", "one\ntwo\n"); }),
      HasSubstr("some.de:2 cannot be read: tokenize: the text is not valid UTF-8; to mend"));
  EXPECT_THAT(message([] { pairs("eins\nzwei\n", "one\ntwo\nthree\n"); }),
              HasSubstr("some.de has 2 lines and some.en has 3, where"));
}

class Gzip : public testing::Test {
 protected:
  void TearDown() override { fs::remove_all(folder_); }

  fs::path write(const std::string& bytes) const {
    write_atomically(folder_ / "file.gz", bytes);
    return folder_ / "file.gz";
  }
  std::string message_for(const std::string& bytes, const std::string& checksum = "") const {
    const fs::path path = write(bytes);
    return message([&] { read_gzip(path, checksum); });
  }
  // As gzip packs it.
  std::string packed(const std::string& content) const {
    write("");
    const gzFile file = gzopen((folder_ / "file.gz").c_str(), "wb");
    gzwrite(file, content.data(), static_cast<unsigned>(content.size()));
    gzclose(file);
    return read_file(folder_ / "file.gz");
  }

  fs::path folder_ = fs::temp_directory_path() / fmt::format("eigenrnn-gzip-{}", ::getpid());
};

TEST_F(Gzip, UnpacksMoreThanABlock) {
  std::string content;
  for (int i = 0; i < 50000; ++i) content += fmt::format("line {}\n", i * 7919 % 65536);
  const std::string bytes = packed(content);
  EXPECT_EQ(read_gzip(write(bytes), sha256(bytes)), content);
  EXPECT_EQ(read_gzip(write(packed("")), ""), "");
}

TEST_F(Gzip, WhatIsWrongIsSaidWithTheRemedy) {
  const std::string good = packed("Ein Hund.\n");
  EXPECT_THAT(message([&] { read_gzip(folder_ / "nothing.gz", ""); }),
              HasSubstr("nothing.gz is missing; to mend it: datasets/fetch_multi30k.sh"));
  EXPECT_THAT(message_for(good.substr(0, good.size() - 1)), HasSubstr("file.gz is truncated;"));
  EXPECT_THAT(message_for(good.substr(0, 5)), HasSubstr("file.gz is truncated;"));
  EXPECT_THAT(message_for(""), HasSubstr("file.gz is truncated;"));
  EXPECT_THAT(message_for("Ein Hund.\n"), HasSubstr("is not a gzip file"));
  std::string damaged = good;
  damaged[damaged.size() - 6] ^= 1;  // in the checksum of its own
  EXPECT_THAT(message_for(damaged), HasSubstr("or a broken one (incorrect data check)"));
  EXPECT_THAT(message_for(good + "xy"), HasSubstr("has 2 bytes after its end"));
  EXPECT_THAT(message_for(good, std::string(64, '0')), HasSubstr("is not the published file"));
}

TEST(Multi30k, TheRealSentencesAreThere) {
  const fs::path datasets = fs::path(EIGENRNN_SOURCE_DIR) / "datasets";
  ::setenv("EIGENRNN_DATASETS", datasets.c_str(), 0);
  const ParallelCorpus corpus = load_multi30k(datasets_directory() / "multi30k");  // make datasets
  ASSERT_EQ(corpus.train.size(), 29000u);
  EXPECT_EQ(corpus.validation.size(), 1014u);
  EXPECT_EQ(corpus.test.size(), 1000u);
  EXPECT_EQ(corpus.facts.at("train").at("pairs"), 29000);
  EXPECT_EQ(corpus.facts.at("sha256").size(), 6u);
  EXPECT_EQ(corpus.train[0].target, (Tokens{"two", "young", ",", "white", "males", "are", "outside",
                                            "near", "many", "bushes", "."}));
  std::vector<const Tokens*> german, english;
  for (const SentencePair& pair : corpus.train) {
    german.push_back(&pair.source);
    english.push_back(&pair.target);
  }
  const Vocabulary source(german, 2), target(english, 2);
  EXPECT_EQ(source.size(), 7876);
  EXPECT_EQ(target.size(), 5943);
}

}  // namespace
}  // namespace eigenrnn
