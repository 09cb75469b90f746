#include "verification/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eigenrnn {
namespace {

using nlohmann::json;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

json made_on(const std::string& device, const json& gpu) {
  json provenance = {{"cpu", "Some CPU"}, {"device", device}};
  if (!gpu.is_null()) provenance["gpu"] = gpu;
  return {{"provenance", provenance}};
}

json gpu_named(const std::string& name, const std::string& driver = "580.65.06") {
  return {
      {"name", name}, {"driver", driver}, {"cuda", "13.0"}, {"cudnn", "9.10.2"}, {"tf32", false}};
}

TEST(ChangesOfMachine, AnotherGpuOfTheSameKindOwesTheSameBits) {
  EXPECT_THAT(changes_of_machine(made_on("cuda:1", gpu_named("H100")),
                                 made_on("cuda:0", gpu_named("H100"))),
              IsEmpty());
}

TEST(ChangesOfMachine, AnotherModelOfGpuDoesNot) {
  EXPECT_THAT(changes_of_machine(made_on("cuda:0", gpu_named("H100")),
                                 made_on("cuda:0", gpu_named("A100", "550.1"))),
              UnorderedElementsAre("gpu name H100 → A100", "gpu driver 580.65.06 → 550.1"));
}

TEST(ChangesOfMachine, NorDoesAGpuThatWasNotRecordedOrAProcessor) {
  EXPECT_THAT(changes_of_machine(made_on("cuda:0", {}), made_on("cuda:0", gpu_named("H100"))),
              UnorderedElementsAre("gpu not recorded"));
  EXPECT_THAT(changes_of_machine(made_on("cuda:0", gpu_named("H100")), made_on("cpu", {})),
              UnorderedElementsAre("device cuda → cpu"));
}

// A finished run of Tomita grammars with these test metrics.
json run_with(double accuracy, double loss, int seed = 0) {
  return {{"status", "finished"},
          {"spec", {{"seed", seed}, {"task", {{"name", "tomita"}}}}},
          {"spectra", {{"start", json::array()}}},
          {"epochs", json::array()},
          {"metrics", {{"accuracy", accuracy}, {"loss", loss}}}};
}

std::vector<std::string> beyond(const json& recorded, const json& repeated,
                                const std::vector<json>& row) {
  std::vector<std::string> places;
  for (const Difference& difference : judge_elsewhere(recorded, repeated, row).beyond) {
    places.push_back(difference.where);
  }
  return places;
}

TEST(JudgeElsewhere, LossesMayDifferByTheFactorsThatSeedsDifferBy) {
  const std::vector<json> row = {run_with(0.99, 0.004, 1), run_with(0.99, 0.01, 2),
                                 run_with(0.99, 0.03, 3), run_with(0.99, 0.016, 4)};
  const json recorded = run_with(0.99, 0.02);
  EXPECT_THAT(beyond(recorded, run_with(0.99, 0.08), row), IsEmpty());
  EXPECT_THAT(beyond(recorded, run_with(0.99, 0.002), row), IsEmpty());
  EXPECT_THAT(beyond(recorded, run_with(0.99, 2.0), row), UnorderedElementsAre("metrics.loss"));
}

TEST(JudgeElsewhere, AccuraciesMayDifferByTheAmountsThatSeedsDifferBy) {
  const std::vector<json> row = {run_with(0.90, 0.1, 1), run_with(0.92, 0.2, 2),
                                 run_with(0.94, 0.3, 3)};  // a standard deviation of 0.02
  const json recorded = run_with(0.91, 0.2);
  EXPECT_THAT(beyond(recorded, run_with(0.98, 0.2), row), IsEmpty());
  EXPECT_THAT(beyond(recorded, run_with(0.75, 0.2), row), UnorderedElementsAre("metrics.accuracy"));
}

TEST(JudgeElsewhere, ALossOfZeroIsJudgedByAmounts) {
  const std::vector<json> row = {run_with(1, 0, 1), run_with(1, 0.1, 2), run_with(1, 0.2, 3)};
  EXPECT_THAT(beyond(run_with(1, 0), run_with(1, 0.1), row), IsEmpty());
  EXPECT_THAT(beyond(run_with(1, 0), run_with(1, 0.5), row), UnorderedElementsAre("metrics.loss"));
}

}  // namespace
}  // namespace eigenrnn
