#include "workers/devices.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/cuda.h>
#include <torch/types.h>

#include "support/error.h"
#include "support/files.h"

namespace eigenrnn {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::ThrowsMessage;

NvidiaGpu gpu_of(int64_t gib) {
  NvidiaGpu gpu;
  gpu.memory = gib << 30;
  return gpu;
}

// A machine with two GPUs and a LibTorch that can use them.
DeviceFacts two_gpus() {
  DeviceFacts facts;
  facts.libtorch_has_cuda = true;
  facts.libtorch_gpus = facts.driver.installed = 2;
  facts.driver.is_there = true;
  facts.driver.version = "580.65.06";
  facts.driver.cuda = 13000;
  facts.driver.gpus = {gpu_of(80), gpu_of(80)};
  return facts;
}

DeviceFacts without_cuda_in_libtorch() {
  DeviceFacts facts = two_gpus();
  facts.libtorch_has_cuda = false;
  facts.libtorch_gpus = 0;
  return facts;
}

DeviceFacts with_none_visible() {
  DeviceFacts facts = two_gpus();
  facts.libtorch_gpus = 0;
  facts.driver.gpus.clear();
  facts.visible = "7";
  return facts;
}

void expect_refused(const std::string& device, const DeviceFacts& facts, const std::string& words) {
  EXPECT_THAT([&] { resolve_devices(device, facts); }, ThrowsMessage<Error>(HasSubstr(words)));
}

TEST(DevicesTest, AreTheGpusWhereThereAreAny) {
  EXPECT_THAT(resolve_devices("auto", two_gpus()).names, ElementsAre("cuda:0", "cuda:1"));
  EXPECT_THAT(resolve_devices("cuda", two_gpus()).names, ElementsAre("cuda:0", "cuda:1"));
  EXPECT_THAT(resolve_devices("cuda:1", two_gpus()).names, ElementsAre("cuda:1"));
  EXPECT_THAT(resolve_devices("cpu", two_gpus()).names, ElementsAre("cpu"));
  EXPECT_THAT(resolve_devices("auto", two_gpus()).remark, IsEmpty());
  EXPECT_TRUE(resolve_devices("auto", two_gpus()).are_gpus());
  EXPECT_FALSE(resolve_devices("cpu", two_gpus()).are_gpus());
  expect_refused("cuda:2", two_gpus(), "LibTorch sees 2 GPUs, the last of them cuda:1");
  expect_refused("tpu", two_gpus(), "unknown device 'tpu'");
}

TEST(DevicesTest, AreTheCpuWithoutAWordWhereThereIsNoGpu) {
  const Devices devices = resolve_devices("auto", DeviceFacts());
  EXPECT_THAT(devices.names, ElementsAre("cpu"));
  EXPECT_THAT(devices.remark, IsEmpty());
}

TEST(DevicesTest, AGpuThatCannotBeUsedIsTold) {
  const Devices devices = resolve_devices("auto", without_cuda_in_libtorch());
  EXPECT_THAT(devices.names, ElementsAre("cpu"));
  EXPECT_THAT(devices.remark, HasSubstr("though the machine has a GPU: this LibTorch was built "
                                        "without CUDA"));
  EXPECT_THAT(resolve_devices("auto", with_none_visible()).remark, HasSubstr("is '7'"));
}

TEST(DevicesTest, UnderSlurmWithAGpuTheCpuIsRefused) {
  DeviceFacts facts = without_cuda_in_libtorch();
  facts.slurm = "SLURM_JOB_GPUS=0";
  expect_refused("auto", facts, "Slurm was asked for a GPU (SLURM_JOB_GPUS=0)");
  facts.driver = {};  // also where the driver is not there
  expect_refused("auto", facts, "built without CUDA");
  EXPECT_THAT(resolve_devices("cpu", facts).names, ElementsAre("cpu"));
}

TEST(DevicesTest, WhyThereIsNoCudaIsToldApart) {
  expect_refused("cuda", without_cuda_in_libtorch(), "this LibTorch was built without CUDA");
  expect_refused("cuda:0", with_none_visible(), "CUDA_VISIBLE_DEVICES is '7'");
  DeviceFacts facts = with_none_visible();
  facts.visible = "";
  expect_refused("cuda", facts, "CUDA_VISIBLE_DEVICES is ''");
  facts.visible = std::nullopt;
  expect_refused("cuda", facts, "the NVIDIA driver sees no GPU");
  facts.driver.error = 803;
  expect_refused("cuda", facts, "driver 580.65.06 does not start (cuInit says 803)");
  facts.driver.is_there = false;
  expect_refused("cuda", facts, "there is no NVIDIA driver");
  DeviceFacts old_driver = two_gpus();
  old_driver.libtorch_gpus = 0;
  old_driver.driver.cuda = 11040;
  expect_refused("cuda", old_driver, "offers: CUDA 11.4 and no newer");
}

TEST(DevicesTest, TheFactsHereFitOneAnother) {
  const DeviceFacts& facts = device_facts();
  EXPECT_LE(facts.libtorch_gpus, facts.driver.gpus.size());
  EXPECT_LE(facts.driver.gpus.size(), facts.driver.installed);
  EXPECT_EQ(facts.libtorch_gpus > 0, torch::cuda::is_available());
}

TEST(DevicesTest, AsManyJobsShareAGpuAsItHasMemoryAndThreadsFor) {
  EXPECT_EQ(default_jobs_per_gpu(two_gpus(), 2, 64), 8);
  EXPECT_EQ(default_jobs_per_gpu(two_gpus(), 2, 6), 3);
  EXPECT_EQ(default_jobs_per_gpu(two_gpus(), 2, 1), 1);
  DeviceFacts small = two_gpus();
  small.driver.gpus[1] = gpu_of(11);
  EXPECT_EQ(default_jobs_per_gpu(small, 2, 64), 5);
  small.driver.gpus[1].takes_several_processes = false;
  EXPECT_EQ(default_jobs_per_gpu(small, 2, 64), 1);
}

TEST(DevicesTest, ANumberPerGpuCountsOnGpusOnly) {
  const Devices gpus = {{"cuda:0", "cuda:1"}, ""}, cpu = {{"cpu"}, ""};
  EXPECT_EQ(default_jobs(gpus, 5), 10);
  EXPECT_EQ(default_jobs(cpu, 500), default_jobs(cpu));
  EXPECT_GE(default_jobs(gpus), 2);
}

TEST(NvidiaDriverTest, IsAskedWithoutCuda) {
  const fs::path proc = fs::temp_directory_path() / ("eigenrnn-proc-" + unique_word());
  write_atomically(proc / "version",
                   "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22\n"
                   "GCC version:  gcc version 12.2.0\n");
  for (const char* gpu : {"0000:01:00.0", "0000:02:00.0", "0000:03:00.0"}) {
    write_atomically(proc / "gpus" / gpu / "information", "Model: \t Fake\n");
  }
  const NvidiaDriver driver = ask_nvidia_driver(EIGENRNN_FAKE_NVIDIA_DRIVER, proc);
  const NvidiaDriver none = ask_nvidia_driver("libcuda-that-is-not-there.so", proc);
  fs::remove_all(proc);
  EXPECT_TRUE(driver.is_there);
  EXPECT_EQ(driver.error, 0);
  EXPECT_EQ(driver.version, "550.54.14");
  EXPECT_EQ(driver.cuda, 12040);
  EXPECT_EQ(driver.installed, 3u);
  ASSERT_EQ(driver.gpus.size(), 2u);
  EXPECT_EQ(driver.gpus[0].name, "Fake H100");
  EXPECT_EQ(driver.gpus[0].memory, int64_t{80} << 30);
  EXPECT_EQ(driver.gpus[0].uuid, "GPU-46474849-4a4b-4c4d-4e4f-505152535455");
  EXPECT_TRUE(driver.gpus[0].takes_several_processes);
  EXPECT_EQ(driver.gpus[1].name, "Fake A100");
  EXPECT_FALSE(driver.gpus[1].takes_several_processes);
  EXPECT_FALSE(none.is_there);
  EXPECT_EQ(none.version, "550.54.14");
  EXPECT_EQ(none.installed, 3u);
  EXPECT_THAT(none.gpus, IsEmpty());
}

TEST(NvidiaDriverTest, OfAMachineWithoutOneNothingIsKnown) {
  const NvidiaDriver driver = ask_nvidia_driver("libcuda-that-is-not-there.so", "/nowhere");
  EXPECT_FALSE(driver.is_there);
  EXPECT_THAT(driver.version, IsEmpty());
  EXPECT_EQ(driver.installed, 0u);
}

TEST(NvidiaDriverTest, VersionsOfCudaAreToldAsPeopleDo) {
  EXPECT_EQ(cuda_version_text(13000), "13.0");
  EXPECT_EQ(cuda_version_text(12040), "12.4");
}

}  // namespace
}  // namespace eigenrnn
