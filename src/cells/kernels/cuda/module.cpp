#include "cells/kernels/cuda/module.h"

#include <cstdint>
#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <tuple>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cells/kernels/cuda/block_kernels_source.h"
#include "support/error.h"
#include "support/files.h"

namespace eigenrnn::cuda {
namespace {

// A library's functions by name; where it is not there, so is none of them.
class Library {
 public:
  explicit Library(const std::vector<std::string>& names) : names_(names) {
    for (const std::string& name : names) {
      handle_ = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
      if (handle_ != nullptr) return;
    }
  }

  template <class Function>
  Function* function(const char* name) const {
    void* found = handle_ == nullptr ? nullptr : ::dlsym(handle_, name);
    if (found == nullptr) {
      throw Error(fmt::format("{} is not found in {}", name, fmt::join(names_, ", ")));
    }
    return reinterpret_cast<Function*>(found);
  }

 private:
  std::vector<std::string> names_;
  void* handle_ = nullptr;
};

const Library& compiler() {
  // The first is LibTorch's own way to the one that it brings along.
  static const Library library({"libcaffe2_nvrtc.so", "libnvrtc.so.13", "libnvrtc.so.12",
                                "libnvrtc.so.11.2", "libnvrtc.so"});
  return library;
}

const Library& driver() {
  static const Library library({"libcuda.so.1"});
  return library;
}

template <class... Parameters, class... Arguments>
void call_driver(const char* name, Arguments... arguments) {
  const int code = driver().function<int(Parameters...)>(name)(arguments...);
  if (code == 0) return;
  const char* text = nullptr;
  driver().function<int(int, const char**)>("cuGetErrorString")(code, &text);
  throw Error(fmt::format("CUDA error: {}: {}", name, text != nullptr ? text : "unknown"));
}

// The driver's numbers of what is asked for.
constexpr int kMultiprocessors = 16, kMajor = 75, kMinor = 76, kSharedBytes = 97;
constexpr int kFunctionSharedBytes = 8;

int attribute(int device, int which) {
  int handle = 0, value = 0;
  call_driver<int*, int>("cuDeviceGet", &handle, device);
  call_driver<int*, int, int>("cuDeviceGetAttribute", &value, which, handle);
  return value;
}

// Registers of a thread: a multiprocessor has 65,536, and gives them to four warps at a time.
int registers(int threads) {
  const int warps = (threads / 32 + 3) / 4 * 4;
  return std::min(65536 / (32 * warps) / 8 * 8, 255);
}

// What a thread needs besides weights.
constexpr int kOtherRegisters = 60;

template <class Value>
int chunks(int inner, Value lanes) {
  return (inner + 4 * lanes - 1) / (4 * lanes);
}

int kept(int threads, int inner, int products, int units) {
  const int most = std::max(0, (registers(threads) - kOtherRegisters) / (4 * products * units));
  return std::min(most, chunks(inner, 4 * units));
}

int shared(int threads, int inner, int products, int units, int rows, int kept) {
  const int all = chunks(inner, 4 * units);
  return 2 * rows * 16 * units * all + 4 * (all - kept) * products * units * threads;
}

std::filesystem::path cache_folder() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  if (cache != nullptr && *cache != '\0') return std::filesystem::path(cache) / "eigenrnn";
  if (home != nullptr && *home != '\0') return std::filesystem::path(home) / ".cache/eigenrnn";
  return {};
}

// A cache is a convenience: what goes wrong with it costs a second.
std::string cached(const std::string& name, const std::function<std::string()>& make) {
  const std::filesystem::path folder = cache_folder(), path = folder / name;
  try {
    if (!folder.empty() && std::filesystem::exists(path)) return read_file(path);
  } catch (const std::exception&) {
  }
  std::string made = make();
  try {
    if (!folder.empty()) {
      std::filesystem::create_directories(folder);
      write_atomically(path, made);
    }
  } catch (const std::exception&) {
  }
  return made;
}

struct Functions {
  void* forward = nullptr;
  void* backward = nullptr;
};

Functions load(const ShapeValues& shape, int device) {
  const int major = attribute(device, kMajor), minor = attribute(device, kMinor);
  int version[2] = {};
  compiler().function<int(int*, int*)>("nvrtcVersion")(&version[0], &version[1]);
  const std::string hash = sha256(kBlockKernelsSource).substr(0, 16);
  const std::string name = fmt::format("{}-nvrtc{}.{}-sm_{}{}-{}.cubin", hash, version[0],
                                       version[1], major, minor, shape.text());
  const std::string code = cached(name, [&] { return compile(shape, major, minor); });
  void* module = nullptr;
  Functions functions;
  call_driver<void**, const void*>("cuModuleLoadData", &module, code.data());
  const auto take = [&](void** function, const char* symbol, int floats) {
    call_driver<void**, void*, const char*>("cuModuleGetFunction", function, module, symbol);
    call_driver<void*, int, int>("cuFuncSetAttribute", *function, kFunctionSharedBytes,
                                 floats * static_cast<int>(sizeof(float)));
  };
  take(&functions.forward, "eigenrnn_forward", shape.shared_forward());
  take(&functions.backward, "eigenrnn_backward", shape.shared_backward());
  return functions;
}

// The backward pass runs in a thread of LibTorch's.
Functions functions_of(const ShapeValues& shape, int device) {
  static std::mutex mutex;
  static std::map<std::tuple<std::string, int>, Functions> loaded;
  const std::lock_guard<std::mutex> lock(mutex);
  const std::tuple<std::string, int> key(shape.text(), device);
  auto found = loaded.find(key);
  if (found == loaded.end()) found = loaded.emplace(key, load(shape, device)).first;
  return found->second;
}

void start(void* function, const ShapeValues& shape, int floats, const Call& call) {
  const auto blocks = static_cast<unsigned>((call.batch + shape.rows - 1) / shape.rows);
  const auto threads = static_cast<unsigned>(shape.threads());
  Call copy = call;
  void* parameters[] = {&copy};
  using U = unsigned;
  // On the stream that LibTorch uses where nobody has chosen another: the default one.
  call_driver<void*, U, U, U, U, U, U, U, void*, void**, void**>(
      "cuLaunchKernel", function, blocks, 1U, 1U, threads, 1U, 1U,
      static_cast<U>(floats) * static_cast<U>(sizeof(float)), static_cast<void*>(nullptr),
      static_cast<void**>(parameters), static_cast<void**>(nullptr));
}

}  // namespace

// What ForwardProduct and BackwardProduct say.
int ShapeValues::kept_forward() const {
  return kept(threads(), hidden, gates(), gates() == 1 ? 4 : 1);
}
int ShapeValues::kept_backward() const { return kept(threads(), gates() * hidden, 1, 4); }
int ShapeValues::shared_forward() const {
  return shared(threads(), hidden, gates(), gates() == 1 ? 4 : 1, rows, kept_forward());
}
int ShapeValues::shared_backward() const {
  return shared(threads(), gates() * hidden, 1, 4, rows, kept_backward());
}
std::string ShapeValues::text() const {
  return fmt::format("{},{},{},{},{},{},{}", cell, hidden, input, input == kDrives ? 1 : inputs,
                     rows, kept_forward(), kept_backward());
}

std::string compile(const ShapeValues& shape, int major, int minor, std::string* log) {
  const Library& nvrtc = compiler();
  using Program = void*;
  Program program = nullptr;
  nvrtc.function<int(Program*, const char*, const char*, int, const char**, const char**)>(
      "nvrtcCreateProgram")(&program, kBlockKernelsSource, "block_kernels.cu", 0, nullptr, nullptr);
  const std::string architecture = fmt::format("--gpu-architecture=sm_{}{}", major, minor);
  const std::string define = "-DEIGENRNN_SHAPE=" + shape.text();
  const std::vector<const char*> options = {architecture.c_str(), "--std=c++17", "-default-device",
                                            define.c_str(), "--ptxas-options=-v"};
  const int code = nvrtc.function<int(Program, int, const char* const*)>("nvrtcCompileProgram")(
      program, static_cast<int>(options.size()), options.data());
  const auto text = [&](const char* size_name, const char* name) {
    size_t size = 0;
    nvrtc.function<int(Program, size_t*)>(size_name)(program, &size);
    std::string result(size, '\0');
    nvrtc.function<int(Program, char*)>(name)(program, result.data());
    return result;
  };
  const std::string said = text("nvrtcGetProgramLogSize", "nvrtcGetProgramLog");
  if (log != nullptr) *log = said;
  const std::string made = code == 0 ? text("nvrtcGetCUBINSize", "nvrtcGetCUBIN") : std::string();
  nvrtc.function<int(Program*)>("nvrtcDestroyProgram")(&program);
  if (code != 0) {
    throw Error(
        fmt::format("the sequence kernels do not compile for this GPU (compute capability "
                    "{}.{}); `model: {{kernel: libtorch}}` does without them. {}",
                    major, minor, said));
  }
  return made;
}

Limits limits_of(int device) {
  static std::mutex mutex;
  static std::map<int, Limits> known;
  const std::lock_guard<std::mutex> lock(mutex);
  auto found = known.find(device);
  if (found == known.end()) {
    const Limits limits = {attribute(device, kMultiprocessors), attribute(device, kSharedBytes)};
    found = known.emplace(device, limits).first;
  }
  return found->second;
}

void start_forward(const ShapeValues& shape, int device, const Call& call) {
  start(functions_of(shape, device).forward, shape, shape.shared_forward(), call);
}

void start_backward(const ShapeValues& shape, int device, const Call& call) {
  start(functions_of(shape, device).backward, shape, shape.shared_backward(), call);
}

}  // namespace eigenrnn::cuda
