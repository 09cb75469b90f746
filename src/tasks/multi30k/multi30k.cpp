// Multi30k (Elliott et al. 2016): a German caption is read word by word, and its English
// translation written by a decoder with the same cell.

#include "tasks/multi30k/multi30k.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "model/translation/bleu.h"
#include "model/translation/translation_model.h"
#include "support/error.h"
#include "support/files.h"
#include "tasks/multi30k/decoding.h"
#include "tasks/multi30k/vocabulary.h"

namespace eigenrnn {
namespace {

// Batches of similar length are cut from so many batches at a time: the pool of torchtext's
// BucketIterator.
constexpr int64_t kPooledBatches = 100;
constexpr int64_t kDecodingBatch = 250;
constexpr int64_t kSamples = 20;

// A sentence pair as indices, each sentence between <sos> and <eos>.
struct Item {
  std::vector<int64_t> source, target;
};

std::vector<int64_t> indices_of(const std::vector<std::string>& tokens, const Vocabulary& words) {
  std::vector<int64_t> indices = {Vocabulary::kStart};
  for (const std::string& token : tokens) indices.push_back(words.index(token));
  indices.push_back(Vocabulary::kEnd);
  return indices;
}

void keep_first(std::vector<SentencePair>& pairs, int64_t count, const std::string& option) {
  if (count > static_cast<int64_t>(pairs.size())) {
    throw Error(
        fmt::format("multi30k: {} is {}, and there are {} pairs", option, count, pairs.size()));
  }
  pairs.resize(static_cast<size_t>(count));
}

Vocabulary vocabulary_of(const std::vector<SentencePair>& pairs,
                         std::vector<std::string> SentencePair::*side, int64_t minimum_count) {
  std::vector<const std::vector<std::string>*> sentences;
  for (const SentencePair& pair : pairs) sentences.push_back(&(pair.*side));
  return Vocabulary(sentences, minimum_count);
}

// Fills column `row` of [T, B].
void fill(torch::Tensor& tokens, int64_t row, const std::vector<int64_t>& sentence) {
  auto all = tokens.accessor<int64_t, 2>();
  for (size_t t = 0; t < sentence.size(); ++t) all[static_cast<int64_t>(t)][row] = sentence[t];
}

class Multi30k : public Task {
 public:
  Multi30k(ParallelCorpus corpus, const Options& options)
      : corpus_(cut(std::move(corpus), options)),
        source_words_(
            vocabulary_of(corpus_.train, &SentencePair::source, options.integer("minimum_count"))),
        target_words_(
            vocabulary_of(corpus_.train, &SentencePair::target, options.integer("minimum_count"))),
        max_length_(options.integer("max_length")),
        beam_size_(options.integer("beam_size")) {
    settings_.attention = options.choice("attention") == "bahdanau";
    settings_.source_vocabulary = source_words_.size();
    settings_.target_vocabulary = target_words_.size();
    settings_.embedding_size = options.integer("embedding_size");
    settings_.dropout = options.number("dropout");
    settings_.teacher_forcing = options.number("teacher_forcing");
    for (Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
      for (const SentencePair& pair : pairs(split)) {
        items_[split].push_back(
            {indices_of(pair.source, source_words_), indices_of(pair.target, target_words_)});
      }
    }
  }

  int64_t size(Split split) const override { return static_cast<int64_t>(items_.at(split).size()); }

  Batch batch(Split split, const std::vector<int64_t>& items) const override {
    const std::vector<Item>& all = items_.at(split);
    const auto count = static_cast<int64_t>(items.size());
    Batch batch;
    batch.lengths = torch::empty({count}, torch::kInt64);
    batch.target_lengths = torch::empty({count}, torch::kInt64);
    int64_t* source_length = batch.lengths.data_ptr<int64_t>();
    int64_t* target_length = batch.target_lengths.data_ptr<int64_t>();
    for (int64_t b = 0; b < count; ++b) {
      const Item& item = all.at(static_cast<size_t>(items[b]));
      source_length[b] = static_cast<int64_t>(item.source.size());
      target_length[b] = static_cast<int64_t>(item.target.size()) - 1;  // <sos> is not predicted
    }
    const auto padded = [&](int64_t steps) {
      return torch::full({steps, count}, Vocabulary::kPadding, torch::kInt64);
    };
    batch.input = padded(*std::max_element(source_length, source_length + count));
    batch.target = padded(*std::max_element(target_length, target_length + count) + 1);
    for (int64_t b = 0; b < count; ++b) {
      const Item& item = all[static_cast<size_t>(items[b])];
      fill(batch.input, b, item.source);
      fill(batch.target, b, item.target);
    }
    return batch;
  }

  // In training: a random order is cut into pools, each sorted by length and cut into batches,
  // which are then shuffled. In evaluation: all by length.
  std::vector<std::vector<int64_t>> batches(Split split, int64_t batch_size,
                                            Random* random) const override {
    const int64_t pool = random ? batch_size * kPooledBatches : std::max<int64_t>(size(split), 1);
    std::vector<std::vector<int64_t>> result;
    for (std::vector<int64_t>& part : Task::batches(split, pool, random)) {
      sort_by_length(split, part);
      for (size_t start = 0; start < part.size(); start += static_cast<size_t>(batch_size)) {
        const size_t end = std::min(part.size(), start + static_cast<size_t>(batch_size));
        result.emplace_back(part.begin() + static_cast<std::ptrdiff_t>(start),
                            part.begin() + static_cast<std::ptrdiff_t>(end));
      }
    }
    if (random == nullptr) return result;
    std::vector<std::vector<int64_t>> shuffled;
    for (int64_t i : random->permutation(static_cast<int64_t>(result.size()))) {
      shuffled.push_back(std::move(result[static_cast<size_t>(i)]));
    }
    return shuffled;
  }

  TaskModel make_model(const RecurrentSettings& settings, const Random& random) const override {
    const auto network = std::make_shared<TranslationModel>(settings, settings_, random);
    return {network, [this, network](Split split, torch::Device device) {
              return evaluate(*network, split, device);
            }};
  }

  nlohmann::json data_facts() const override {
    nlohmann::json facts = corpus_.facts;
    facts["vocabulary"] = {{"source", source_words_.size()}, {"target", target_words_.size()}};
    for (Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
      facts[name_of(split)] = {{"pairs", size(split)}};
    }
    return facts;
  }

  std::string describe(Split split, int64_t item) const override {
    const SentencePair& pair = pairs(split).at(static_cast<size_t>(item));
    return fmt::format("{}\n  {}\n  {}\n", pair.source_text,
                       fmt::join(known(pair.source, source_words_), " "),
                       fmt::join(known(pair.target, target_words_), " "));
  }

  nlohmann::json to_json(Split split, int64_t item) const override {
    const SentencePair& pair = pairs(split).at(static_cast<size_t>(item));
    const Item& indices = items_.at(split)[static_cast<size_t>(item)];
    return {{"source", pair.source_text},
            {"target", pair.target_text},
            {"source_tokens", known(pair.source, source_words_)},
            {"target_tokens", known(pair.target, target_words_)},
            {"source_indices", indices.source},
            {"target_indices", indices.target}};
  }

 private:
  // Corpus metrics, which are no means over batches.
  Evaluation evaluate(TranslationModel& translator, Split split, torch::Device device) const {
    double forced_loss = 0, free_loss = 0, tokens = 0;
    std::vector<std::vector<std::string>> candidates(static_cast<size_t>(size(split))),
        references(candidates.size());
    for (const auto& indices : batches(split, kDecodingBatch, nullptr)) {
      const Batch part = batch(split, indices).to(device);
      GreedyDecoding greedy = decode_greedily(translator, part, max_length_);
      forced_loss += translator.loss(part).item<double>() * static_cast<double>(greedy.tokens);
      free_loss += greedy.loss;
      tokens += static_cast<double>(greedy.tokens);
      const Sentences sentences = beam_size_ == 1
                                      ? std::move(greedy.sentences)
                                      : decode_with_beam(translator, part, max_length_, beam_size_);
      for (size_t b = 0; b < indices.size(); ++b) {
        const auto item = static_cast<size_t>(indices[b]);
        references[item] = pairs(split)[item].target;
        for (int64_t word : sentences[b]) candidates[item].push_back(target_words_.token(word));
      }
    }
    Evaluation result;
    result.metrics = {{"loss", forced_loss / tokens},
                      {"perplexity", std::exp(forced_loss / tokens)},
                      {"free_running_loss", free_loss / tokens},
                      {"free_running_perplexity", std::exp(free_loss / tokens)},
                      {"bleu", corpus_bleu(candidates, references)}};
    for (int64_t i = 0; i < std::min(kSamples, size(split)); ++i) {
      const auto item = static_cast<size_t>(i);
      result.samples.push_back({{"source", pairs(split)[item].source_text},
                                {"reference", pairs(split)[item].target_text},
                                {"output", fmt::format("{}", fmt::join(candidates[item], " "))}});
    }
    return result;
  }

  static ParallelCorpus cut(ParallelCorpus corpus, const Options& options) {
    keep_first(corpus.train, options.integer("train_size"), "train_size");
    keep_first(corpus.validation, options.integer("validation_size"), "validation_size");
    keep_first(corpus.test, options.integer("test_size"), "test_size");
    return corpus;
  }

  const std::vector<SentencePair>& pairs(Split split) const {
    return split == Split::kTrain        ? corpus_.train
           : split == Split::kValidation ? corpus_.validation
                                         : corpus_.test;
  }

  // Target first, for that is where the time goes. Stable, so that equal lengths stay in order.
  void sort_by_length(Split split, std::vector<int64_t>& items) const {
    const std::vector<Item>& all = items_.at(split);
    const auto lengths = [&](int64_t i) {
      const Item& item = all[static_cast<size_t>(i)];
      return std::make_pair(item.target.size(), item.source.size());
    };
    std::stable_sort(items.begin(), items.end(),
                     [&](int64_t a, int64_t b) { return lengths(a) > lengths(b); });
  }

  // The tokens as the network sees them.
  static std::vector<std::string> known(const std::vector<std::string>& tokens,
                                        const Vocabulary& words) {
    std::vector<std::string> result;
    for (const std::string& token : tokens) result.push_back(words.token(words.index(token)));
    return result;
  }

  ParallelCorpus corpus_;
  Vocabulary source_words_, target_words_;
  int64_t max_length_, beam_size_;
  TranslationSettings settings_;
  std::map<Split, std::vector<Item>> items_;
};

const TaskRegistration kRegistration({
    "multi30k",
    "translate a German caption to English (Elliott et al. 2016)",
    multi30k_options(),
    {{"perplexity", "perplexity, teacher-forced", false, 1, true},
     {"free_running_perplexity", "perplexity, free-running", false, 1, true},
     {"bleu", "BLEU-4", true, 100},
     {"loss", "cross-entropy per token, teacher-forced, nats", false, 1, true},
     {"free_running_loss", "cross-entropy per token, free-running, nats", false, 1, true}},
    std::nullopt,
    {},
    [](const Options& options) {
      return make_translation_task(load_multi30k(datasets_directory() / "multi30k"), options);
    },
    /*version=*/1,
    {"Multi30k", "Multi30k", "translation"},
});

}  // namespace

const std::vector<OptionSpec>& multi30k_options() {
  static const std::vector<OptionSpec> specs = {
      OptionSpec::choice("attention", {"none", "bahdanau"}, "none",
                         "how the decoder sees the source: only through the encoder's last state, "
                         "or by attending to all states of a bidirectional encoder"),
      OptionSpec::integer("embedding_size", 256, "of a token, E").between(1, 65536).as_size(),
      OptionSpec::number("dropout", 0.5, "of both embeddings").between(0.0, 0.99),
      OptionSpec::number("teacher_forcing", 1.0,
                         "how often, in training, the decoder is fed the right last token, not its "
                         "own; 1 lets it run as one fused sequence")
          .between(0.0, 1.0),
      OptionSpec::integer("beam_size", 1, "beginnings kept when decoding for BLEU; 1 is greedy")
          .between(1, 100),
      OptionSpec::integer("max_length", 50, "tokens after which decoding stops").between(1, 1000),
      OptionSpec::integer("minimum_count", 2,
                          "how often a training token must occur to be in the vocabulary")
          .between(1, 1000),
      OptionSpec::integer("train_size", 29000, "training pairs").between(1, 29000).as_size(),
      OptionSpec::integer("validation_size", 1014, "validation pairs").between(1, 1014).as_size(),
      OptionSpec::integer("test_size", 1000, "test pairs, of test_2016_flickr")
          .between(1, 1000)
          .as_size(),
  };
  return specs;
}

std::unique_ptr<Task> make_translation_task(ParallelCorpus corpus, const Options& options) {
  return std::make_unique<Multi30k>(std::move(corpus), options);
}

}  // namespace eigenrnn
