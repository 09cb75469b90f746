#include "support/json_text.h"

namespace eigenrnn {
namespace {

constexpr size_t kBrokenLevels = 2;

// Text that is no UTF-8, such as a broken line of a corpus, is shown as far as it can be.
std::string one_line(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void append(std::string& text, const nlohmann::json& json, size_t level) {
  if (level == kBrokenLevels || !json.is_structured() || json.empty()) {
    text += one_line(json);
    return;
  }
  text += json.is_object() ? '{' : '[';
  const std::string line = "\n" + std::string(level + 1, ' ');
  const char* separator = "";
  for (const auto& [key, value] : json.items()) {
    text += separator + line;
    if (json.is_object()) text += one_line(key) + ": ";
    append(text, value, level + 1);
    separator = ",";
  }
  text += "\n" + std::string(level, ' ') + (json.is_object() ? '}' : ']');
}

}  // namespace

std::string text_of(const nlohmann::json& json) {
  std::string text;
  append(text, json, 0);
  return text + "\n";
}

}  // namespace eigenrnn
