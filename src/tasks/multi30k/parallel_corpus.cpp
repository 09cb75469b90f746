#include "tasks/multi30k/parallel_corpus.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "checksums.h"
#include "support/data_file.h"
#include "support/error.h"
#include "support/gzip.h"
#include "tasks/multi30k/tokenizer.h"

namespace eigenrnn {
namespace fs = std::filesystem;
namespace {

constexpr const char* kRemedy = "datasets/fetch_multi30k.sh";
constexpr const char* kWhiteSpace = " \t\r\v\f";  // within a line

struct Sentence {
  std::string text;
  std::vector<std::string> tokens;
};

std::vector<Sentence> parse_sentences(const CorpusSide& side, const std::string& locale) {
  const DataFile file = {side.file, kRemedy};
  std::vector<Sentence> sentences;
  for (size_t begin = 0; begin < side.content.size();) {
    const size_t end = std::min(side.content.find('\n', begin), side.content.size());
    std::string text = side.content.substr(begin, end - begin);
    begin = end + 1;  // so what a last newline ends is no line more
    text.erase(text.find_last_not_of(kWhiteSpace) + 1);
    text.erase(0, text.find_first_not_of(kWhiteSpace));
    const size_t line = sentences.size() + 1;
    std::vector<std::string> tokens;
    try {
      tokens = tokenize(text, locale);
    } catch (const Error& error) {
      file.fail(line, fmt::format("cannot be read: {}", error.what()));
    }
    if (tokens.empty()) file.fail(line, "is empty, and must be a sentence");
    sentences.push_back({std::move(text), std::move(tokens)});
  }
  return sentences;
}

}  // namespace

std::string read_gzip(const fs::path& path, const std::string& expected_sha256) {
  const DataFile file = {path, kRemedy};
  const std::string bytes = file.read();
  std::string content;
  try {
    content = gunzip(bytes);
  } catch (const Error& error) {
    file.fail(error.what());
  }
  file.check_sha256(bytes, expected_sha256);
  return content;
}

std::vector<SentencePair> parse_pairs(const CorpusSide& german, const CorpusSide& english) {
  std::vector<Sentence> sources = parse_sentences(german, "de");
  std::vector<Sentence> targets = parse_sentences(english, "en");
  if (sources.size() != targets.size()) {
    DataFile{german.file, kRemedy}.fail(
        fmt::format("has {} lines and {} has {}, where line by line must be a pair", sources.size(),
                    english.file.string(), targets.size()));
  }
  std::vector<SentencePair> pairs;
  pairs.reserve(sources.size());
  for (size_t i = 0; i < sources.size(); ++i) {
    pairs.push_back({std::move(sources[i].text), std::move(targets[i].text),
                     std::move(sources[i].tokens), std::move(targets[i].tokens)});
  }
  return pairs;
}

ParallelCorpus load_multi30k(const fs::path& folder) {
  ParallelCorpus corpus;
  const auto read = [&](const std::string& name) -> CorpusSide {
    const std::string& checksum = kMulti30kSha256.at(name);
    corpus.facts["sha256"][name] = checksum;
    return {folder / name, read_gzip(folder / name, checksum)};
  };
  const auto load = [&](const std::string& split, const std::string& file) {
    std::vector<SentencePair> pairs = parse_pairs(read(file + ".de.gz"), read(file + ".en.gz"));
    corpus.facts[split] = {{"pairs", pairs.size()}};
    return pairs;
  };
  corpus.train = load("train", "train");
  corpus.validation = load("validation", "val");
  corpus.test = load("test", "test_2016_flickr");
  return corpus;
}

}  // namespace eigenrnn
