#include "workers/mps_server.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "support/error.h"
#include "support/process.h"

namespace eigenrnn {
namespace fs = std::filesystem;
namespace {

constexpr const char* kControl = "nvidia-cuda-mps-control";
constexpr const char* kPipes = "CUDA_MPS_PIPE_DIRECTORY";
constexpr const char* kLogs = "CUDA_MPS_LOG_DIRECTORY";

// Its sockets lie there, whose paths cannot be long.
fs::path make_folder() {
  std::string name = (fs::temp_directory_path() / "eigenrnn-mps-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw Error(fmt::format("cannot make the folder {}: {}", name, std::strerror(errno)));
  }
  return name;
}

// A server that was started with numbers would count its clients' numbers from there.
std::string uuids_of(const std::vector<NvidiaGpu>& gpus) {
  std::vector<std::string> uuids;
  for (const NvidiaGpu& gpu : gpus) {
    if (gpu.uuid.empty()) return "";
    uuids.push_back(gpu.uuid);
  }
  return fmt::format("{}", fmt::join(uuids, ","));
}

int status_of(const std::vector<std::string>& words,
              const std::map<std::string, std::string>& environment) {
  using Stream = ProcessSettings::Stream;
  ProcessSettings settings;
  settings.words = words;
  settings.environment = environment;
  settings.input = settings.output = settings.errors = Stream::kDiscarded;
  settings.has_own_group = true;  // Ctrl-C is for the workers first
  return Process(settings).wait();
}

bool takes_clients(const std::vector<std::string>& devices, const DeviceFacts& facts) {
  if (facts.visible && facts.visible->find("MIG") != std::string::npos) return false;
  return std::all_of(devices.begin(), devices.end(), [&](const std::string& device) {
    const size_t place = std::strtoul(device.c_str() + device.find(':') + 1, nullptr, 10);
    return place < facts.driver.gpus.size() && facts.driver.gpus[place].takes_several_processes;
  });
}

}  // namespace

MpsServer::MpsServer(const DeviceFacts& facts) : folder_(make_folder()) {
  environment_ = {{kPipes, (folder_ / "pipe").string()}, {kLogs, (folder_ / "log").string()}};
  const std::string uuids = uuids_of(facts.driver.gpus);
  if (!uuids.empty()) environment_["CUDA_VISIBLE_DEVICES"] = uuids;
  std::string problem;
  try {
    fs::create_directory(folder_ / "pipe");
    fs::create_directory(folder_ / "log");
    const int status = status_of({kControl, "-d"}, environment_);
    if (status != 0) problem = fmt::format("{} {}", kControl, how_it_ended(status));
  } catch (const std::exception& error) {
    problem = error.what();
  }
  if (problem.empty()) return;
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
  throw Error(problem);
}

MpsServer::~MpsServer() {
  try {
    status_of({"sh", "-c", fmt::format("echo quit | {}", kControl)}, environment_);
  } catch (const std::exception&) {  // it does nothing any more
  }
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::unique_ptr<MpsServer> start_mps(const std::vector<std::string>& devices, size_t jobs,
                                     const DeviceFacts& facts, std::string& remark) {
  const bool are_gpus = !devices.empty() && devices.front().rfind("cuda", 0) == 0;
  if (!are_gpus || jobs <= devices.size()) return nullptr;
  if (std::getenv(kPipes) != nullptr || !takes_clients(devices, facts)) return nullptr;
  try {
    auto server = std::make_unique<MpsServer>(facts);
    remark = "workers share each GPU through NVIDIA's MPS";
    return server;
  } catch (const Error& error) {
    remark = fmt::format("workers take turns on each GPU, without NVIDIA's MPS: {}", error.what());
    return nullptr;
  }
}

}  // namespace eigenrnn
