#include "support/files.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <openssl/evp.h>
#include <random>
#include <sstream>
#include <unistd.h>

#include <fmt/format.h>

#include "support/error.h"

namespace eigenrnn {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void fail(const std::string& action, const fs::path& path, int error) {
  throw Error(fmt::format("cannot {} {}: {}", action, path.string(), std::strerror(error)));
}

// Writes, syncs and closes; the first errno that was met, or 0.
int write_and_close(int descriptor, std::string_view content) {
  int error = 0;
  while (!content.empty() && error == 0) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written >= 0) {
      content.remove_prefix(static_cast<size_t>(written));
    } else if (errno != EINTR) {
      error = errno;
    }
  }
  if (error == 0 && ::fsync(descriptor) != 0) error = errno;
  if (::close(descriptor) != 0 && error == 0) error = errno;
  return error;
}

void sync_directory(const fs::path& directory) {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;  // some file systems do not allow it; the rename is done all the same
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

void write_atomically(const fs::path& path, std::string_view content) {
  const fs::path directory = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::error_code failed;
  fs::create_directories(directory, failed);
  if (failed) fail("create the folder", directory, failed.value());

  // Two writers have files of their own; both write the same facts, and the later rename wins.
  const fs::path temporary = temporary_beside(path);
  const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) fail("write", temporary, errno);
  int error = write_and_close(descriptor, content);
  if (error == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(temporary.c_str());
    fail("write", path, error);
  }
  sync_directory(directory);
}

fs::path temporary_beside(const fs::path& path) {
  static const std::string word = unique_word();
  return fmt::format("{}.{}.tmp", path.string(), word);
}

std::string unique_word() {
  std::random_device device;
  return fmt::format("{:08x}{:08x}", device(), device());
}

std::string read_file(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) fail("read", path, errno);
  std::ostringstream content;
  content << stream.rdbuf();
  if (stream.bad()) fail("read", path, errno);
  return content.str();
}

std::string sha256(std::string_view content) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  if (EVP_Digest(content.data(), content.size(), digest.data(), &size, EVP_sha256(), nullptr) !=
      1) {
    throw Error("sha256: OpenSSL refused to compute a digest");
  }
  std::string hexadecimal;
  for (unsigned int i = 0; i < size; ++i) hexadecimal += fmt::format("{:02x}", digest[i]);
  return hexadecimal;
}

fs::path datasets_directory() {
  const char* configured = std::getenv("EIGENRNN_DATASETS");
  return configured != nullptr && *configured != '\0' ? fs::path(configured) : fs::path("datasets");
}

}  // namespace eigenrnn
