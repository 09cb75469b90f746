#include "model/translation/translation_model.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tasks/multi30k/decoding.h"
#include "tasks/multi30k/vocabulary.h"
#include "translation_fixture.h"

namespace eigenrnn {
namespace {

using testing::ElementsAre;
using torch::Tensor;

constexpr int64_t kWords = 9;

struct Case {
  std::string cell;
  bool attention;
  int64_t layers;
};

std::shared_ptr<TranslationModel> model(const Case& c, double dropout = 0) {
  TranslationSettings settings;
  settings.attention = c.attention;
  settings.source_vocabulary = settings.target_vocabulary = kWords;
  settings.embedding_size = 6;
  settings.dropout = dropout;
  auto result =
      std::make_shared<TranslationModel>(recurrent(c.cell, 8, c.layers), settings, Random(1));
  const torch::NoGradGuard no_gradient;  // embeddings are small at first: make words differ
  for (auto& item : result->named_parameters()) {
    if (item.key().find("embedding") != std::string::npos) item.value().mul_(100);
  }
  result->eval();
  return result;
}

// Sentences of lengths 3, 5 and 2, <sos> and <eos> not counted.
Batch ragged_batch() {
  const std::vector<std::vector<int64_t>> sentences = {{4, 5, 6}, {7, 8, 4, 5, 6}, {6, 5}};
  Batch batch;
  batch.input = torch::full({7, 3}, Vocabulary::kPadding, torch::kInt64);
  batch.lengths = torch::empty({3}, torch::kInt64);
  for (int64_t b = 0; b < 3; ++b) {
    std::vector<int64_t> all = {Vocabulary::kStart};
    all.insert(all.end(), sentences[b].begin(), sentences[b].end());
    all.push_back(Vocabulary::kEnd);
    batch.lengths[b] = static_cast<int64_t>(all.size());
    for (size_t t = 0; t < all.size(); ++t) batch.input[static_cast<int64_t>(t)][b] = all[t];
  }
  batch.target = batch.input.clone();
  batch.target_lengths = batch.lengths - 1;
  return batch;
}

Batch only(const Batch& all, int64_t b) {
  const int64_t length = all.lengths[b].item<int64_t>();
  const auto cut = [&](const Tensor& x) { return x.slice(0, 0, length).narrow(1, b, 1); };
  return {cut(all.input), all.lengths.narrow(0, b, 1), cut(all.target),
          all.target_lengths.narrow(0, b, 1)};
}

class TranslationModelTest : public testing::TestWithParam<Case> {};

TEST_P(TranslationModelTest, PaddingAndNeighboursDoNotMatter) {
  const auto m = model(GetParam());
  const Batch batch = ragged_batch();
  double sum = 0;
  for (int64_t b = 0; b < 3; ++b) {
    sum += m->loss(only(batch, b)).item<double>() * batch.target_lengths[b].item<double>();
  }
  const double tokens = batch.target_lengths.sum().item<double>();
  EXPECT_NEAR(m->loss(batch).item<double>(), sum / tokens, 1e-5);
  // Nor does what stands in the padding.
  Batch other = batch;
  other.input =
      torch::where(batch.input.eq(Vocabulary::kPadding), torch::tensor(int64_t{8}), batch.input);
  EXPECT_NEAR(m->loss(other).item<double>(), sum / tokens, 1e-5);
}

TEST_P(TranslationModelTest, StepByStepIsTheWholeSequence) {
  const auto m = model(GetParam());
  const Batch batch = only(ragged_batch(), 1);
  const EncodedSource source = m->encode(batch);
  std::vector<RecurrentState> state = source.start;
  double loss = 0;
  for (int64_t t = 0; t + 1 < batch.target.size(0); ++t) {
    const Tensor scores = m->next(source, state, batch.target[t]).log_softmax(1);
    loss -= scores[0][batch.target[t + 1].item<int64_t>()].item<double>();
  }
  EXPECT_NEAR(m->loss(batch).item<double>(), loss / batch.target_lengths[0].item<double>(), 1e-5);
}

TEST_P(TranslationModelTest, EveryParameterGetsAGradient) {
  const auto m = model(GetParam());
  m->train();
  m->loss(ragged_batch()).backward();
  for (const auto& item : m->named_parameters()) {
    // Softmax does not see what is added to all of its scores.
    if (item.key() == "recurrent.attention_score.bias") continue;
    ASSERT_TRUE(item.value().grad().defined()) << item.key();
    EXPECT_GT(item.value().grad().abs().max().item<double>(), 0) << item.key();
  }
}

TEST_P(TranslationModelTest, FedItsOwnWordsItStillLearns) {
  TranslationSettings settings;
  const Case c = GetParam();
  settings.attention = c.attention;
  settings.source_vocabulary = settings.target_vocabulary = kWords;
  settings.embedding_size = 6;
  settings.teacher_forcing = 0.0;
  TranslationModel never(recurrent(c.cell, 8, c.layers), settings, Random(1));
  const Batch batch = ragged_batch();
  // Without teacher forcing the training loss is the free-running one.
  const GreedyDecoding greedy = decode_greedily(never, batch, 7);
  EXPECT_NEAR(never.loss(batch).item<double>(), greedy.loss / static_cast<double>(greedy.tokens),
              1e-5);
  never.loss(batch).backward();
  EXPECT_GT(never.named_parameters()["target_embedding"].grad().abs().sum().item<double>(), 0);
}

TEST_P(TranslationModelTest, DecodingEndsWithTheEndTokenOrAtTheLimit) {
  const auto m = model(GetParam());
  const Batch batch = ragged_batch();
  const Tensor bias = m->named_parameters()["projection.bias"];
  const auto likeliest = [&](int64_t word) {
    const torch::NoGradGuard no_gradient;
    bias.zero_();
    bias[word] = 1000;
  };
  likeliest(Vocabulary::kEnd);
  EXPECT_THAT(decode_greedily(*m, batch, 5).sentences,
              ElementsAre(ElementsAre(), ElementsAre(), ElementsAre()));
  EXPECT_THAT(decode_with_beam(*m, batch, 5, 3),
              ElementsAre(ElementsAre(), ElementsAre(), ElementsAre()));
  likeliest(6);
  EXPECT_THAT(decode_greedily(*m, batch, 3).sentences,
              ElementsAre(ElementsAre(6, 6, 6), ElementsAre(6, 6, 6), ElementsAre(6, 6, 6)));
  EXPECT_THAT(decode_with_beam(*m, batch, 2, 1),
              ElementsAre(ElementsAre(6, 6), ElementsAre(6, 6), ElementsAre(6, 6)));
}

// Log-likelihood of a sentence, per token if it ends.
double likelihood(const TranslationModel& m, const Batch& one, const std::vector<int64_t>& words,
                  int64_t max_length) {
  const EncodedSource source = m.encode(one);
  std::vector<RecurrentState> state = source.start;
  std::vector<int64_t> all = words;
  if (static_cast<int64_t>(words.size()) < max_length) all.push_back(Vocabulary::kEnd);
  int64_t last = Vocabulary::kStart;
  double sum = 0;
  for (int64_t word : all) {
    const Tensor scores = m.next(source, state, torch::tensor({last})).log_softmax(1);
    sum += scores[0][word].item<double>();
    last = word;
  }
  return sum / static_cast<double>(all.size());
}

TEST_P(TranslationModelTest, ABeamOfOneIsGreedyAndAllBeginningsFindTheBest) {
  const auto m = model(GetParam());
  const Batch batch = ragged_batch();
  EXPECT_EQ(decode_with_beam(*m, batch, 6, 1), decode_greedily(*m, batch, 6).sentences);
  // With a beam as wide as the vocabulary, two steps are an exhaustive search.
  const torch::NoGradGuard no_gradient;
  const Sentences found = decode_with_beam(*m, batch, 2, kWords);
  for (int64_t b = 0; b < 3; ++b) {
    const Batch one = only(batch, b);
    double best = likelihood(*m, one, {}, 2);
    for (int64_t first = 0; first < kWords; ++first) {
      if (first == Vocabulary::kEnd) continue;
      best = std::max(best, likelihood(*m, one, {first}, 2));
      for (int64_t second = 0; second < kWords; ++second) {
        if (second == Vocabulary::kEnd) continue;
        best = std::max(best, likelihood(*m, one, {first, second}, 2));
      }
    }
    EXPECT_NEAR(likelihood(*m, one, found[b], 2), best, 1e-5);
  }
}

INSTANTIATE_TEST_SUITE_P(Cells, TranslationModelTest,
                         testing::Values(Case{"rnn_tanh", false, 1}, Case{"rnn_relu", true, 1},
                                         Case{"lstm", false, 2}, Case{"lstm", true, 2},
                                         Case{"gru", false, 1}, Case{"gru", true, 1}),
                         [](const auto& info) {
                           return fmt::format("{}{}{}", info.param.cell,
                                              info.param.attention ? "Attention" : "",
                                              info.param.layers);
                         });

TEST(TranslationModel, DropoutIsForTraining) {
  const auto m = model({"gru", false, 1}, 0.5);
  const Batch batch = ragged_batch();
  EXPECT_EQ(m->loss(batch).item<double>(), m->loss(batch).item<double>());
  m->train();
  torch::manual_seed(1);
  const double first = m->loss(batch).item<double>();
  EXPECT_NE(first, m->loss(batch).item<double>());
  torch::manual_seed(1);
  EXPECT_EQ(first, m->loss(batch).item<double>());
}

TEST(TranslationModel, OnlyRecurrentWeightsKnowTheInitializer) {
  const auto draw = [](const std::string& name) {
    RecurrentSettings settings = recurrent("gru", 8);
    const InitializerInfo& info = InitializerRegistry::instance().at(name);
    settings.initializer = info.make(Options::resolve(info.options, {}));
    TranslationSettings sizes;
    sizes.attention = true;
    sizes.source_vocabulary = sizes.target_vocabulary = kWords;
    return TranslationModel(settings, sizes, Random(5)).named_parameters();
  };
  const auto xavier = draw("xavier"), eigen = draw("eigen");
  for (const auto& item : xavier) {
    const bool same = item.value().equal(eigen[item.key()]);
    const bool is_recurrent = item.key().find("weight_hh") != std::string::npos;
    EXPECT_EQ(same, !is_recurrent) << item.key();
  }
}

}  // namespace
}  // namespace eigenrnn
