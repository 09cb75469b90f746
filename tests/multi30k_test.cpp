#include "tasks/multi30k/multi30k.h"

#include <cmath>
#include <numeric>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dynamics/analysis.h"
#include "model/translation/translation_model.h"
#include "support/error.h"
#include "tasks/multi30k/vocabulary.h"
#include "training/trainer.h"
#include "translation_fixture.h"

namespace eigenrnn {
namespace {

using testing::HasSubstr;

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
  RunParts parts;
  parts.task = "multi30k";
  parts.task_options = task_options({{"train_size", 2000}, {"attention", GetParam().first}});
  parts.cell = "gru";
  parts.initializer = "orthogonal";
  parts.initializer_options =
      Options::resolve(InitializerRegistry::instance().at("orthogonal").options, {});
  parts.model = model_section().from_json({{"hidden_size", 64}});
  parts.training = training_section().from_json(
      {{"epochs", GetParam().second}, {"batch_size", 25}, {"learning_rate", 0.005}});
  const RunSpec spec(std::move(parts));
  const auto task = make_translation_task(copies(2000), spec->task_options);
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

TEST(TranslationTask, TheEncoderCanBeAnalyzed) {
  RunParts parts;
  parts.task = "multi30k";
  parts.task_options = task_options({{"train_size", 50}});
  parts.initializer = "xavier";
  const RunSpec spec(parts);
  const auto task = make_translation_task(copies(50), task_options({{"train_size", 50}}));
  const auto model = task->make_model(recurrent("gru", 8), Random(2));
  AnalysisSettings settings;
  settings.memory_lag = 5;
  const nlohmann::json json = analyze_run(spec, *model, *task, settings);
  EXPECT_EQ(json.at("spectra").size(), 6u);  // three gates of encoder and decoder each
  EXPECT_EQ(json.at("layer").at("path"), "recurrent.encoder.layer0");
  EXPECT_EQ(json.at("memory").at("network").at("by_lag").size(), 6u);
  EXPECT_TRUE(json.at("fixed_points").is_null());
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
