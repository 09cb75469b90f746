#include "manifest/option_path.h"

namespace eigenrnn {

OptionPath::OptionPath(const std::string& path) {
  const size_t dot = path.rfind('.');
  section = dot == std::string::npos ? "" : path.substr(0, dot);
  name = path.substr(dot == std::string::npos ? 0 : dot + 1);
}

ConfigNode section_of(const std::string& name, ConfigNode value) {
  ConfigNode map;
  map.kind = ConfigNode::Kind::kMap;
  map.place = value.place;
  map.members.emplace_back(name, std::move(value));
  return map;
}

}  // namespace eigenrnn
