#include <cmath>
#include <numeric>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error.h"
#include "tasks/multi30k.h"
#include "training/trainer.h"
#include "translation/bleu.h"
#include "translation/decoding.h"
#include "translation/projected_cross_entropy.h"
#include "translation/translation_model.h"
#include "translation/vocabulary.h"

namespace eigenrnn {
namespace {

using testing::ElementsAre;
using testing::Gt;
using testing::HasSubstr;
using torch::Tensor;

// --- the projection with its loss ----------------------------------------------------------

struct Leaves {
  Projection projection;
  ProjectionInput input;
  Tensor target;
};

// More tokens than are worked on at a time.
Leaves leaves(bool with_context) {
  Random random(3);
  const int64_t tokens = 700, sentences = 9, words = 11, features = 5, context = 4;
  const auto leaf = [&](torch::IntArrayRef sizes) {
    return random.normal_tensor(sizes).requires_grad_();
  };
  Leaves result;
  result.projection = {leaf({words, features + (with_context ? context : 0)}), leaf({words})};
  result.input.features = leaf({tokens, features});
  result.target = torch::arange(tokens).remainder(words);
  if (with_context) {
    result.input.context = leaf({sentences, context});
    result.input.sentence = torch::arange(tokens).mul(7).remainder(sentences);
  }
  return result;
}

class ProjectedCrossEntropyTest : public testing::TestWithParam<bool> {};

TEST_P(ProjectedCrossEntropyTest, EqualsProjectionAndCrossEntropyWithItsGradient) {
  Leaves a = leaves(GetParam());
  std::vector<Tensor> parameters = {a.projection.weight, a.projection.bias, a.input.features};
  Tensor together = a.input.features;
  if (GetParam()) {
    parameters.push_back(a.input.context);
    together = torch::cat({together, a.input.context.index_select(0, a.input.sentence)}, 1);
  }
  const Tensor logits =
      torch::nn::functional::linear(together, a.projection.weight, a.projection.bias);
  const Tensor naive = torch::nn::functional::cross_entropy(logits, a.target);
  const Tensor ours = projected_cross_entropy(a.projection, a.input, a.target);
  EXPECT_NEAR(ours.item<double>(), naive.item<double>(), 1e-12);
  EXPECT_TRUE(project(a.projection, a.input).allclose(logits, 1e-12, 1e-12));
  const auto expected = torch::autograd::grad({naive * 3}, parameters);
  const auto actual = torch::autograd::grad({ours * 3}, parameters);
  for (size_t i = 0; i < parameters.size(); ++i) {
    EXPECT_TRUE(actual[i].allclose(expected[i], 1e-10, 1e-12)) << "parameter " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Context, ProjectedCrossEntropyTest, testing::Bool());

TEST(ProjectedCrossEntropy, RefusesShapesThatDoNotFitAndSecondDerivatives) {
  Leaves a = leaves(true);
  EXPECT_THROW(projected_cross_entropy(a.projection, a.input, a.target.slice(0, 1)), c10::Error);
  EXPECT_THROW(projected_cross_entropy(a.projection, {a.input.features, {}, {}}, a.target),
               c10::Error);
  const Tensor loss = projected_cross_entropy(a.projection, a.input, a.target);
  EXPECT_THROW(
      torch::autograd::grad({loss}, {a.projection.weight}, {}, true, /*create_graph=*/true),
      c10::Error);
}

TEST(ProjectedCrossEntropy, LetsNaNBeSeen) {
  Leaves a = leaves(false);
  a.input.features = a.input.features.detach().clone();
  a.input.features[650][0] = NAN;
  EXPECT_TRUE(std::isnan(projected_cross_entropy(a.projection, a.input, a.target).item<double>()));
}

// --- the model -----------------------------------------------------------------------------

RecurrentSettings recurrent(const std::string& cell, int64_t hidden, int64_t layers = 1) {
  RecurrentSettings settings;
  settings.cell = &cell_named(cell);
  settings.initializer =
      InitializerRegistry::instance()
          .at("orthogonal")
          .make(Options::resolve(InitializerRegistry::instance().at("orthogonal").options, {}));
  settings.hidden_size = hidden;
  settings.layers = layers;
  return settings;
}

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
    sum += m->forward(only(batch, b)).item<double>() * batch.target_lengths[b].item<double>();
  }
  const double tokens = batch.target_lengths.sum().item<double>();
  EXPECT_NEAR(m->forward(batch).item<double>(), sum / tokens, 1e-5);
  // Nor does what stands in the padding.
  Batch other = batch;
  other.input =
      torch::where(batch.input.eq(Vocabulary::kPadding), torch::tensor(int64_t{8}), batch.input);
  EXPECT_NEAR(m->forward(other).item<double>(), sum / tokens, 1e-5);
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
  EXPECT_NEAR(m->forward(batch).item<double>(), loss / batch.target_lengths[0].item<double>(),
              1e-5);
}

TEST_P(TranslationModelTest, EveryParameterGetsAGradient) {
  const auto m = model(GetParam());
  m->train();
  m->forward(ragged_batch()).backward();
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
  EXPECT_NEAR(never.forward(batch).item<double>(), greedy.loss / static_cast<double>(greedy.tokens),
              1e-5);
  never.forward(batch).backward();
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
  EXPECT_EQ(m->forward(batch).item<double>(), m->forward(batch).item<double>());
  m->train();
  torch::manual_seed(1);
  const double first = m->forward(batch).item<double>();
  EXPECT_NE(first, m->forward(batch).item<double>());
  torch::manual_seed(1);
  EXPECT_EQ(first, m->forward(batch).item<double>());
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

// --- the task ------------------------------------------------------------------------------

// Sentences of four of five words; the translation is the sentence itself.
ParallelCorpus copies(int64_t train) {
  const std::vector<std::string> words = {"eins", "zwei", "drei", "vier", "fünf"};
  Random random(11);
  const auto pairs = [&](int64_t count) {
    std::vector<SentencePair> result;
    for (int64_t i = 0; i < count; ++i) {
      SentencePair pair;
      for (int64_t t = 0; t < 4; ++t) {
        pair.source.push_back(words[static_cast<size_t>(random.index(5))]);
        pair.source_text += (t == 0 ? "" : " ") + pair.source.back();
      }
      pair.target = pair.source;
      pair.target_text = pair.source_text;
      result.push_back(pair);
    }
    return result;
  };
  return {pairs(train), pairs(50), pairs(50), nlohmann::json::object()};
}

Options task_options(nlohmann::json given) {
  given.update(
      {{"validation_size", 50}, {"test_size", 50}, {"embedding_size", 16}, {"dropout", 0.0}});
  return Options::resolve(multi30k_options(), given);
}

// With attention a step costs more, and fewer epochs are enough.
class CopyTask : public testing::TestWithParam<std::pair<std::string, int64_t>> {};

TEST_P(CopyTask, IsLearnedWithoutError) {
  RunSpec spec;
  spec.task = "multi30k";
  spec.task_options = task_options({{"train_size", 2000}, {"attention", GetParam().first}});
  spec.cell = "gru";
  spec.initializer = "orthogonal";
  spec.initializer_options =
      Options::resolve(InitializerRegistry::instance().at("orthogonal").options, {});
  spec.model = Options::resolve(model_options(), {{"hidden_size", 64}});
  spec.training = Options::resolve(
      training_options(),
      {{"epochs", GetParam().second}, {"batch_size", 25}, {"learning_rate", 0.005}});
  const auto task = make_translation_task(copies(2000), spec.task_options);
  const auto result = run_training(spec, *task, torch::kCPU);
  ASSERT_TRUE(result && result->test);
  EXPECT_EQ(result->test->at("bleu"), 1.0) << result->samples.dump(1);
  EXPECT_LT(result->test->at("free_running_perplexity"), 1.2);
  ASSERT_EQ(result->samples.size(), 20u);
  EXPECT_EQ(result->samples[3].at("output"), result->samples[3].at("reference"));
}

INSTANTIATE_TEST_SUITE_P(Attention, CopyTask,
                         testing::Values(std::make_pair("none", 20),
                                         std::make_pair("bahdanau", 6)));

TEST(TranslationTask, ABatchIsPaddedAndStandsBetweenStartAndEnd) {
  ParallelCorpus corpus = copies(10);
  corpus.train[1].target = {"eins"};
  corpus.train[2].source = {"niegesehen", "zwei"};
  const auto task =
      make_translation_task(corpus, task_options({{"train_size", 10}, {"minimum_count", 2}}));
  const Batch batch = task->batch(Split::kTrain, {0, 1, 2});
  EXPECT_EQ(batch.input.sizes(), (std::vector<int64_t>{6, 3}));
  EXPECT_EQ(batch.target.sizes(), (std::vector<int64_t>{6, 3}));
  EXPECT_TRUE(batch.lengths.equal(torch::tensor({6, 6, 4}, torch::kInt64)));
  EXPECT_TRUE(batch.target_lengths.equal(torch::tensor({5, 2, 5}, torch::kInt64)));
  EXPECT_TRUE(batch.input[0].eq(Vocabulary::kStart).all().item<bool>());
  EXPECT_EQ(batch.input[1][2].item<int64_t>(), Vocabulary::kUnknown);
  EXPECT_EQ(batch.input[4][2].item<int64_t>(), Vocabulary::kPadding);
  EXPECT_EQ(batch.target[2][1].item<int64_t>(), Vocabulary::kEnd);
  EXPECT_EQ(batch.target[5][0].item<int64_t>(), Vocabulary::kEnd);
}

TEST(TranslationTask, BatchesHoldEveryItemOnceInAnOrderFromTheSeed) {
  ParallelCorpus corpus = copies(103);
  for (size_t i = 0; i < corpus.train.size(); ++i) corpus.train[i].target.resize(1 + i % 7, "eins");
  const auto task = make_translation_task(corpus, task_options({{"train_size", 103}}));
  const auto order = [&](uint64_t seed) {
    Random random(seed);
    return task->batches(Split::kTrain, 10, &random);
  };
  const auto batches = order(1);
  EXPECT_EQ(batches, order(1));
  EXPECT_NE(batches, order(2));
  std::vector<int64_t> all;
  size_t lengths = 0;  // different ones within a batch: few, where they are alike
  for (const auto& items : batches) {
    all.insert(all.end(), items.begin(), items.end());
    std::set<size_t> distinct;
    for (int64_t i : items) distinct.insert(corpus.train[static_cast<size_t>(i)].target.size());
    lengths += distinct.size();
  }
  std::sort(all.begin(), all.end());
  std::vector<int64_t> expected(103);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(all, expected);
  EXPECT_LE(lengths, batches.size() * 2);
}

TEST(TranslationTask, MetricsAreOfTheWholeSplit) {
  const auto task = make_translation_task(copies(50), task_options({{"train_size", 50}}));
  const auto m =
      std::dynamic_pointer_cast<TranslationModel>(task->make_model(recurrent("gru", 8), Random(2)));
  m->eval();
  const torch::NoGradGuard no_gradient;
  const Evaluation evaluation = task->evaluate(*m, Split::kTest, torch::kCPU);
  std::vector<int64_t> all(50);
  std::iota(all.begin(), all.end(), 0);
  const Batch batch = task->batch(Split::kTest, all);
  EXPECT_NEAR(evaluation.metrics.at("loss"), m->forward(batch).item<double>(), 1e-6);
  EXPECT_NEAR(evaluation.metrics.at("perplexity"), std::exp(evaluation.metrics.at("loss")), 1e-9);
  for (const Metric& metric : TaskRegistry::instance().at("multi30k").metrics) {
    EXPECT_EQ(evaluation.metrics.count(metric.name), 1u) << metric.name;
  }
}

TEST(TranslationTask, SaysWhenThereAreTooFewPairs) {
  try {
    make_translation_task(copies(10), task_options({{"train_size", 11}}));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("train_size is 11, and there are 10 pairs"));
  }
}

}  // namespace
}  // namespace eigenrnn
