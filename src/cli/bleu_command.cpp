#include <iostream>
#include <iterator>
#include <memory>
#include <sstream>

#include <fmt/format.h>

#include "cli/commands.h"
#include "support/error.h"
#include "support/files.h"
#include "tasks/multi30k/bleu.h"

namespace eigenrnn {
namespace {

struct BleuArguments {
  std::string candidates, references;
  bool json = false;
};

// A sentence a line, tokens between spaces; an empty line is a sentence without tokens.
std::vector<std::vector<std::string>> read_sentences(const std::string& file) {
  std::istringstream lines(read_file(file));
  std::vector<std::vector<std::string>> sentences;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream tokens(line);
    sentences.emplace_back(std::istream_iterator<std::string>(tokens),
                           std::istream_iterator<std::string>());
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
      "A file has one sentence a line, its tokens separated by spaces and compared as they are:\n"
      "nothing is lower-cased or tokenized. Line by line, the two files are a candidate and its\n"
      "reference; an empty line is an empty translation. Uniform weights, no smoothing: the score\n"
      "is 0 where no four tokens in a row are right.\n"
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
