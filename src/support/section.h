#pragma once
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/options.h"

namespace eigenrnn {

/// A section of options as a struct. Each option is declared once, with the field that holds it;
/// the field's initial value is the default.
///   Section<TrainingSettings> section;
///   section.integer("epochs", &TrainingSettings::epochs, "passes over …").between(1, 1e6);
template <class Settings>
class Section {
 public:
  OptionSpec& integer(const std::string& name, int64_t Settings::*field, const std::string& help) {
    return add(OptionSpec::integer(name, Settings().*field, help), field);
  }
  OptionSpec& number(const std::string& name, double Settings::*field, const std::string& help) {
    return add(OptionSpec::number(name, Settings().*field, help), field);
  }
  OptionSpec& flag(const std::string& name, bool Settings::*field, const std::string& help) {
    return add(OptionSpec::flag(name, Settings().*field, help), field);
  }
  OptionSpec& choice(const std::string& name, std::string Settings::*field,
                     const std::vector<std::string>& choices, const std::string& help) {
    return add(OptionSpec::choice(name, choices, Settings().*field, help), field);
  }

  const std::vector<OptionSpec>& specs() const { return specs_; }

  /// The fields from an object of options; the defaults where it has none. Throws Error for an
  /// unknown name or a value that is not accepted.
  Settings from_json(const nlohmann::json& given) const {
    const nlohmann::json values = Options::resolve(specs_, given).json();
    Settings settings;
    for (const auto& [read, write] : fields_) read(values, settings);
    return settings;
  }

  /// Every field by its name; the inverse of from_json.
  nlohmann::json to_json(const Settings& settings) const {
    nlohmann::json values = nlohmann::json::object();
    for (const auto& [read, write] : fields_) write(settings, values);
    return values;
  }

 private:
  template <class Value>
  OptionSpec& add(OptionSpec spec, Value Settings::*field) {
    const std::string name = spec.name;
    fields_.emplace_back(
        [name, field](const nlohmann::json& values, Settings& settings) {
          settings.*field = values.at(name).get<Value>();
        },
        [name, field](const Settings& settings, nlohmann::json& values) {
          values[name] = settings.*field;
        });
    specs_.push_back(std::move(spec));
    return specs_.back();
  }

  using Read = std::function<void(const nlohmann::json&, Settings&)>;
  using Write = std::function<void(const Settings&, nlohmann::json&)>;
  std::vector<OptionSpec> specs_;
  std::vector<std::pair<Read, Write>> fields_;
};

}  // namespace eigenrnn
