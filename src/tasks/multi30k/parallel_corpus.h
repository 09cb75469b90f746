#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace eigenrnn {

/// A sentence in two languages: its text without surrounding white space, and its tokens.
struct SentencePair {
  std::string source_text, target_text;
  std::vector<std::string> source, target;
};

struct ParallelCorpus {
  std::vector<SentencePair> train, validation, test;
  nlohmann::json facts;  // the files' SHA-256, and the pairs of each split
};

/// Multi30k (Elliott, Frank, Sima'an & Specia 2016), German to English: 29,000 captions to train,
/// 1,014 to validate, and the 1,000 of test_2016_flickr. Reads `folder`/{train,val,
/// test_2016_flickr}.{de,en}.gz, each of which must have its published SHA-256. Throws DataError,
/// naming the file and, for text, the line, and ending with the command that mends it.
ParallelCorpus load_multi30k(const std::filesystem::path& folder);

/// The content of one of its .gz files. An empty `expected_sha256` is not compared. Throws
/// DataError if the file is missing, no gzip file, truncated, or of another checksum.
std::string read_gzip(const std::filesystem::path& path, const std::string& expected_sha256);

/// One side of a split: its file, for messages, and the file's decompressed content.
struct CorpusSide {
  std::filesystem::path file;
  std::string content;
};

/// The pairs of a split, a sentence a line, tokenized as German and English. White space at the
/// ends of a line, and with it the CR of a CRLF, is dropped. Throws DataError for bad UTF-8, an
/// empty line, or two sides of unequal length.
std::vector<SentencePair> parse_pairs(const CorpusSide& german, const CorpusSide& english);

}  // namespace eigenrnn
