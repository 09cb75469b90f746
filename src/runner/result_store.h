#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "manifest/run_spec.h"

namespace eigenrnn {

/// The results folder: results/<profile>/<experiment>/<key>.json. It is the grid's only memory.
class ResultStore {
 public:
  explicit ResultStore(std::filesystem::path root) : root_(std::move(root)) {}

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path directory(const RunSpec& spec) const;
  std::filesystem::path path(const RunSpec& spec) const;

  /// "finished", "diverged" or "failed"; nothing if there is no result, or one that cannot be read
  /// (it will be made again).
  std::optional<std::string> status(const RunSpec& spec) const;
  /// Finished or diverged: there is nothing left to do.
  bool is_done(const RunSpec& spec) const;

  /// Atomically. Throws Error with the system's reason.
  void write(const RunSpec& spec, const nlohmann::json& result) const;

  /// Mean seconds per run of each kind (RunSpec::kind) over the results that are there.
  std::map<std::string, double> seconds_by_kind(const std::vector<RunSpec>& runs) const;

  /// Throws Error saying what is wrong if results could not be written into this folder. Removes
  /// temporary files that a killed process left there.
  void check_writable(const std::filesystem::path& directory) const;

 private:
  std::filesystem::path root_;
};

/// The right to carry out one run. It is an flock on a file, so the system takes it back when its
/// owner dies; on NFS this needs a server with lock support (the default since NFSv4).
class Claim {
 public:
  /// Nothing if another process holds it. Throws Error if the file cannot be made.
  static std::optional<Claim> acquire(const ResultStore& store, const RunSpec& spec);

  Claim(Claim&& other) noexcept;
  Claim& operator=(Claim&&) = delete;
  ~Claim();

 private:
  Claim(int descriptor, std::filesystem::path path);

  int descriptor_;
  std::filesystem::path path_;
};

}  // namespace eigenrnn
