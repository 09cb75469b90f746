#include "cli/validators.h"

#include <limits>

#include <fmt/format.h>

namespace eigenrnn {
namespace {

CLI::Validator within(double low, double high, const std::string& rule) {
  return CLI::Validator(
      [=](std::string& text) -> std::string {
        double value = 0;
        const bool is_number = CLI::detail::lexical_cast(text, value);
        if (is_number && value >= low && value <= high) return "";
        return fmt::format("'{}' must be {}", text, rule);
      },
      rule);
}

}  // namespace

CLI::Validator number_from(double low, double high) {
  return within(low, high, fmt::format("a number from {:g} to {:g}", low, high));
}

CLI::Validator positive_number() {
  using Limits = std::numeric_limits<double>;
  return within(Limits::denorm_min(), Limits::max(), "a number above 0");
}

CLI::Validator not_empty() {
  return CLI::Validator(
      [](std::string& text) -> std::string { return text.empty() ? "it must not be empty" : ""; },
      "");
}

CLI::Validator manifest_file() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        CLI::Validator is_there = CLI::ExistingFile;
        const std::string mistake = is_there(text);
        if (mistake.empty() || text.find('=') == std::string::npos) return mistake;
        return fmt::format("'{0}' is no file; a setting is written as --set {0}", text);
      },
      "FILE");
}

}  // namespace eigenrnn
