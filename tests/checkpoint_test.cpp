#include "training/checkpoint.h"

#include <chrono>
#include <csignal>
#include <fstream>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runner/checkpoint_files.h"
#include "runner/result_store.h"
#include "support/error.h"
#include "support/files.h"
#include "training/trainer.h"
#include "translation/translation_model.h"
#include "translation/vocabulary.h"

namespace eigenrnn {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

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

  std::shared_ptr<Model> make_model(const RecurrentSettings& settings,
                                    const Random& random) const override {
    TranslationSettings translation;
    translation.source_vocabulary = translation.target_vocabulary = 9;
    translation.embedding_size = 6;
    translation.dropout = 0.5;
    translation.teacher_forcing = 0.5;
    return std::make_shared<TranslationModel>(settings, translation, random);
  }

  torch::Tensor loss(const torch::Tensor& output, const Batch&) const override { return output; }
  std::map<std::string, double> measure(const torch::Tensor&, const Batch&) const override {
    return {};
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

RunSpec small_run(const std::string& cell,
                  const nlohmann::json& training = nlohmann::json::object(),
                  const std::string& task = "tomita") {
  nlohmann::json task_options = nlohmann::json::object();
  if (task == "tomita") {
    task_options = {{"grammar", 4}, {"train_size", 60}, {"validation_size", 40}, {"test_size", 40}};
  }
  nlohmann::json settings = {{"epochs", 3}, {"batch_size", 20}, {"learning_rate", 0.01}};
  settings.update(training);
  RunSpec spec;
  spec.experiment = "test";
  spec.profile = "quick";
  spec.task = task;
  spec.task_options = Options::resolve(TaskRegistry::instance().at(task).options, task_options);
  spec.cell = cell;
  spec.initializer = spec.label = "xavier";
  spec.seed = 3;
  spec.model = Options::resolve(model_options(), {{"hidden_size", 8}});
  spec.training = Options::resolve(training_options(), settings);
  spec.recording =
      Options::resolve(recording_options(), {{"keep_weights", true}, {"epoch_spectra", "all"}});
  return spec;
}

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

std::optional<RunResult> train_with(const RunSpec& spec, TrainingHooks hooks,
                                    CheckpointStore* checkpoints) {
  const auto task = TaskRegistry::instance().at(spec.task).make(spec.task_options);
  hooks.checkpoints = checkpoints;
  return run_training(spec, *task, torch::kCPU, hooks);
}

TrainingHooks after_every_step() {
  TrainingHooks hooks;
  hooks.checkpoint_seconds = hooks.checkpoint_seconds_within_epoch = 0;
  return hooks;
}

bool same_spectra(const std::vector<BlockSpectrum>& a, const std::vector<BlockSpectrum>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.eigenvalues == y.eigenvalues && to_json(x) == to_json(y);
  });
}

// All but the time that it took, to the bit: a result's JSON is rounded.
void expect_same_bits(const RunResult& whole, const RunResult& parts) {
  const auto untimed = [](const RunResult& result) {
    nlohmann::json json = to_json(result);
    json.erase("timing");
    for (nlohmann::json& epoch : json["epochs"]) epoch.erase("seconds");
    return json;
  };
  EXPECT_EQ(untimed(whole), untimed(parts));
  ASSERT_EQ(whole.epochs.size(), parts.epochs.size());
  for (size_t i = 0; i < whole.epochs.size(); ++i) {
    EXPECT_EQ(whole.epochs[i].train_loss, parts.epochs[i].train_loss);
    EXPECT_EQ(whole.epochs[i].gradient_norm, parts.epochs[i].gradient_norm);
    EXPECT_EQ(whole.epochs[i].validation, parts.epochs[i].validation);
    EXPECT_TRUE(same_spectra(whole.epochs[i].spectra, parts.epochs[i].spectra));
  }
  EXPECT_TRUE(same_spectra(whole.spectra_at_start, parts.spectra_at_start));
  EXPECT_TRUE(same_spectra(whole.spectra_at_end, parts.spectra_at_end));
  ASSERT_EQ(whole.weights.size(), parts.weights.size());
  for (size_t i = 0; i < whole.weights.size(); ++i) {
    EXPECT_TRUE(torch::equal(whole.weights[i].second, parts.weights[i].second));
  }
}

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
  RunSpec other = spec;
  other.seed = 4;
  EXPECT_THAT(
      refusal(other, left.saved.back()),
      HasSubstr(fmt::format("its key is \"{}\", and must be \"{}\"", spec.key(), other.key())));
  other = spec;
  other.recording = Options::resolve(recording_options(), {});
  EXPECT_THAT(refusal(other, left.saved.back()), HasSubstr("does not belong to this run"));
  other = spec;
  other.label = "a new name in the table";
  EXPECT_EQ(refusal(other, left.saved.back()), "(used)");
  EXPECT_THAT(refusal(spec, "no archive"), HasSubstr("it cannot be read"));
  EXPECT_THAT(refusal(spec, left.saved.back().substr(0, 500)), HasSubstr("it cannot be read"));
}

class CheckpointsOnDisk : public testing::Test {
 protected:
  void TearDown() override { fs::remove_all(folder_); }

  CheckpointFiles files() {
    return CheckpointFiles(path_, [this](const std::string& text) { said_.push_back(text); });
  }

  // What is handed out, "" for nothing.
  std::string loaded() {
    std::string content;
    files().load([&](const std::string& checkpoint) { content = checkpoint; });
    return content;
  }

  static void change(const fs::path& path, const std::function<void(std::string&)>& edit) {
    std::string content = read_file(path);
    edit(content);
    std::ofstream(path, std::ios::binary) << content;
  }
  static void flip_a_bit(const fs::path& path) {
    change(path, [](std::string& content) { content[content.size() / 2] ^= 4; });
  }
  static void cut(const fs::path& path) {
    change(path, [](std::string& content) { content.resize(content.size() / 2); });
  }

  fs::path folder_ = fs::temp_directory_path() / fmt::format("eigenrnn-checkpoint-{}", ::getpid());
  fs::path path_ = folder_ / "a" / "run.checkpoint";
  fs::path previous_ = folder_ / "a" / "run.checkpoint.previous";
  std::vector<std::string> said_;
};

TEST_F(CheckpointsOnDisk, TheNewestIsUsedAndTheOneBeforeIsKept) {
  EXPECT_EQ(loaded(), "");
  EXPECT_FALSE(CheckpointFiles::exist(path_));
  CheckpointFiles store = files();
  const std::string third("third\n\0bytes", 12);
  for (const std::string& text : {std::string("first"), std::string("second"), third}) {
    store.save(text);
  }
  EXPECT_EQ(loaded(), third);
  EXPECT_TRUE(fs::exists(previous_));
  EXPECT_EQ(std::distance(fs::directory_iterator(path_.parent_path()), {}), 2);
  fs::remove(path_);  // as if cut between making room for a new one and writing it
  EXPECT_EQ(loaded(), "second");
  write_atomically(path_.string() + ".123.tmp", "of a writer that was killed");
  CheckpointFiles::remove(path_);
  EXPECT_TRUE(fs::is_empty(path_.parent_path()));
  EXPECT_FALSE(CheckpointFiles::exist(path_));
  EXPECT_EQ(loaded(), "");
}

TEST_F(CheckpointsOnDisk, ADamagedOneIsNamedAndTheOneBeforeIsUsed) {
  const auto damage_empty = [](const fs::path& path) {
    change(path, [](std::string& content) { content.clear(); });
  };
  for (const auto& damage : {flip_a_bit, cut, +damage_empty}) {
    CheckpointFiles store = files();
    store.save("the one before, long enough to be cut");
    store.save("the newest, which is also long enough");
    damage(path_);
    said_.clear();
    EXPECT_EQ(loaded(), "the one before, long enough to be cut");
    ASSERT_EQ(said_.size(), 1u);
    EXPECT_THAT(said_[0], HasSubstr(path_.string() + " is not used: it"));
    // The good one stays until there are two others.
    store.save("a newer one");
    EXPECT_EQ(loaded(), "a newer one");
    flip_a_bit(path_);
    EXPECT_EQ(loaded(), "the one before, long enough to be cut");
  }
}

TEST_F(CheckpointsOnDisk, TwoDamagedOnesAreBothNamedAndNoneIsUsed) {
  CheckpointFiles store = files();
  store.save("the one before");
  store.save("the newest");
  flip_a_bit(path_);
  cut(previous_);
  EXPECT_EQ(loaded(), "");
  EXPECT_THAT(said_, ElementsAre(HasSubstr(path_.string() + " is not used"),
                                 HasSubstr(previous_.string() + " is not used"),
                                 HasSubstr("starts afresh")));
}

// No file of this process can be larger than so many bytes while it lives; as on a full disk, a
// write fails.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &old_limit_);
    old_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, old_limit_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_limit_);
    std::signal(SIGXFSZ, old_handler_);
  }

 private:
  rlimit old_limit_{};
  void (*old_handler_)(int) = nullptr;
};

TEST_F(CheckpointsOnDisk, AFullDiskIsSaidOnceAndKeepsWhatThereWas) {
  CheckpointFiles store = files();
  store.save("before the disk was full");
  {
    const FileSizeLimit full(1);
    for (int i = 0; i < 3; ++i) store.save("more");
  }
  EXPECT_THAT(said_, ElementsAre(HasSubstr("File too large")));
  EXPECT_EQ(loaded(), "before the disk was full");
  store.save("when there was room again");
  EXPECT_EQ(loaded(), "when there was room again");
}

TEST_F(CheckpointsOnDisk, ARunGoesOnFromTheOneBeforeADamagedOneToTheSameBits) {
  const RunSpec spec = small_run("gru");
  const ResultStore results(folder_);
  path_ = results.checkpoint_path(spec);
  const RunResult whole = *train_with(spec, {}, nullptr);
  TrainingHooks cut_in_the_second_epoch = after_every_step();
  int steps = 0;
  cut_in_the_second_epoch.stop_requested = [&] { return ++steps == 5; };
  CheckpointFiles store = files();
  EXPECT_FALSE(train_with(spec, cut_in_the_second_epoch, &store));
  flip_a_bit(path_);

  std::vector<std::string> notes;
  TrainingHooks hooks;
  hooks.note = [&](const std::string& text) { notes.push_back(text); };
  const RunResult parts = *train_with(spec, hooks, &store);
  EXPECT_THAT(said_, ElementsAre(HasSubstr("damaged")));
  EXPECT_THAT(notes, ElementsAre("goes on in epoch 2 of 3, after 1 of its steps"));
  expect_same_bits(whole, parts);

  EXPECT_TRUE(CheckpointFiles::exist(path_));
  results.write(spec, to_json(parts), parts.weights);
  EXPECT_FALSE(CheckpointFiles::exist(path_));
}

TEST_F(CheckpointsOnDisk, ARunWithoutAGoodOneStartsAfreshToTheSameBits) {
  const RunSpec spec = small_run("gru");
  RunSpec other = spec;
  other.seed = 4;
  CheckpointFiles store = files();
  train_with(other, after_every_step(), &store);
  const RunResult result = *train_with(spec, {}, &store);
  EXPECT_THAT(said_, ElementsAre(HasSubstr("its key is"), HasSubstr("its key is"),
                                 HasSubstr("starts afresh")));
  EXPECT_EQ(result.resumed, 0);
  expect_same_bits(*train_with(spec, {}, nullptr), result);
}

}  // namespace
}  // namespace eigenrnn
