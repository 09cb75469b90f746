#include "cli/plugin_options.h"

#include <fmt/format.h>

#include "manifest/config_node.h"
#include "support/error.h"

namespace eigenrnn {

Options parse_options(const std::vector<std::string>& texts, const std::vector<OptionSpec>& specs) {
  nlohmann::json given = nlohmann::json::object();
  for (const std::string& text : texts) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos) {
      throw Error(fmt::format("--option: '{}' must be name=value, as in radius=0.95", text));
    }
    given[text.substr(0, equals)] = parse_value(text.substr(equals + 1));
  }
  return Options::resolve(specs, given);
}

}  // namespace eigenrnn
