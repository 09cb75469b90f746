#include "manifest/conditions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tasks/task.h"

namespace eigenrnn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Conditions : public testing::Test {
 protected:
  std::vector<Condition> read(const std::string& manifest) {
    problems_.clear();
    Checker check(problems_);
    return read_conditions(parse_node(manifest), &TaskRegistry::instance().at("adding"), check);
  }

  std::vector<std::string> labels(const std::string& manifest) {
    std::vector<std::string> all;
    for (const Condition& condition : read(manifest)) all.push_back(condition.label);
    return all;
  }

  Problems problems_;
};

TEST_F(Conditions, ASweepGoesThroughEveryConditionInOrder) {
  const std::string manifest =
      "{conditions: [{label: short, options: {length: 10}}, {label: long, options: {length: 20}}], "
      "sweep: {training.learning_rate: [0.001, 3e-3]}}";
  EXPECT_THAT(labels(manifest),
              ElementsAre("short, 0.001", "short, 3e-3", "long, 0.001", "long, 3e-3"));
  const Condition last = read(manifest).back();
  EXPECT_EQ(to_string(problems_), "");
  EXPECT_EQ(last.options, nlohmann::json({{"length", 20}}));
  EXPECT_EQ(last.training, nlohmann::json({{"learning_rate", 0.003}}));
}

TEST_F(Conditions, SeveralSweptOptionsAreNamedInTheLabel) {
  const std::string manifest =
      "{conditions: [{label: a, seeds: 2}], sweep: {model.hidden_size: [8, 16], "
      "task.options.length: [10, 20]}}";
  EXPECT_THAT(labels(manifest),
              ElementsAre("a, hidden_size=8, length=10", "a, hidden_size=8, length=20",
                          "a, hidden_size=16, length=10", "a, hidden_size=16, length=20"));
  const Condition last = read(manifest).back();
  EXPECT_EQ(last.model, nlohmann::json({{"hidden_size", 16}}));
  EXPECT_EQ(last.options, nlohmann::json({{"length", 20}}));
  EXPECT_EQ(last.seeds, 2U);
}

TEST_F(Conditions, WithoutConditionsTheTaskIsTheOne) {
  EXPECT_THAT(labels("{}"), ElementsAre("adding"));
  EXPECT_THAT(labels("{sweep: {training.epochs: [1, 2]}}"), ElementsAre("adding, 1", "adding, 2"));
}

TEST_F(Conditions, MistakesNameTheRule) {
  const auto mistakes = [&](const std::string& manifest) {
    read(manifest);
    return to_string(problems_);
  };
  EXPECT_THAT(mistakes("{sweep: {training.learning_rate: 0.1}}"),
              HasSubstr("the sweep of training.learning_rate must be a list of values"));
  EXPECT_THAT(mistakes("{sweep: {training.lr: [0.1]}}"),
              HasSubstr("did you mean 'learning_rate'?"));
  EXPECT_THAT(
      mistakes("{sweep: {trainin.learning_rate: [0.1]}}"),
      HasSubstr("'trainin.learning_rate' cannot be swept; there are: training, model, task.options "
                "(did you mean 'training'?)"));
  EXPECT_THAT(mistakes("{sweep: {learning_rate: [0.1]}}"),
              HasSubstr("'learning_rate' cannot be swept"));
  EXPECT_THAT(mistakes("{sweep: {training.epochs: [0]}}"), HasSubstr("must be an integer from 1"));
  EXPECT_THAT(mistakes("{sweep: {training.epochs: [2, 2]}}"),
              HasSubstr("condition 'adding, 2' is given twice"));
  EXPECT_THAT(mistakes("{conditions: [{label: a, model: {hidden: 3}}]}"),
              HasSubstr("did you mean 'hidden_size'?"));
}

}  // namespace
}  // namespace eigenrnn
