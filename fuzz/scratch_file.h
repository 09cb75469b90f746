#pragma once
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace eigenrnn {

/// A file for readers that take a path, in a folder of its own below $TMPDIR: what an input names
/// beside it is not there. Removed when the process ends by itself.
class ScratchFile {
 public:
  /// `name` may have folders in it.
  explicit ScratchFile(const std::filesystem::path& name) {
    std::string folder = (std::filesystem::temp_directory_path() / "fuzz-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error("cannot make " + folder);
    folder_ = folder;
    path_ = folder_ / name;
    std::filesystem::create_directories(path_.parent_path());
  }
  ~ScratchFile() { std::filesystem::remove_all(folder_); }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  /// The file, now with these bytes and no others.
  const std::filesystem::path& with(const uint8_t* data, size_t size) const {
    std::FILE* file = std::fopen(path_.c_str(), "wb");
    if (file == nullptr) throw std::runtime_error("cannot write " + path_.string());
    const bool written = std::fwrite(data, 1, size, file) == size;
    if (std::fclose(file) != 0 || !written) {
      throw std::runtime_error("cannot write " + path_.string());
    }
    return path_;
  }

  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_, path_;
};

}  // namespace eigenrnn
