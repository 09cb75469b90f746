#pragma once
#include <filesystem>
#include <string>
#include <string_view>

namespace eigenrnn {

/// A fetched file, and the command that fetches it again, with which every error message ends.
struct DataFile {
  std::filesystem::path path;
  std::string remedy;

  /// Its content, as it is. Throws DataError if it is missing or cannot be read.
  std::string read() const;
  /// Throws DataError unless the bytes have this SHA-256; an empty one is not compared.
  void check_sha256(std::string_view bytes, const std::string& expected) const;
  /// Throws DataError: "PATH WHAT; to mend it: REMEDY".
  [[noreturn]] void fail(const std::string& what) const;
  /// The same for a line, counted from 1: "PATH:LINE WHAT; …".
  [[noreturn]] void fail(size_t line, const std::string& what) const;
};

}  // namespace eigenrnn
