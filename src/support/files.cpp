#include "support/files.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iostream>
#include <openssl/evp.h>
#include <optional>
#include <random>
#include <sstream>
#include <unistd.h>

#include <fmt/format.h>

#include "support/error.h"

namespace eigenrnn {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void fail(const std::string& action, const fs::path& path, int error) {
  const std::string what =
      fmt::format("cannot {} {}: {}", action, path.string(), std::strerror(error));
  if (action == "read") throw Error(what);  // mostly a path that names nothing
  throw StorageError(what);
}

// The first errno that was met, or 0.
int write_all(int descriptor, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written >= 0) {
      content.remove_prefix(static_cast<size_t>(written));
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

int close_after(int descriptor, int error) {
  if (::close(descriptor) != 0 && error == 0) error = errno;
  return error;
}

int write_and_close(int descriptor, std::string_view content) {
  int error = write_all(descriptor, content);
  if (error == 0 && ::fsync(descriptor) != 0) error = errno;
  return close_after(descriptor, error);
}

// The descriptor of this process that a path like /proc/self/fd/1 names.
std::optional<int> own_descriptor(const fs::path& path) {
  std::error_code absent;
  const fs::path folder = fs::canonical(path.parent_path(), absent);
  if (absent || folder != fs::canonical("/proc/self/fd", absent) || absent) return std::nullopt;
  return std::atoi(path.filename().c_str());
}

// Where the links lead, though nothing may be there yet; one of the process's own descriptors
// (/dev/stdout is a link to one) is not followed further.
fs::path follow_links(fs::path path) {
  constexpr int kMostLinks = 40;  // as Linux
  for (int i = 0; i < kMostLinks; ++i) {
    std::error_code no_link;
    const fs::path target = fs::read_symlink(path, no_link);
    if (no_link || own_descriptor(path)) return path;
    path = path.parent_path() / target;  // an absolute target takes its place
  }
  fail("write", path, ELOOP);
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

void write_output(const fs::path& path, std::string_view content) {
  const fs::path place = follow_links(path);
  std::error_code absent;
  const fs::file_status status = fs::status(place, absent);
  const std::optional<int> own = own_descriptor(place);
  if (!own && (!fs::exists(status) || fs::is_regular_file(status))) {
    write_atomically(place, content);
    return;
  }
  // A descriptor is not opened anew: it would write from the start of a file that it stands for.
  if (own) std::cout.flush();
  const int descriptor = own ? ::dup(*own) : ::open(place.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) fail("write", path, errno);
  const int error = close_after(descriptor, write_all(descriptor, content));
  if (error != 0) fail("write", path, error);
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
    throw Bug("sha256: OpenSSL refused to compute a digest");
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
