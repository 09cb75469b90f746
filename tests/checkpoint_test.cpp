#include "training/checkpoint.h"

#include <chrono>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checkpoint_fixture.h"
#include "model/translation/translation_model.h"
#include "support/error.h"
#include "tasks/multi30k/vocabulary.h"
#include "training/make_model.h"
#include "training/optimizer.h"

namespace eigenrnn {
namespace {

using testing::HasSubstr;

// A task made for these tests: sentences of four words to repeat backwards. Its model draws from
// LibTorch's generator, for dropout and to choose what the decoder is fed.
class Backwards : public Task {
 public:
  int64_t size(Split split) const override { return split == Split::kTrain ? 40 : 10; }

  Batch batch(Split split, const std::vector<int64_t>& items) const override {
    const auto count = static_cast<int64_t>(items.size());
    Batch batch;
    batch.input = torch::empty({6, count}, torch::kInt64);
    for (int64_t b = 0; b < count; ++b) {
      Random random(1000 * static_cast<uint64_t>(split) + static_cast<uint64_t>(items[b]));
      batch.input[0][b] = Vocabulary::kStart;
      for (int64_t t = 1; t < 5; ++t) batch.input[t][b] = 4 + random.index(5);
      batch.input[5][b] = Vocabulary::kEnd;
    }
    batch.lengths = torch::full({count}, 6, torch::kInt64);
    batch.target = batch.input.clone();
    for (int64_t t = 1; t < 5; ++t) batch.target[t] = batch.input[5 - t];
    batch.target_lengths = batch.lengths - 1;
    return batch;
  }

  TaskModel make_model(const RecurrentSettings& settings, const Random& random) const override {
    TranslationSettings translation;
    translation.source_vocabulary = translation.target_vocabulary = 9;
    translation.embedding_size = 6;
    translation.dropout = 0.5;
    translation.teacher_forcing = 0.5;
    const auto network = std::make_shared<TranslationModel>(settings, translation, random);
    return {network, [this, network](Split split, torch::Device device) {
              Evaluation result;
              for (const auto& items : batches(split, 250, nullptr)) {
                const Batch part = batch(split, items).to(device);
                result.metrics["loss"] += network->loss(part).item<double>() *
                                          static_cast<double>(part.size()) /
                                          static_cast<double>(size(split));
              }
              return result;
            }};
  }

  nlohmann::json data_facts() const override { return {{"items", 40}}; }
  std::string describe(Split, int64_t) const override { return ""; }
  nlohmann::json to_json(Split, int64_t) const override { return {}; }
};

const TaskRegistration kBackwards({
    "test_backwards",
    "a task of the tests",
    {},
    {{"loss", "loss", false, 1}},
    Threshold{"loss", 1e-6},
    {},
    [](const Options&) { return std::make_unique<Backwards>(); },
});

// Every checkpoint of a run; hands out the one that it is told to.
class MemoryCheckpoints : public CheckpointStore {
 public:
  void save(const std::string& checkpoint) override { saved.push_back(checkpoint); }
  bool load(const std::function<void(const std::string&)>& use) override {
    if (!offered) return false;
    use(*offered);
    return true;
  }

  std::vector<std::string> saved;
  std::optional<std::string> offered;
};

// Runs it whole, and from each checkpoint that it left on its way.
RunResult expect_same_bits_from_everywhere(const RunSpec& spec, size_t checkpoints) {
  const RunResult whole = *train_with(spec, {}, nullptr);
  EXPECT_EQ(whole.resumed, 0);
  MemoryCheckpoints left;
  expect_same_bits(whole, *train_with(spec, after_every_step(), &left));
  EXPECT_EQ(left.saved.size(), checkpoints);
  for (const std::string& checkpoint : left.saved) {
    MemoryCheckpoints store;
    store.offered = checkpoint;
    const RunResult parts = *train_with(spec, {}, &store);
    EXPECT_EQ(parts.resumed, 1);
    expect_same_bits(whole, parts);
  }
  return whole;
}

struct Combination {
  std::string cell, optimizer;
};

class Checkpoints : public testing::TestWithParam<Combination> {};

TEST_P(Checkpoints, ARunThatIsCutAnywhereGivesTheSameBits) {
  const RunSpec spec =
      small_run(GetParam().cell,
                {{"optimizer", GetParam().optimizer}, {"momentum", 0.5}, {"weight_decay", 0.001}});
  const RunResult whole = expect_same_bits_from_everywhere(spec, 3 * (3 + 1));
  EXPECT_FALSE(whole.weights.empty());
}

std::vector<Combination> combinations() {
  std::vector<Combination> list;
  for (const char* cell : {"rnn_tanh", "rnn_relu", "lstm", "gru"}) {
    for (const char* optimizer : {"adam", "rmsprop", "sgd"}) list.push_back({cell, optimizer});
  }
  return list;
}

INSTANTIATE_TEST_SUITE_P(CellsAndOptimizers, Checkpoints, testing::ValuesIn(combinations()),
                         [](const auto& info) {
                           return info.param.cell + "_" + info.param.optimizer;
                         });

TEST(Checkpoint, DropoutGoesOnDrawingWhereItWas) {
  expect_same_bits_from_everywhere(small_run("gru", nlohmann::json::object(), "test_backwards"),
                                   3 * (2 + 1));
}

TEST(Checkpoint, ARunThatDivergesLaterDivergesAtTheSameStep) {
  // Weight decay in steps so large that each multiplies the weights by about −999.
  const RunSpec spec = small_run(
      "rnn_tanh",
      {{"optimizer", "sgd"}, {"learning_rate", 1000}, {"weight_decay", 1}, {"epochs", 20}});
  const RunResult whole = *train_with(spec, {}, nullptr);
  ASSERT_EQ(whole.status, RunStatus::kDiverged);
  ASSERT_GT(whole.divergence->epoch, 1);
  ASSERT_GT(whole.divergence->step, whole.divergence->epoch);
  MemoryCheckpoints left;
  train_with(spec, after_every_step(), &left);
  ASSERT_FALSE(left.saved.empty());
  for (const std::string& checkpoint : left.saved) {
    MemoryCheckpoints store;
    store.offered = checkpoint;
    expect_same_bits(whole, *train_with(spec, {}, &store));
  }
}

TEST(Checkpoint, WhatWasStoppedAgainAndAgainIsTheSameAndKnowsHowOften) {
  const RunSpec spec = small_run("lstm");
  MemoryCheckpoints store;
  std::optional<RunResult> result;
  int calls = 0;
  for (; !result; ++calls) {
    ASSERT_LT(calls, 9);
    int steps = 0;
    TrainingHooks hooks;
    hooks.stop_requested = [&] { return ++steps == 2; };
    result = train_with(spec, hooks, &store);
    if (!result) store.offered = store.saved.back();
  }
  EXPECT_EQ(calls, 5);  // nine steps, two at a time
  EXPECT_EQ(result->resumed, 4);
  EXPECT_EQ(to_json(*result).at("timing").at("resumed"), 4);
  EXPECT_EQ(store.saved.size(), 4u);  // at stops alone: the epochs took no ten seconds
  expect_same_bits(*train_with(spec, {}, nullptr), *result);
}

TEST(Checkpoint, TimeIsTheSumOfTheParts) {
  const RunSpec spec = small_run("gru", {{"epochs", 1}});
  MemoryCheckpoints store;
  TrainingHooks hooks;
  hooks.stop_requested = [] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    return true;
  };
  for (int part = 0; part < 3; ++part) {
    EXPECT_FALSE(train_with(spec, hooks, &store));
    store.offered = store.saved.back();
  }
  const RunResult result = *train_with(spec, {}, &store);  // all three steps are done
  EXPECT_GE(result.training_seconds, 0.3);
  EXPECT_EQ(result.epochs[0].seconds, result.training_seconds);
  EXPECT_GE(result.seconds, result.training_seconds);
}

// As cuDNN's weights are, which it would copy at every call if one of them left its place.
TEST(Checkpoint, IsCopiedIntoTheBufferThatParametersShare) {
  const RunSpec spec = small_run("lstm");
  const auto task = TaskRegistry::instance().at(spec->task).make(spec->task_options);
  const auto trained = make_model(spec, *task).network, fresh = make_model(spec, *task).network;
  const auto of_trained = make_optimizer(spec->training, trained->parameters());
  const auto of_fresh = make_optimizer(spec->training, fresh->parameters());
  for (torch::Tensor& parameter : trained->parameters()) {
    parameter.mutable_grad() = torch::ones_like(parameter);
  }
  of_trained->step();
  std::vector<torch::Tensor> flat;
  for (const torch::Tensor& parameter : fresh->parameters()) {
    flat.push_back(parameter.detach().flatten());
  }
  const torch::Tensor buffer = torch::cat(flat);
  int64_t place = 0;
  std::vector<const void*> addresses;
  for (torch::Tensor& parameter : fresh->parameters()) {
    parameter.set_data(buffer.narrow(0, place, parameter.numel()).view_as(parameter));
    place += parameter.numel();
    addresses.push_back(parameter.data_ptr());
  }
  TrainingState state(spec);
  restore_checkpoint(serialize_checkpoint(state, *trained, *of_trained, torch::kCPU), state, *fresh,
                     *of_fresh, torch::kCPU);
  for (torch::Tensor& parameter : fresh->parameters()) {
    parameter.mutable_grad() = torch::ones_like(parameter);
  }
  of_trained->step();
  of_fresh->step();
  place = 0;
  for (size_t i = 0; i < addresses.size(); ++i) {
    const torch::Tensor expected = trained->parameters()[i].detach();
    EXPECT_EQ(fresh->parameters()[i].data_ptr(), addresses[i]) << i;
    EXPECT_TRUE(buffer.narrow(0, place, expected.numel()).equal(expected.flatten())) << i;
    place += expected.numel();
  }
}

TEST(Checkpoint, OneOfAnotherRunIsRefused) {
  const RunSpec spec = small_run("gru");
  MemoryCheckpoints left;
  train_with(spec, after_every_step(), &left);
  const auto refusal = [&](const RunSpec& other, const std::string& checkpoint) -> std::string {
    MemoryCheckpoints store;
    store.offered = checkpoint;
    try {
      train_with(other, {}, &store);
    } catch (const Error& error) {
      return error.what();
    }
    return "(used)";
  };
  RunParts parts = *spec;
  parts.seed = 4;
  const RunSpec other(parts);
  EXPECT_THAT(
      refusal(other, left.saved.back()),
      HasSubstr(fmt::format("its key is \"{}\", and must be \"{}\"", spec.key(), other.key())));
  parts = *spec;
  parts.recording = {};
  EXPECT_THAT(refusal(RunSpec(parts), left.saved.back()), HasSubstr("does not belong to this run"));
  parts = *spec;
  parts.label = "a new name in the table";
  EXPECT_EQ(refusal(RunSpec(parts), left.saved.back()), "(used)");
  EXPECT_THAT(refusal(spec, "no archive"), HasSubstr("it cannot be read"));
  EXPECT_THAT(refusal(spec, left.saved.back().substr(0, 500)), HasSubstr("it cannot be read"));
}

}  // namespace
}  // namespace eigenrnn
