#include "support/options.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "support/alternatives.h"
#include "support/error.h"
#include "support/files.h"
#include "support/json_integer.h"

namespace eigenrnn {
namespace {

bool in_range(const OptionSpec& spec, const nlohmann::json& value) {
  return value.is_number() && value.get<double>() >= spec.minimum &&
         value.get<double>() <= spec.maximum;
}

bool is_choice(const OptionSpec& spec, const nlohmann::json& value) {
  if (!value.is_string()) return false;
  const std::vector<std::string> choices = spec.all_choices();
  return std::count(choices.begin(), choices.end(), value.get<std::string>()) > 0;
}

bool is_resolved_file(const nlohmann::json& value) {
  return value.is_object() && value.size() == 2 && value.contains("file") &&
         value.contains("sha256") && value.at("file").is_string() && value.at("sha256").is_string();
}

// No also for a path that cannot be looked at: too long, or in a folder of others.
bool is_there(const std::string& path) {
  std::error_code unreachable;
  return std::filesystem::is_regular_file(path, unreachable);
}

bool is_file(const nlohmann::json& value) {
  if (is_resolved_file(value)) {
    const std::string path = value.at("file");
    return is_there(path) && sha256(read_file(path)) == value.at("sha256");
  }
  return value.is_string() && (value == "" || is_there(value));
}

std::string bounds(const OptionSpec& spec) {
  const bool below = std::isfinite(spec.minimum), above = std::isfinite(spec.maximum);
  if (below && above) return fmt::format(" from {:g} to {:g}", spec.minimum, spec.maximum);
  if (below) return fmt::format(" of at least {:g}", spec.minimum);
  if (above) return fmt::format(" of at most {:g}", spec.maximum);
  return "";
}

}  // namespace

OptionSpec OptionSpec::integer(std::string name, int64_t value, std::string help) {
  return {std::move(name), OptionType::kInteger, value, std::move(help)};
}

OptionSpec OptionSpec::number(std::string name, double value, std::string help) {
  return {std::move(name), OptionType::kNumber, value, std::move(help)};
}

OptionSpec OptionSpec::flag(std::string name, bool value, std::string help) {
  return {std::move(name), OptionType::kFlag, value, std::move(help)};
}

OptionSpec OptionSpec::choice(std::string name, Names choices, std::string value,
                              std::string help) {
  OptionSpec spec = {std::move(name), OptionType::kChoice, std::move(value), std::move(help)};
  spec.choices = std::move(choices);
  return spec;
}

OptionSpec OptionSpec::some_of(std::string name, Names choices, Names values, std::string help) {
  OptionSpec spec = {std::move(name), OptionType::kChoices, std::move(values), std::move(help)};
  spec.choices = std::move(choices);
  return spec;
}

OptionSpec OptionSpec::some_of(std::string name, std::function<Names()> registered_choices,
                               Names values, std::string help) {
  OptionSpec spec = {std::move(name), OptionType::kChoices, std::move(values), std::move(help)};
  spec.registered_choices = std::move(registered_choices);
  return spec;
}

OptionSpec OptionSpec::interval(std::string name, std::pair<double, double> ends,
                                std::string help) {
  return {std::move(name), OptionType::kInterval, {ends.first, ends.second}, std::move(help)};
}

OptionSpec OptionSpec::text(std::string name, std::string value, std::string help) {
  return {std::move(name), OptionType::kText, std::move(value), std::move(help)};
}

OptionSpec OptionSpec::file(std::string name, std::string help) {
  return {std::move(name), OptionType::kFile, "", std::move(help)};
}

OptionSpec& OptionSpec::between(double low, double high) {
  minimum = low;
  maximum = high;
  return *this;
}

OptionSpec& OptionSpec::at_least(double low) {
  minimum = low;
  return *this;
}

OptionSpec& OptionSpec::as_size() {
  is_size = true;
  return *this;
}

OptionSpec& OptionSpec::as_rare_size() {
  is_said_at_default = false;
  return as_size();
}

OptionSpec& OptionSpec::or_null() {
  default_value = nullptr;
  return *this;
}

std::string OptionSpec::expectation() const {
  switch (type) {
    case OptionType::kInteger:
      return "an integer" + bounds(*this);
    case OptionType::kNumber:
      return "a number" + bounds(*this);
    case OptionType::kFlag:
      return "true or false";
    case OptionType::kChoice:
      return fmt::format("one of {}", fmt::join(all_choices(), ", "));
    case OptionType::kChoices:
      return fmt::format("a list of some of {}", fmt::join(all_choices(), ", "));
    case OptionType::kInterval:
      return fmt::format("a number{0}, or an interval [low, high] of such numbers", bounds(*this));
    case OptionType::kText:
      return "a text";
    case OptionType::kFile:
      return "the path of a file that is there, its content the one that its sha256 names";
  }
  return "";
}

bool OptionSpec::accepts(const nlohmann::json& value) const {
  switch (type) {
    case OptionType::kInteger:
      return is_int64(value) && in_range(*this, value);
    case OptionType::kNumber:
      return in_range(*this, value);
    case OptionType::kFlag:
      return value.is_boolean();
    case OptionType::kChoice:
      return is_choice(*this, value);
    case OptionType::kChoices:
      return value.is_array() && std::all_of(value.begin(), value.end(), [&](const auto& item) {
               return is_choice(*this, item);
             });
    case OptionType::kInterval:
      if (!value.is_array()) return in_range(*this, value);
      return value.size() == 2 && in_range(*this, value[0]) && in_range(*this, value[1]) &&
             value[0].get<double>() <= value[1].get<double>();
    case OptionType::kText:
      return value.is_string();
    case OptionType::kFile:
      return is_file(value);
  }
  return false;
}

nlohmann::json OptionSpec::resolved(nlohmann::json value) const {
  if (type == OptionType::kInterval && value.is_number()) value = {value, value};
  // One spelling of a number, so that 1 and 1.0 give one key.
  if (type == OptionType::kInterval && value.is_array()) {
    return {value[0].get<double>(), value[1].get<double>()};
  }
  if (type == OptionType::kNumber && value.is_number()) return value.get<double>();
  if (type == OptionType::kFile && value.is_string() && value != "") {
    return {{"file", value}, {"sha256", sha256(read_file(value.get<std::string>()))}};
  }
  return value;
}

Options Options::resolve(const std::vector<OptionSpec>& specs, const nlohmann::json& given) {
  for (const auto& [name, value] : given.items()) {  // null has none
    if (std::none_of(specs.begin(), specs.end(),
                     [&, key = name](const OptionSpec& spec) { return spec.name == key; })) {
      throw Error(unknown_option(name, specs));
    }
  }
  Options result;
  for (const OptionSpec& spec : specs) {
    nlohmann::json value = given.contains(spec.name) ? given.at(spec.name) : spec.default_value;
    if (!spec.accepts(value)) {
      throw Error(fmt::format("option '{}' is {}, and must be {}", spec.name, value.dump(),
                              spec.expectation()));
    }
    result.values_[spec.name] = spec.resolved(std::move(value));
  }
  return result;
}

std::pair<double, double> Options::interval(const std::string& name) const {
  const nlohmann::json& value = values_.at(name);
  return {value.at(0).get<double>(), value.at(1).get<double>()};
}

std::filesystem::path Options::file(const std::string& name) const {
  const nlohmann::json& value = values_.at(name);
  return is_resolved_file(value) ? value.at("file").get<std::string>() : "";
}

nlohmann::json Options::content() const {
  nlohmann::json result = values_;
  for (nlohmann::json& value : result) {
    if (is_resolved_file(value)) value = value.at("sha256");
  }
  return result;
}

std::string unknown_option(const std::string& name, const std::vector<OptionSpec>& specs) {
  std::vector<std::string> names;
  for (const OptionSpec& spec : specs) names.push_back(spec.name);
  if (names.empty()) return fmt::format("unknown option '{}'; there are none here", name);
  return fmt::format("unknown option '{}'{}", name, alternatives(name, names));
}

}  // namespace eigenrnn
