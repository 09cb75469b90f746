#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "workers/devices.h"

namespace eigenrnn {

/// NVIDIA's Multi-Process Service, of our own: with it the kernels of several processes run on a
/// GPU side by side, and without it the processes take turns. It ends with this object; if this
/// process is killed, it stays behind and does nothing.
class MpsServer {
 public:
  /// For the GPUs that `facts` has. Throws Error, saying why, if it does not start.
  explicit MpsServer(const DeviceFacts& facts);
  ~MpsServer();
  MpsServer(const MpsServer&) = delete;
  MpsServer& operator=(const MpsServer&) = delete;

  /// What a process needs to take part. It counts GPUs as before.
  const std::map<std::string, std::string>& environment() const { return environment_; }

 private:
  std::filesystem::path folder_;
  std::map<std::string, std::string> environment_;
};

/// A server for `jobs` workers that share out `devices`, and in `remark` a line on it. None where
/// no GPU has several workers, where the user has one (CUDA_MPS_PIPE_DIRECTORY is set), where a GPU
/// takes one process alone or is a part of one, and where it cannot be started.
std::unique_ptr<MpsServer> start_mps(const std::vector<std::string>& devices, size_t jobs,
                                     const DeviceFacts& facts, std::string& remark);

}  // namespace eigenrnn
