#include <iostream>
#include <memory>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "model/translation/bleu.h"
#include "support/error.h"
#include "support/files.h"
#include "support/utf8.h"

namespace eigenrnn {
namespace {

struct BleuArguments {
  std::string candidates, references;
  bool json = false;
};

// What is wrong with a line of text, without the LF or CRLF that ends it; empty if nothing is.
std::string fault_of(const std::string& line) {
  if (!is_utf8(line)) return "is not UTF-8";
  if (line.find('\0') != std::string::npos) return "has a zero byte: is it UTF-16?";
  if (line.find('\r') != std::string::npos) {
    return "has a carriage return without a line feed: a line must end in LF or CRLF";
  }
  return "";
}

// A sentence a line, tokens between white space; an empty line is a sentence without tokens.
std::vector<std::vector<std::string>> read_sentences(const std::string& file) {
  std::istringstream lines{std::string(without_byte_order_mark(read_file(file)))};
  std::vector<std::vector<std::string>> sentences;
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    const std::string fault = fault_of(line);
    if (!fault.empty()) throw Error(fmt::format("{}:{} {}", file, sentences.size() + 1, fault));
    sentences.push_back(split_at_white_space(line));
  }
  return sentences;
}

void show(const BleuArguments& arguments) {
  const auto candidates = read_sentences(arguments.candidates);
  const auto references = read_sentences(arguments.references);
  if (candidates.size() != references.size()) {
    throw Error(fmt::format(
        "bleu: {} has {} lines and {} has {}; line by line, they must be a candidate "
        "and its reference",
        arguments.candidates, candidates.size(), arguments.references, references.size()));
  }
  if (candidates.empty()) throw Error(fmt::format("bleu: {} is empty", arguments.candidates));
  const double bleu = corpus_bleu(candidates, references);
  if (!arguments.json) {
    std::cout << fmt::format("BLEU {:.4f} over {} sentences\n", bleu, candidates.size());
    return;
  }
  nlohmann::json each = nlohmann::json::array();
  for (size_t i = 0; i < candidates.size(); ++i) {
    each.push_back(corpus_bleu({candidates[i]}, {references[i]}));
  }
  std::cout << nlohmann::json({{"bleu", bleu}, {"each", each}}).dump(1) << '\n';
}

}  // namespace

void add_bleu_command(CLI::App& program, int& exit_code) {
  CLI::App* command = program.add_subcommand(
      "bleu", "Score translations against references by corpus BLEU-4, from 0 to 1");
  command->footer(
      "A file is UTF-8 and has one sentence a line, its tokens separated by white space and\n"
      "compared as they are: nothing is lower-cased or tokenized. Line by line, the two files are "
      "a\n"
      "candidate and its reference; an empty line is an empty translation. Uniform weights, no\n"
      "smoothing: the score is 0 where no four tokens in a row are right.\n"
      "Example: eigenrnn bleu candidates.txt references.txt --json");
  auto arguments = std::make_shared<BleuArguments>();
  command->add_option("candidates", arguments->candidates, "file of translations")
      ->required()
      ->check(CLI::ExistingFile);
  command->add_option("references", arguments->references, "file of right translations")
      ->required()
      ->check(CLI::ExistingFile);
  command->add_flag("--json", arguments->json,
                    "for programs: all digits, and the score of each sentence");
  command->callback([arguments, &exit_code] {
    show(*arguments);
    exit_code = 0;
  });
}

}  // namespace eigenrnn
