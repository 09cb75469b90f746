#include "workers/progress_text.h"

#include <limits>

#include <gtest/gtest.h>

#include "checkpoint_fixture.h"

namespace eigenrnn {
namespace {

TEST(ProgressText, SaysWhereARunIs) {
  const RunSpec spec = small_run("gru");
  EXPECT_EQ(line_of(RunUnderWay{spec, 3, std::nullopt, 0}), spec->describe() + ": starting");
  const Progress begun = {1, 5, 0.1, 0.12345, "accuracy", std::nullopt};
  EXPECT_EQ(line_of(RunUnderWay{spec, 3, begun, 0}), spec->describe() + ": epoch 1/5, loss 0.123");
  const Progress validated = {2, 5, 0.3, 0.5, "accuracy", 93.456};
  EXPECT_EQ(line_of(RunUnderWay{spec, 3, validated, 0}),
            spec->describe() + ": epoch 2/5, loss 0.5, validation accuracy 93.46");
}

TEST(ProgressText, SaysWhatARunCameTo) {
  const RunSpec spec = small_run("gru");
  const Metric& metric = TaskRegistry::instance().at(spec->task).metrics.front();
  const double value = 0.875;
  const std::string test = fmt::format("test {} {:.4g}", metric.label, value * metric.scale);
  EXPECT_EQ(line_of(spec, RunDone{RunStatus::kFinished, {{metric.name, value}}, 12}),
            spec->describe() + ": " + test + " (12 s)");
  EXPECT_EQ(line_of(spec, RunDone{RunStatus::kDiverged, {{metric.name, value}}, 12}),
            spec->describe() + ": diverged, " + test + " (12 s)");
  const double overflow = std::numeric_limits<double>::infinity();
  EXPECT_EQ(line_of(spec, RunDone{RunStatus::kFinished, {{metric.name, overflow}}, 12}),
            spec->describe() + ": test " + metric.label + " overflow (12 s)");
  EXPECT_EQ(line_of(spec, RunDone{RunStatus::kDiverged, {}, 12}),
            spec->describe() + ": diverged (12 s)");
}

TEST(ProgressText, TimeLeftIsJudgedByThePaceOfThisCall) {
  const RunSpec spec = small_run("gru");
  Estimator estimator;
  EXPECT_EQ(seconds_left({spec, 4, std::nullopt, 0}, estimator), std::nullopt);
  estimator.add(spec->kind(), 10);
  EXPECT_EQ(seconds_left({spec, 4, std::nullopt, 0}, estimator), 6);
  EXPECT_EQ(seconds_left({spec, 14, std::nullopt, 0}, estimator), 0);
  const Progress half = {2, 4, 0.5, 0, "accuracy", std::nullopt};
  EXPECT_DOUBLE_EQ(seconds_left({spec, 4, half, 0}, estimator).value(), 4);
  // It was continued at a quarter: 4 s have done another quarter.
  EXPECT_DOUBLE_EQ(seconds_left({spec, 4, half, 0.25}, estimator).value(), 8);
}

}  // namespace
}  // namespace eigenrnn
