#include "training/gpu_arithmetic.h"

#include <cstdlib>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "checkpoint_fixture.h"

namespace eigenrnn {
namespace {

// Puts back what the other tests compute with.
class GpuArithmetic : public ::testing::Test {
 protected:
  void TearDown() override {
    at::Context& context = at::globalContext();
    context.setDeterministicAlgorithms(false, false);
    context.setDeterministicCuDNN(false);
    ::unsetenv("CUBLAS_WORKSPACE_CONFIG");
  }
};

TEST_F(GpuArithmetic, IsInAFixedOrderAndInFullPrecision) {
  at::Context& context = at::globalContext();
  context.setBenchmarkCuDNN(true);
  for (const bool tf32 : {true, false}) {
    set_gpu_arithmetic(tf32);
    EXPECT_TRUE(context.deterministicAlgorithms());
    EXPECT_FALSE(context.deterministicAlgorithmsWarnOnly());
    EXPECT_TRUE(context.deterministicCuDNN());
    EXPECT_FALSE(context.benchmarkCuDNN());
    EXPECT_EQ(context.allowTF32CuBLAS(), tf32);
    EXPECT_EQ(context.allowTF32CuDNN(), tf32);
  }
}

TEST_F(GpuArithmetic, LeavesTheWorkspaceThatTheUserChose) {
  ::unsetenv("CUBLAS_WORKSPACE_CONFIG");
  set_cublas_workspace();
  EXPECT_STREQ(std::getenv("CUBLAS_WORKSPACE_CONFIG"), ":4096:8");
  ::setenv("CUBLAS_WORKSPACE_CONFIG", ":16:8", 1);
  set_gpu_arithmetic(/*tf32=*/false);
  EXPECT_STREQ(std::getenv("CUBLAS_WORKSPACE_CONFIG"), ":16:8");
}

TEST(GpuFacts, AreTheDriversAndLibtorchs) {
  NvidiaDriver driver;
  driver.version = "580.65.06";
  driver.gpus.resize(2);
  driver.gpus[1].name = "NVIDIA H100 80GB HBM3";
  const GpuFacts second = gpu_facts(driver, 1, 13000, 91002);
  EXPECT_EQ(second.name, "NVIDIA H100 80GB HBM3");
  EXPECT_EQ(second.driver, "580.65.06");
  EXPECT_EQ(second.cuda, "13.0");
  EXPECT_EQ(second.cudnn, "9.10.2");
  const GpuFacts third = gpu_facts(NvidiaDriver(), 2, 11080, 8907);
  EXPECT_EQ(third.name, "unknown");
  EXPECT_EQ(third.driver, "unknown");
  EXPECT_EQ(third.cuda, "11.8");
  EXPECT_EQ(third.cudnn, "8.9.7");
  EXPECT_EQ(gpu_facts(driver, 1, 13000, 0).cudnn, "none");
}

TEST(GpuFacts, StandInTheResultOfARunOnAGpu) {
  RunResult result(small_run("gru"));
  result.device = "cpu";
  EXPECT_EQ(to_json(result).at("provenance").count("gpu"), 0);
  result.device = "cuda:1";
  result.gpu = GpuFacts{"NVIDIA H100 80GB HBM3", "580.65.06", "13.0", "9.10.2", true};
  EXPECT_EQ(to_json(result).at("provenance").at("gpu"),
            nlohmann::json::parse(R"({"name": "NVIDIA H100 80GB HBM3", "driver": "580.65.06",
                                      "cuda": "13.0", "cudnn": "9.10.2", "tf32": true})"));
}

}  // namespace
}  // namespace eigenrnn
