#include "support/shell.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sys/wait.h>

#include <fmt/format.h>

#include "support/error.h"

namespace eigenrnn {
namespace {

std::string quoted_for_shell(const std::string& word) {
  const char* const harmless =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./,:=@%+";
  if (!word.empty() && word.find_first_not_of(harmless) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char character : word) {
    if (character == '\'') {
      quoted += "'\\''";
    } else {
      quoted += character;
    }
  }
  return quoted + "'";
}

}  // namespace

std::string shell_line(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + quoted_for_shell(word);
  return line;
}

std::string output_of(const std::vector<std::string>& words) {
  const std::string line = shell_line(words);
  std::FILE* const pipe = ::popen(line.c_str(), "r");
  if (pipe == nullptr) throw Error(fmt::format("cannot run {}: {}", line, std::strerror(errno)));
  std::string output;
  std::array<char, 4096> buffer;
  while (const size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    output.append(buffer.data(), count);
  }
  const int status = ::pclose(pipe);
  if (status == 0) return output;
  throw Error(fmt::format("{} {}: {}", words.front(),
                          WIFEXITED(status) && WEXITSTATUS(status) == 127
                              ? std::string("is not there")
                              : fmt::format("failed with exit code {}", WEXITSTATUS(status)),
                          line));
}

}  // namespace eigenrnn
