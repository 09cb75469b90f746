#include "store/result_files.h"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <regex>
#include <set>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "support/error.h"
#include "support/files.h"
#include "support/gzip.h"

namespace eigenrnn {
namespace fs = std::filesystem;
namespace {

constexpr const char* kArchive = ".jsonl.gz";

using Lines = std::map<std::string, std::string>;  // JSON by key

fs::path archive_beside(const fs::path& folder) { return folder.string() + kArchive; }

bool is_archive(const fs::path& path) {
  const std::string name = path.filename().string(), ending = kArchive;
  return name.size() > ending.size() &&
         name.compare(name.size() - ending.size(), ending.size(), ending) == 0;
}

bool is_key(const std::string& text) {
  static const std::regex pattern("[0-9a-f]{16}");
  return std::regex_match(text, pattern);
}

bool is_named_by_key(const fs::path& path) {
  return path.extension() == ".json" && is_key(path.stem().string());
}

Lines unpack(const fs::path& archive) {
  std::string text;
  try {
    text = gunzip(read_file(archive));
  } catch (const Error& error) {
    throw Error(fmt::format("{} {}", archive.string(), error.what()));
  }
  Lines lines;
  size_t number = 0;
  for (size_t begin = 0; begin < text.size(); ++number) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    const nlohmann::json json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    const bool has_key = json.is_object() && json.contains("key") && json.at("key").is_string();
    const std::string key = has_key ? json.at("key").get<std::string>() : "";
    if (!is_key(key)) {
      throw Error(
          fmt::format("{}:{} is not the result of a run: it has no key of 16 hexadecimal "
                      "digits",
                      archive.string(), number + 1));
    }
    lines.emplace(key, std::move(line));
  }
  return lines;
}

// The archive of an experiment's folder, empty if there is none. It is unpacked once, and again
// when it has changed.
std::shared_ptr<const Lines> archived(const fs::path& folder) {
  struct Unpacked {
    fs::file_time_type written;
    std::shared_ptr<const Lines> lines;
  };
  static std::mutex mutex;
  static std::map<fs::path, Unpacked> known;
  static const auto nothing = std::make_shared<const Lines>();
  const fs::path archive = archive_beside(folder);
  std::error_code absent;
  const fs::file_time_type written = fs::last_write_time(archive, absent);
  if (absent) return nothing;
  const std::lock_guard<std::mutex> lock(mutex);
  Unpacked& unpacked = known[archive];
  if (!unpacked.lines || unpacked.written != written) {
    unpacked = {written, std::make_shared<const Lines>(unpack(archive))};
  }
  return unpacked.lines;
}

fs::path folder_of(const fs::path& result) {
  return result.has_parent_path() ? result.parent_path() : fs::current_path();
}

void add_archived(const fs::path& folder, std::set<fs::path>& files) {
  for (const auto& [key, line] : *archived(folder)) files.insert(folder / (key + ".json"));
}

}  // namespace

std::filesystem::path weights_beside(std::filesystem::path result) {
  return result.replace_extension(".safetensors");
}

bool has_result(const fs::path& path) {
  std::error_code unreachable;
  return fs::exists(path, unreachable) ||
         archived(folder_of(path))->count(path.stem().string()) > 0;
}

std::string read_result(const fs::path& path) {
  std::error_code unreachable;
  if (!fs::exists(path, unreachable)) {
    const auto lines = archived(folder_of(path));
    const auto found = lines->find(path.stem().string());
    if (found != lines->end()) return found->second;
  }
  return read_file(path);
}

std::optional<ResultRecord> usable_record(const fs::path& path) {
  if (!has_result(path)) return std::nullopt;
  try {
    return ResultRecord::from_json(nlohmann::json::parse(read_result(path)));
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::vector<fs::path> result_files(const fs::path& path) {
  if (fs::is_regular_file(path) && !is_archive(path)) return {path};
  std::set<fs::path> files;
  if (is_archive(path) && fs::is_regular_file(path)) {
    const std::string name = path.string();
    add_archived(name.substr(0, name.size() - std::string(kArchive).size()), files);
    return {files.begin(), files.end()};
  }
  if (is_named_by_key(path) && has_result(path)) return {path};
  if (!fs::is_directory(path) && archived(path)->empty()) {
    throw Error(fmt::format("there is no file or folder {}", path.string()));
  }
  add_archived(path, files);
  if (!fs::is_directory(path)) return {files.begin(), files.end()};
  for (auto entry = fs::recursive_directory_iterator(path); entry != fs::end(entry); ++entry) {
    const fs::path& found = entry->path();
    if (found.filename() == kAnalysisFolder && entry->is_directory())
      entry.disable_recursion_pending();
    if (is_named_by_key(found) && entry->is_regular_file()) files.insert(found);
    if (!is_archive(found)) continue;
    const std::string name = found.string();
    add_archived(name.substr(0, name.size() - std::string(kArchive).size()), files);
  }
  return {files.begin(), files.end()};
}

std::vector<fs::path> results_of_experiment(const fs::path& folder) {
  std::set<fs::path> files;
  add_archived(folder, files);
  std::error_code absent;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, absent)) {
    if (is_named_by_key(entry.path())) files.insert(entry.path());
  }
  return {files.begin(), files.end()};
}

}  // namespace eigenrnn
