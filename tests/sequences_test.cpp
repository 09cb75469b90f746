#include <filesystem>
#include <numeric>
#include <unistd.h>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "initializer_fixture.h"
#include "support/error.h"
#include "support/files.h"
#include "tasks/sequences/npy.h"
#include "tasks/sequences/sequence_file.h"
#include "tasks/task.h"
#include "training/trainer.h"

namespace eigenrnn {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

// As numpy.save writes it.
std::string npy(const std::string& type, const std::string& shape, const std::string& data) {
  std::string header =
      "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }";
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  std::string content = std::string("\x93NUMPY\x01\x00", 8);
  content += static_cast<char>(header.size() & 0xff);
  content += static_cast<char>(header.size() >> 8);
  return content + header + data;
}

template <class Number>
std::string bytes_of(const std::vector<Number>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Number)};
}

class Sequences : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  std::string file(const std::string& name, const std::string& content) const {
    write_atomically(folder_ / name, content);
    return (folder_ / name).string();
  }

  std::string error_of_reading(const std::string& name, const std::string& content) const {
    return error_of([&] { read_sequences(file(name, content)); });
  }

  template <class Call>
  static std::string error_of(const Call& call) {
    try {
      call();
    } catch (const Error& error) {
      return error.what();
    }
    return "(no error)";
  }

  static Options options(const std::string& task, const nlohmann::json& given) {
    const TaskInfo& info = TaskRegistry::instance().at(task);
    const Options resolved = Options::resolve(info.options, given);
    info.check(resolved);
    return resolved;
  }

  static std::unique_ptr<Task> make(const std::string& task, const nlohmann::json& given) {
    return TaskRegistry::instance().at(task).make(options(task, given));
  }

  static Batch everything(const Task& task, Split split) {
    std::vector<int64_t> items(static_cast<size_t>(task.size(split)));
    std::iota(items.begin(), items.end(), 0);
    return task.batch(split, items);
  }

  fs::path folder_ = fs::temp_directory_path() / fmt::format("eigenrnn-sequences-{}", ::getpid());
};

TEST_F(Sequences, ALineOfCsvIsALabelAndItsValues) {
  const SequenceFile read =
      read_sequences(file("a.csv", "\xEF\xBB\xBFup, 1,2.5,-3e1\r\n\ndown,4,,\n"));
  EXPECT_THAT(read.labels, ElementsAre("up", "down"));
  EXPECT_TRUE(torch::equal(read.series[0], torch::tensor({{1.0F}, {2.5F}, {-30.0F}})));
  EXPECT_TRUE(torch::equal(read.series[1], torch::tensor({{4.0F}})));  // a shorter one
}

TEST_F(Sequences, ALineOfJsonHasStepsOfFeaturesOrAText) {
  const SequenceFile series = read_sequences(
      file("a.jsonl",
           "{\"input\": [[1, 2], [3, 4]], \"label\": 7}\n{\"input\": [[5, 6]], \"label\": 0.5}\n"));
  EXPECT_THAT(series.labels, ElementsAre("7", "0.5"));
  EXPECT_TRUE(torch::equal(series.series[0], torch::tensor({{1.0F, 2.0F}, {3.0F, 4.0F}})));
  const SequenceFile texts =
      read_sequences(file("b.jsonl", "{\"input\": \"größe\", \"label\": \"de\"}\n"));
  EXPECT_THAT(texts.texts.at(0), ElementsAre("g", "r", "ö", "ß", "e"));
}

TEST_F(Sequences, ArraysAreReadInEveryType) {
  EXPECT_TRUE(torch::equal(read_npy(npy("<f4", "(2, 2)", bytes_of<float>({1, 2, 3, 4}))),
                           torch::tensor({{1.0, 2.0}, {3.0, 4.0}}, torch::kDouble)));
  EXPECT_TRUE(torch::equal(read_npy(npy("<i8", "(2,)", bytes_of<int64_t>({5, -6}))),
                           torch::tensor({5, -6}, torch::kLong)));
  EXPECT_TRUE(
      torch::equal(read_npy(npy("|u1", "(1,)", "\xff")), torch::tensor({255}, torch::kLong)));
  const SequenceFile read =
      read_sequences(file("x.npy", npy("<f8", "(2, 3)", bytes_of<double>({1, 2, 3, 4, 5, 6}))),
                     file("y.npy", npy("<i8", "(2,)", bytes_of<int64_t>({1, 0}))));
  EXPECT_THAT(read.labels, ElementsAre("1", "0"));
  EXPECT_EQ(read.series[1].sizes(), torch::IntArrayRef({3, 1}));
  EXPECT_EQ(read.series[1][2][0].item<float>(), 6.0F);
}

TEST_F(Sequences, WhatIsWrongInAFileIsSaidWithItsPlace) {
  EXPECT_THAT(error_of_reading("a.csv", "a,1\nb,x1\n"), HasSubstr("a.csv:2: 'x1' is no number"));
  EXPECT_THAT(error_of_reading("a.csv", "a,nan\n"), HasSubstr("a.csv:1: 'nan' is no number"));
  EXPECT_THAT(error_of_reading("a.csv", "a\n"),
              HasSubstr("a.csv:1: there is a label, and no values"));
  EXPECT_THAT(error_of_reading("a.csv", ",1\n"), HasSubstr("the label is empty"));
  EXPECT_THAT(error_of_reading("a.csv", "a,1e300\n"), HasSubstr("a.csv:1: a value is not finite"));
  EXPECT_THAT(error_of_reading("a.csv", "\n"), HasSubstr("has no sequences"));
  EXPECT_THAT(error_of_reading("a.csv", "\xff,1\n"), HasSubstr("is not UTF-8"));
  EXPECT_THAT(error_of_reading("a.txt", "a,1\n"), HasSubstr("must end in .csv, .jsonl or .npy"));
  EXPECT_THAT(error_of_reading("a.jsonl", "{\n"), HasSubstr("a.jsonl:1: is no JSON"));
  EXPECT_THAT(error_of_reading("a.jsonl", "[1]\n"), HasSubstr("must be {\"input\": …"));
  EXPECT_THAT(error_of_reading("a.jsonl", R"({"input": [], "label": 1})"), HasSubstr("is empty"));
  EXPECT_THAT(error_of_reading("a.jsonl", R"({"input": [[1], [2, 3]], "label": 1})"),
              HasSubstr("a step is [2,3], and the first one has 1 features"));
  EXPECT_THAT(error_of_reading("a.jsonl",
                               "{\"input\": \"a\", \"label\": 1}\n{\"input\": [1], \"label\": 1}"),
              HasSubstr("a.jsonl:2: the input is a text, or a list, unlike those before"));
  EXPECT_THAT(error_of_reading(
                  "a.jsonl", "{\"input\": [1], \"label\": 1}\n{\"input\": [[1, 2]], \"label\": 1}"),
              HasSubstr("a.jsonl:2: has 2 features, and the first one 1"));
  EXPECT_THAT(error_of_reading("a.npy", "nothing"), HasSubstr("a.npy is no .npy file"));
  EXPECT_THAT(error_of_reading("a.npy", npy("<f8", "(2, 2)", "12345678")),
              HasSubstr("is truncated"));
  EXPECT_THAT(error_of_reading("a.npy", npy("<c8", "(1,)", "12345678")),
              HasSubstr("has the type <c8, and can be read with one of"));
  EXPECT_THAT(error_of_reading("a.npy", npy("<f8", "(1, 1)", "12345678")),
              HasSubstr("its labels are in a file of their own"));
}

// A class for each of two slopes, in sequences of different lengths.
std::string slopes(int count) {
  std::string text;
  for (int n = 0; n < count; ++n) {
    text += n % 2 == 0 ? "up" : "down";
    for (int t = 0; t < 3 + n % 4; ++t)
      text += fmt::format(",{}", (n % 2 == 0 ? t : -t) + 0.1 * (n % 7));
    text += '\n';
  }
  return text;
}

TEST_F(Sequences, SplitsArePartsOfTheFiles) {
  const auto task = make("sequences", {{"train", file("train.csv", slopes(40))},
                                       {"test", file("test.csv", slopes(11))}});
  EXPECT_EQ(task->size(Split::kTrain), 36);
  EXPECT_EQ(task->size(Split::kValidation), 4);
  EXPECT_EQ(task->size(Split::kTest), 11);
  const Batch test = everything(*task, Split::kTest);
  EXPECT_EQ(test.input.sizes(), torch::IntArrayRef({6, 11, 1}));
  EXPECT_EQ(test.lengths[1].item<int64_t>(), 4);
  EXPECT_EQ(test.input[4][1][0].item<float>(), 0.0F);  // behind its end
  EXPECT_EQ(test.target[0].item<int64_t>(), 1);        // "up", after "down"
  EXPECT_EQ(task->to_json(Split::kTest, 1).at("label"), "down");
  const auto few = make("sequences", {{"train", file("train.csv", slopes(40))},
                                      {"test", file("test.csv", slopes(11))},
                                      {"validation", file("test.csv", slopes(11))},
                                      {"train_size", 10},
                                      {"test_size", 3}});
  EXPECT_EQ(few->size(Split::kTrain), 10);
  EXPECT_EQ(few->size(Split::kValidation), 11);
  EXPECT_EQ(few->size(Split::kTest), 3);
}

TEST_F(Sequences, AreStandardizedByTraining) {
  const auto task = make("sequences", {{"train", file("train.csv", slopes(40))},
                                       {"test", file("test.csv", slopes(4))},
                                       {"validation", file("v.csv", slopes(4))},
                                       {"standardize", true}});
  const Batch train = everything(*task, Split::kTrain);
  std::vector<torch::Tensor> steps;
  for (int64_t n = 0; n < train.size(); ++n) {
    steps.push_back(train.input.select(1, n).slice(0, 0, train.lengths[n].item<int64_t>()));
  }
  EXPECT_NEAR(torch::cat(steps).mean().item<double>(), 0, 1e-6);
  EXPECT_NEAR(torch::cat(steps).std(false).item<double>(), 1, 1e-6);
}

TEST_F(Sequences, TextsAreSymbolsOfTheTrainingFilesAlphabet) {
  const std::string train =
      file("train.jsonl",
           "{\"input\": \"ab\", \"label\": \"x\"}\n{\"input\": \"cä\", \"label\": \"y\"}\n");
  const auto task = make("sequences", {{"train", train}, {"test", train}, {"validation", train}});
  const Batch batch = everything(*task, Split::kTest);
  EXPECT_EQ(batch.input.scalar_type(), torch::kLong);
  EXPECT_TRUE(torch::equal(batch.input, torch::tensor({{0, 2}, {1, 3}})));
  EXPECT_EQ(task->to_json(Split::kTest, 1).at("input"), "cä");
  const auto error = [&](const std::string& test) {
    return error_of([&] {
      make("sequences", {{"train", train}, {"test", file("t.jsonl", test)}});
    });
  };
  EXPECT_THAT(error(R"({"input": "z", "label": "x"})"),
              HasSubstr("t.jsonl:1: the character 'z' is none of"));
  EXPECT_THAT(error(R"({"input": "a", "label": "q"})"),
              HasSubstr("t.jsonl:1: the label 'q' is none of"));
  EXPECT_THAT(error(R"({"input": [1], "label": "x"})"),
              HasSubstr("these are numbers, and those of the"));
  EXPECT_THAT(error_of([&] {
                options("sequences", {{"test", train}});
              }),
              HasSubstr("option 'train' is empty, and must be the path"));
}

TEST_F(Sequences, ANetworkLearnsThem) {
  for (const std::string task_name : {"sequences", "sequence_regression"}) {
    std::string text = slopes(200);
    if (task_name != "sequences") {
      for (const auto& [from, to] : {std::pair("up", "3"), std::pair("down", "-1")}) {
        for (size_t at = 0; (at = text.find(from, at)) != std::string::npos;) {
          text.replace(at, std::string(from).size(), to);
        }
      }
    }
    RunParts parts;
    parts.experiment = "test";
    parts.profile = "quick";
    parts.task = task_name;
    parts.task_options =
        options(task_name, {{"train", file("t.csv", text)}, {"test", file("t.csv", text)}});
    parts.cell = "gru";
    set_initializer(parts, "eigen");
    parts.model = model_section().from_json({{"hidden_size", 8}});
    parts.training =
        training_section().from_json({{"epochs", 15}, {"batch_size", 10}, {"learning_rate", 0.02}});
    const auto task = TaskRegistry::instance().at(task_name).make(parts.task_options);
    const RunResult result = *run_training(RunSpec(parts), *task, torch::kCPU);
    if (task_name == "sequences") {
      EXPECT_GT(result.test->at("accuracy"), 0.95);
    } else {
      EXPECT_LT(result.test->at("nmse"), 0.1);
    }
  }
}

TEST_F(Sequences, ALabelOfARegressionIsANumber) {
  const std::string words = file("t.csv", slopes(4)), equal = file("e.csv", "1,2\n1,3\n1,4\n");
  EXPECT_THAT(error_of([&] {
                make("sequence_regression", {{"train", words}, {"test", words}});
              }),
              HasSubstr("is no number"));
  EXPECT_THAT(error_of([&] {
                make("sequence_regression", {{"train", equal}, {"test", equal}});
              }),
              HasSubstr("all labels of the training file are equal"));
}

}  // namespace
}  // namespace eigenrnn
