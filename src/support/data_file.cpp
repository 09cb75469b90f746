#include "support/data_file.h"

#include <fmt/format.h>

#include "support/error.h"
#include "support/files.h"

namespace eigenrnn {

std::string DataFile::read() const {
  std::error_code unreachable;
  if (!std::filesystem::exists(path, unreachable) && !unreachable) fail("is missing");
  try {
    return read_file(path);
  } catch (const Error& error) {
    throw DataError(fmt::format("{}; to mend it: {}", error.what(), remedy));
  }
}

void DataFile::check_sha256(std::string_view bytes, const std::string& expected) const {
  if (expected.empty()) return;
  const std::string found = sha256(bytes);
  if (found == expected) return;
  fail(
      fmt::format("is not the published file: its SHA-256 is {}, and must be {}", found, expected));
}

void DataFile::fail(const std::string& what) const {
  throw DataError(fmt::format("{} {}; to mend it: {}", path.string(), what, remedy));
}

void DataFile::fail(size_t line, const std::string& what) const {
  throw DataError(fmt::format("{}:{} {}; to mend it: {}", path.string(), line, what, remedy));
}

}  // namespace eigenrnn
