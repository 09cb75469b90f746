#include "training/trainer.h"

#include <cmath>

#include <gtest/gtest.h>

#include "initializer_fixture.h"
#include "initializers/initializer.h"
#include "linear_algebra/block_spectrum.h"
#include "model/last_state_model.h"
#include "training/optimizer.h"

namespace eigenrnn {
namespace {

// A task made for these tests: does the first symbol of a short sequence equal 1? With `explode`,
// targets so large that the squared error overflows; with `poison`, a validation loss of NaN.
class FirstSymbol : public Task {
 public:
  explicit FirstSymbol(const Options& options) : options_(options) {}

  int64_t size(Split split) const override { return split == Split::kTrain ? 64 : 32; }

  Batch batch(Split split, const std::vector<int64_t>& items) const override {
    const auto count = static_cast<int64_t>(items.size());
    torch::Tensor input = torch::zeros({5, count}, torch::kInt64);
    for (int64_t b = 0; b < count; ++b) {
      Random random(1000 * static_cast<uint64_t>(split) + static_cast<uint64_t>(items[b]));
      for (int64_t t = 0; t < 5; ++t) input[t][b] = random.index(2);
    }
    torch::Tensor target = input[0].to(torch::kFloat32);
    if (options_.flag("explode")) target = target * 1e30f + 1e30f;
    if (options_.flag("poison") && split == Split::kValidation) target = target * NAN;
    return {input, {}, target};
  }

  TaskModel make_model(const RecurrentSettings& settings, const Random& random) const override {
    const LastStateModel::Head head = {1, MeanLoss::kSquaredError};
    const auto accuracy = [](const torch::Tensor& outputs, const Batch& batch) {
      const torch::Tensor right = (outputs.squeeze(1) > 0.5).eq(batch.target > 0.5);
      return std::map<std::string, double>{
          {"accuracy", right.to(torch::kFloat64).mean().item<double>()}};
    };
    return with_mean_metrics(*this, std::make_shared<LastStateModel>(settings, 2, head, random),
                             accuracy);
  }

  nlohmann::json data_facts() const override { return {{"items", 64}}; }
  std::string describe(Split, int64_t) const override { return ""; }
  nlohmann::json to_json(Split, int64_t) const override { return {}; }

 private:
  Options options_;
};

const TaskRegistration kRegistration({
    "test_first_symbol",
    "a task of the tests",
    {OptionSpec::flag("explode", false, "overflow"), OptionSpec::flag("poison", false, "NaN")},
    {{"accuracy", "accuracy, %", true, 100}, {"loss", "loss", false, 1}},
    Threshold{"accuracy", 0.9},
    {},
    [](const Options& options) { return std::make_unique<FirstSymbol>(options); },
});

// Its validation losses are given beforehand, and its first metric is their exponential.
class GivenLosses : public FirstSymbol {
 public:
  explicit GivenLosses(std::vector<double> losses)
      : FirstSymbol(Options::resolve(TaskRegistry::instance().at("test_first_symbol").options,
                                     nlohmann::json::object())),
        losses_(std::move(losses)) {}

  TaskModel make_model(const RecurrentSettings& settings, const Random& random) const override {
    TaskModel made = FirstSymbol::make_model(settings, random);
    made.evaluate = [this](Split split, torch::Device) {
      const double loss = split == Split::kTest ? losses_.back() : losses_.at(epoch_++);
      return Evaluation{{{"loss", loss}, {"perplexity", std::exp(loss)}}, nullptr};
    };
    return made;
  }

 private:
  std::vector<double> losses_;
  mutable size_t epoch_ = 0;
};

const TaskRegistration kPerplexityRegistration({
    "test_perplexity",
    "a task of the tests",
    {},
    {{"perplexity", "perplexity", false, 1}, {"loss", "loss", false, 1}},
    std::nullopt,
    {},
    [](const Options&) { return std::make_unique<GivenLosses>(std::vector<double>{1.0}); },
});

RunSpec spec(const std::string& cell, const nlohmann::json& task_options = nlohmann::json::object(),
             const nlohmann::json& training = nlohmann::json::object()) {
  nlohmann::json settings = {{"epochs", 12}, {"batch_size", 16}, {"learning_rate", 0.03}};
  settings.update(training);
  RunParts parts;
  parts.experiment = "test";
  parts.profile = "quick";
  parts.task = "test_first_symbol";
  parts.task_options =
      Options::resolve(TaskRegistry::instance().at(parts.task).options, task_options);
  parts.cell = cell;
  set_initializer(parts, "xavier");
  parts.seed = 1;
  parts.model = model_section().from_json({{"hidden_size", 12}});
  parts.training = training_section().from_json(settings);
  return RunSpec(std::move(parts));
}

RunResult train(const RunSpec& spec) {
  const auto task = TaskRegistry::instance().at(spec->task).make(spec->task_options);
  return *run_training(spec, *task, torch::kCPU);
}

// What must not differ between two executions of one run.
nlohmann::json outcome(const RunResult& result) {
  nlohmann::json json = to_json(result);
  json.erase("timing");
  for (nlohmann::json& epoch : json["epochs"]) epoch.erase("seconds");
  return json;
}

class TrainerOnCells : public testing::TestWithParam<std::string> {};

TEST_P(TrainerOnCells, LearnsAndGivesTheSameBitsTwice) {
  const RunResult first = train(spec(GetParam()));
  EXPECT_EQ(first.status, RunStatus::kFinished);
  EXPECT_EQ(first.epochs.size(), 12u);
  EXPECT_GE(first.test->at("accuracy"), 0.9);
  ASSERT_TRUE(first.epochs_to_threshold);
  EXPECT_EQ(outcome(first), outcome(train(spec(GetParam()))));
}

INSTANTIATE_TEST_SUITE_P(Cells, TrainerOnCells,
                         testing::Values("rnn_tanh", "rnn_relu", "lstm", "gru"),
                         [](const auto& info) { return info.param; });

TEST(Trainer, EveryOptimizerLowersTheLoss) {
  for (const char* name : {"adam", "rmsprop", "sgd"}) {
    const RunResult result = train(
        spec("rnn_tanh", {}, {{"optimizer", name}, {"momentum", 0.5}, {"learning_rate", 0.01}}));
    EXPECT_LT(result.epochs.back().train_loss, result.epochs.front().train_loss) << name;
  }
}

TEST(Trainer, TheBestEpochIsChosenOnValidation) {
  const RunResult result = train(spec("gru"));
  double best = -1;
  int64_t epoch = 0;
  for (const EpochRecord& record : result.epochs) {
    if (record.validation.at("accuracy") > best) {
      best = record.validation.at("accuracy");
      epoch = record.epoch;
    }
  }
  EXPECT_EQ(result.best_epoch, epoch);
}

RunResult train_with_losses(const std::vector<double>& losses,
                            const std::string& best_of_equals = "first", int64_t patience = 0) {
  RunParts run = *spec(
      "rnn_tanh", {},
      {{"epochs", losses.size()}, {"best_of_equals", best_of_equals}, {"patience", patience}});
  run.task = "test_perplexity";
  run.task_options = Options::resolve({}, nlohmann::json::object());
  return *run_training(RunSpec(run), GivenLosses(losses), torch::kCPU);
}

TEST(Trainer, WhereAPerplexityOverflowsTheLossDecides) {
  EXPECT_EQ(train_with_losses({820.5, 812.0, 815.0}).best_epoch, 2);
  EXPECT_EQ(train_with_losses({820.5, 820.5}).best_epoch, 1);  // the first of equals
  EXPECT_EQ(train_with_losses({820.5, 700.0, 812.0}).best_epoch, 2);
  EXPECT_EQ(train_with_losses({5.0, 812.0, 4.0, 820.5}).best_epoch, 3);
}

TEST(Trainer, ARunEndsWhenItsPatienceDoes) {
  const std::vector<double> losses = {3, 2, 4, 2.5, 1, 5, 6};
  const auto epochs = [&](int64_t patience) {
    return train_with_losses(losses, "first", patience).epochs.size();
  };
  EXPECT_EQ(epochs(0), 7U);
  EXPECT_EQ(epochs(1), 3U);
  EXPECT_EQ(epochs(2), 4U);
  EXPECT_EQ(epochs(3), 7U);  // epoch 5 is better
  const RunResult early = train_with_losses(losses, "first", 2);
  EXPECT_EQ(early.status, RunStatus::kFinished);
  EXPECT_EQ(early.best_epoch, 2);
}

// A metric of 0.5 whatever the loss, as an accuracy that has reached its best.
class EqualMetrics : public GivenLosses {
 public:
  using GivenLosses::GivenLosses;

  TaskModel make_model(const RecurrentSettings& settings, const Random& random) const override {
    TaskModel made = GivenLosses::make_model(settings, random);
    made.evaluate = [given = made.evaluate](Split split, torch::Device device) {
      Evaluation evaluation = given(split, device);
      evaluation.metrics["perplexity"] = 0.5;
      return evaluation;
    };
    return made;
  }
};

TEST(Trainer, OfEqualEpochsTheOneWithTheSmallestLossIsTheBestWhereAsked) {
  const auto best = [](const std::vector<double>& losses, const std::string& best_of_equals) {
    RunParts run =
        *spec("rnn_tanh", {}, {{"epochs", losses.size()}, {"best_of_equals", best_of_equals}});
    run.task = "test_perplexity";
    run.task_options = Options::resolve({}, nlohmann::json::object());
    return run_training(RunSpec(run), EqualMetrics(losses), torch::kCPU)->best_epoch;
  };
  EXPECT_EQ(best({0.2, 0.1, 0.3}, "first"), 1);
  EXPECT_EQ(best({0.2, 0.1, 0.3}, "smallest_loss"), 2);
  EXPECT_EQ(best({0.1, 0.1}, "smallest_loss"), 1);
  // The loss only breaks ties: a better metric wins.
  EXPECT_EQ(train_with_losses({3.0, 2.0, 4.0}, "smallest_loss").best_epoch, 2);
}

TEST(Trainer, AScheduleEntersTheRun) {
  const RunResult constant = train(spec("gru")),
                  cosine = train(spec("gru", {}, {{"schedule", "cosine"}}));
  EXPECT_NE(constant.epochs.back().train_loss, cosine.epochs.back().train_loss);
  EXPECT_EQ(outcome(cosine), outcome(train(spec("gru", {}, {{"schedule", "cosine"}}))));
}

TEST(Trainer, AnOverflowIsRecordedByName) {
  const RunResult result = train_with_losses({5.0, 812.0});
  EXPECT_EQ(result.status, RunStatus::kFinished);
  const nlohmann::json json = to_json(result);
  EXPECT_EQ(json.at("metrics").at("perplexity"), "overflow");
  EXPECT_EQ(json.at("metrics").at("loss"), 812.0);
  EXPECT_EQ(json.at("epochs")[1].at("validation").at("perplexity"), "overflow");
  EXPECT_TRUE(json.at("epochs")[0].at("validation").at("perplexity").is_number());
}

TEST(Trainer, AnotherSeedGivesAnotherRun) {
  RunParts other = *spec("lstm");
  other.seed = 2;
  EXPECT_NE(outcome(train(spec("lstm"))).at("epochs"), outcome(train(RunSpec(other))).at("epochs"));
}

TEST(Trainer, AnInfiniteTrainingLossIsDivergence) {
  const RunResult result = train(spec("rnn_tanh", {{"explode", true}}));
  EXPECT_EQ(result.status, RunStatus::kDiverged);
  ASSERT_TRUE(result.divergence);
  EXPECT_EQ(result.divergence->epoch, 1);
  EXPECT_EQ(result.divergence->step, 1);
  EXPECT_FALSE(result.divergence->last_finite_loss);
  EXPECT_FALSE(result.test);
  EXPECT_TRUE(to_json(result).at("metrics").at("accuracy").is_null());
}

TEST(Trainer, ANanValidationLossIsDivergence) {
  const RunResult result = train(spec("rnn_tanh", {{"poison", true}}));
  EXPECT_EQ(result.status, RunStatus::kDiverged);
  EXPECT_TRUE(result.divergence->last_finite_loss);
  EXPECT_EQ(result.epochs.size(), 1u);
}

TEST(Trainer, StepsTooLargeDivergeInAReluNetwork) {
  const RunResult result = train(
      spec("rnn_relu", {},
           {{"optimizer", "sgd"}, {"learning_rate", 1000}, {"clip_norm", 0}, {"epochs", 50}}));
  EXPECT_EQ(result.status, RunStatus::kDiverged);
  EXPECT_TRUE(result.divergence->last_finite_loss);
}

TEST(Trainer, ClippingBoundsTheStep) {
  // SGD with learning rate 1: the first step moves the weights by exactly the clipped gradient.
  const auto moved = [](double bound) {
    const RunSpec run = spec("rnn_tanh", {},
                             {{"optimizer", "sgd"},
                              {"learning_rate", 1},
                              {"epochs", 1},
                              {"batch_size", 64},
                              {"clip_norm", bound}});
    const RunResult result = train(run);
    return std::make_pair(
        result.epochs[0].gradient_norm,
        result.spectra_at_end[0].spectral_norm - result.spectra_at_start[0].spectral_norm);
  };
  const auto [norm, free_change] = moved(0);
  const auto [clipped_norm, clipped_change] = moved(1e-6);
  EXPECT_EQ(norm, clipped_norm);  // the norm is told as it was before clipping
  EXPECT_GT(norm, 0.01);
  EXPECT_LE(std::abs(clipped_change), 2e-6);
  EXPECT_GT(std::abs(free_change), 1e-5);
}

TEST(Trainer, ASpectrumIsSummarizedAfterEveryEpoch) {
  const nlohmann::json json = to_json(train(spec("lstm")));
  const nlohmann::json& epochs = json.at("spectra").at("epochs");
  ASSERT_EQ(epochs.size(), 12u);
  EXPECT_EQ(epochs[11].at("epoch"), 12);
  ASSERT_EQ(epochs[11].at("blocks").size(), 4u);
  EXPECT_EQ(epochs[11].at("blocks")[1].at("gate"), "f");
  EXPECT_NEAR(epochs[11].at("blocks")[1].at("spectral_radius").get<double>(),
              json.at("spectra").at("end")[1].at("spectral_radius").get<double>(), 1e-3);
  EXPECT_FALSE(epochs[11].at("blocks")[1].contains("eigenvalues"));
  EXPECT_TRUE(json.at("spectra").at("best").is_null());
  EXPECT_TRUE(json.at("weights").is_null());
}

TEST(Trainer, RecordingKeepsMoreAndChangesNothing) {
  RunParts recorded = *spec("gru");
  recorded.recording = {/*keep_weights=*/true, /*epoch_spectra=*/"all"};
  const RunResult result = train(RunSpec(recorded)), plain = train(spec("gru"));
  EXPECT_EQ(result.test, plain.test);
  EXPECT_EQ(result.spec.key(), plain.spec.key());
  EXPECT_TRUE(plain.weights.empty());
  EXPECT_EQ(result.weights.size(), 6u);  // four of the layer, two of the head

  const nlohmann::json spectra = to_json(result).at("spectra");
  EXPECT_EQ(spectra.at("epochs")[11].at("blocks")[2].at("eigenvalues"),
            spectra.at("end")[2].at("eigenvalues"));
  const auto best = static_cast<size_t>(*result.best_epoch - 1);
  EXPECT_EQ(spectra.at("epochs")[best].at("blocks")[0].at("eigenvalues"),
            spectra.at("best")[0].at("eigenvalues"));
  for (const auto& [name, tensor] : result.weights) {
    if (name != "recurrent.layer0.weight_hh") continue;
    EXPECT_NEAR(matrix_spectrum(tensor.slice(0, 0, 12)).spectral_radius,
                spectra.at("best")[0].at("spectral_radius").get<double>(), 1e-5);
  }
}

TEST(Trainer, StopsWhenAsked) {
  const RunSpec run = spec("gru");
  const auto task = TaskRegistry::instance().at(run->task).make(run->task_options);
  int steps = 0;
  TrainingHooks hooks;
  hooks.stop_requested = [&] { return ++steps == 3; };
  EXPECT_FALSE(run_training(run, *task, torch::kCPU, hooks));
  EXPECT_EQ(steps, 3);
}

TEST(Trainer, AllInitializersSeeTheSameDataAndInputWeights) {
  const RunParts xavier = *spec("lstm");
  RunParts orthogonal = xavier;
  set_initializer(orthogonal, "orthogonal");
  const auto task = TaskRegistry::instance().at(xavier.task).make(xavier.task_options);
  const auto weights = [&](const RunParts& run) {
    return draw_weights(
        *InitializerRegistry::instance().at(run.initializer).make(run.initializer_options), {},
        cell_named(run.cell), 12, 2, Random(static_cast<uint64_t>(run.seed)));
  };
  EXPECT_TRUE(torch::equal(weights(xavier).input, weights(orthogonal).input));
  EXPECT_FALSE(torch::equal(weights(xavier).recurrent, weights(orthogonal).recurrent));
}

}  // namespace
}  // namespace eigenrnn
