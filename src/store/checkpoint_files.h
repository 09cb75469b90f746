#pragma once
#include <filesystem>
#include <functional>
#include <string>

#include "run/checkpoint_store.h"

namespace eigenrnn {

/// The checkpoints of one run on disk: the newest in `path`, the one before in `path`.previous.
/// Each starts with a line of text that has the size and the SHA-256 of the rest, so a file that
/// is cut short or damaged is noticed. At any moment there is a whole one. One process may use
/// them at a time.
class CheckpointFiles : public CheckpointStore {
 public:
  /// `log` is told of every file that is not used, and once if writing does not work.
  CheckpointFiles(std::filesystem::path path, std::function<void(const std::string&)> log);

  void save(const std::string& checkpoint) override;
  bool load(const std::function<void(const std::string&)>& use) override;

  /// Is there a file to go on from, good or bad?
  static bool exist(const std::filesystem::path& path);
  /// Removes both, and what a writer that was killed left beside them. Does not throw: what stays
  /// behind costs room only.
  static void remove(const std::filesystem::path& path);

 private:
  bool load_from(const std::filesystem::path& path,
                 const std::function<void(const std::string&)>& use);

  std::filesystem::path newest_, previous_;
  std::function<void(const std::string&)> log_;
  bool has_warned_ = false;
};

}  // namespace eigenrnn
