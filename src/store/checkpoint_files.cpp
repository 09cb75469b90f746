#include "store/checkpoint_files.h"

#include <fmt/format.h>

#include "support/error.h"
#include "support/files.h"

namespace eigenrnn {
namespace fs = std::filesystem;
namespace {

constexpr const char* kMagic = "eigenrnn checkpoint";

fs::path previous_of(const fs::path& path) { return path.string() + ".previous"; }

std::string head_of(const std::string& checkpoint) {
  return fmt::format("{} {} {}\n", kMagic, checkpoint.size(), sha256(checkpoint));
}

// The bytes after the head. Throws Error if they are not those that were written.
std::string read_checked(const fs::path& path) {
  std::string content = read_file(path);
  const size_t end = content.find('\n');
  if (end == std::string::npos || content.rfind(kMagic, 0) != 0) {
    throw Error(fmt::format("its first line is not that of a checkpoint ({} bytes in all)",
                            content.size()));
  }
  const std::string head = content.substr(0, end + 1);
  content.erase(0, end + 1);
  if (head != head_of(content)) {
    throw Error(
        fmt::format("it is cut short or damaged: its {} bytes do not have the size and "
                    "SHA-256 that its first line states",
                    content.size()));
  }
  return content;
}

}  // namespace

CheckpointFiles::CheckpointFiles(fs::path path, std::function<void(const std::string&)> log)
    : newest_(std::move(path)), previous_(previous_of(newest_)), log_(std::move(log)) {}

void CheckpointFiles::save(const std::string& checkpoint) {
  // The newest makes room first: should the write fail, it is still there as the one before.
  std::error_code missing;
  fs::rename(newest_, previous_, missing);
  try {
    write_atomically(newest_, head_of(checkpoint) + checkpoint);
  } catch (const Error& error) {
    if (!has_warned_) {
      log_(fmt::format("no checkpoint can be kept, and the run goes on without: {}", error.what()));
    }
    has_warned_ = true;
  }
}

bool CheckpointFiles::load(const std::function<void(const std::string&)>& use) {
  if (!exist(newest_)) return false;
  if (load_from(newest_, use)) return true;
  if (!load_from(previous_, use)) {
    log_("no checkpoint can be used: the run starts afresh");
    return false;
  }
  std::error_code ignored;
  fs::remove(newest_, ignored);  // or the next save would put it in place of the good one
  return true;
}

bool CheckpointFiles::load_from(const fs::path& path,
                                const std::function<void(const std::string&)>& use) {
  std::error_code unreachable;
  if (!fs::exists(path, unreachable)) return false;
  try {
    use(read_checked(path));
    return true;
  } catch (const Error& error) {
    log_(fmt::format("the checkpoint {} is not used: {}", path.string(), error.what()));
    return false;
  }
}

bool CheckpointFiles::exist(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored) || fs::exists(previous_of(path), ignored);
}

void CheckpointFiles::remove(const fs::path& path) {
  const std::string name = path.filename().string();
  std::error_code ignored;  // mostly, that there is no such folder
  std::vector<fs::path> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(path.parent_path(), ignored)) {
    if (entry.path().filename().string().rfind(name, 0) == 0) found.push_back(entry.path());
  }
  for (const fs::path& file : found) fs::remove(file, ignored);
}

}  // namespace eigenrnn
