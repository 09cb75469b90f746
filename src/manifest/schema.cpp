#include "manifest/schema.h"

#include <cmath>
#include <stdexcept>

#include "initializers/initializer.h"
#include "manifest/manifest.h"
#include "run/settings.h"
#include "tasks/task.h"

namespace eigenrnn {
namespace {

using Json = nlohmann::ordered_json;
using Specs = std::vector<OptionSpec>;

Json number_schema(const OptionSpec& spec, const char* type) {
  Json schema = {{"type", type}};
  const auto bound = [&](const char* name, double value) {
    if (!std::isfinite(value)) return;
    const auto whole = static_cast<int64_t>(value);
    if (static_cast<double>(whole) == value) {
      schema[name] = whole;
    } else {
      schema[name] = value;
    }
  };
  bound("minimum", spec.minimum);
  bound("maximum", spec.maximum);
  return schema;
}

Json value_schema(const OptionSpec& spec) {
  switch (spec.type) {
    case OptionType::kInteger:
      return number_schema(spec, "integer");
    case OptionType::kNumber:
      return number_schema(spec, "number");
    case OptionType::kFlag:
      return {{"type", "boolean"}};
    case OptionType::kChoice:
      return {{"enum", spec.all_choices()}};
    case OptionType::kChoices:
      return {{"type", "array"}, {"items", {{"enum", spec.all_choices()}}}};
    case OptionType::kInterval: {
      const Json number = number_schema(spec, "number");
      const Json interval = {
          {"type", "array"}, {"items", number}, {"minItems", 2}, {"maxItems", 2}};
      return {{"anyOf", Json::array({number, interval})}};
    }
    case OptionType::kText:
    case OptionType::kFile:
      return {{"type", "string"}};
  }
  return Json::object();
}

Json mapping(Json properties) {
  return {
      {"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
}

Json option_schemas(const Specs& specs, bool sizes_only = false) {
  Json properties = Json::object();
  for (const OptionSpec& spec : specs) {
    if (sizes_only && !spec.is_size) continue;
    Json schema = value_schema(spec);
    schema["description"] = spec.help;
    schema["default"] = spec.default_value;
    properties[spec.name] = std::move(schema);
  }
  return mapping(std::move(properties));
}

Json defined(const std::string& name) { return {{"$ref", "#/definitions/" + name}}; }

Json list_of(Json items) {
  return {{"type", "array"}, {"minItems", 1}, {"items", std::move(items)}};
}

Json text() { return {{"type", "string"}, {"minLength", 1}}; }

// One, or a list of them.
Json one_or_more(const Json& item) { return {{"anyOf", Json::array({item, list_of(item)})}}; }

// Where `key` has the value `name`, the rest has to be like `then`.
Json where(const char* key, const std::string& name, Json then) {
  return {{"if", {{"properties", {{key, {{"const", name}}}}}, {"required", Json::array({key})}}},
          {"then", std::move(then)}};
}

Json row_schema() {
  const auto& registry = InitializerRegistry::instance();
  Json row = mapping({{"name", {{"enum", registry.names()}}},
                      {"label", text()},
                      {"options", {{"type", "object"}}}});
  row["required"] = Json::array({"name"});
  row["allOf"] = Json::array();
  for (const std::string& name : registry.names()) {
    row["allOf"].push_back(
        where("name", name, {{"properties", {{"options", defined("initializer " + name)}}}}));
  }
  return {{"anyOf", Json::array({Json{{"enum", registry.names()}}, row})}};
}

// Wherever a manifest of this task has options of it.
Json options_of_task(const TaskInfo& task) {
  const Json options = defined("task " + task.name);
  Json profiles = Json::object();
  for (const std::string& profile : profile_names()) {
    profiles[profile] = {
        {"properties",
         {{"task", {{"properties", {{"options", defined("sizes of task " + task.name)}}}}}}}};
  }
  return {{"properties",
           {{"task", {{"properties", {{"options", options}}}}},
            {"conditions", {{"items", {{"properties", {{"options", options}}}}}}},
            {"profiles", {{"properties", profiles}}}}}};
}

Json definitions() {
  const Json seeds_list = list_of({{"type", "integer"}, {"minimum", 0}});
  const Json number_of_seeds = {{"type", "integer"}, {"minimum", 1}};
  Json all = {
      {"seeds", {{"anyOf", Json::array({number_of_seeds, seeds_list})}}},
      {"model", option_schemas(model_section().specs())},
      {"training", option_schemas(training_section().specs())},
      {"recording", option_schemas(recording_section().specs())},
      {"initializer", row_schema()},
      {"condition", mapping({{"label", text()},
                             {"options", {{"type", "object"}}},
                             {"model", defined("model")},
                             {"training", defined("training")},
                             {"seeds", number_of_seeds}})},
      {"override", mapping({{"cells", one_or_more({{"enum", cell_names()}})},
                            {"initializers", one_or_more(text())},
                            {"model", defined("model")},
                            {"training", defined("training")},
                            {"options", {{"type", "object"}}}})},
      {"table", mapping({{"metric", text()},
                         {"label", {{"type", "string"}}},
                         {"digits", {{"type", "integer"}, {"minimum", 0}, {"maximum", 6}}}})},
      {"profile",
       mapping({{"seeds", defined("seeds")},
                {"model", option_schemas(model_section().specs(), /*sizes_only=*/true)},
                {"training", option_schemas(training_section().specs(), /*sizes_only=*/true)},
                {"task", mapping({{"options", {{"type", "object"}}}})},
                {"overrides", {{"type", "array"}, {"items", defined("override")}}}})},
  };
  all["condition"]["required"] = Json::array({"label"});
  all["table"]["required"] = Json::array({"metric"});
  for (const std::string& name : InitializerRegistry::instance().names()) {
    const InitializerInfo& info = InitializerRegistry::instance().at(name);
    all["initializer " + name] = option_schemas(info.options);
  }
  for (const std::string& name : TaskRegistry::instance().names()) {
    const TaskInfo& info = TaskRegistry::instance().at(name);
    all["task " + name] = option_schemas(info.options);
    all["sizes of task " + name] = option_schemas(info.options, /*sizes_only=*/true);
  }
  return all;
}

// Of what every task has; a task's options are checked by the program.
Json sweep_schema() {
  Json properties = Json::object();
  const auto add = [&](const std::string& section, const std::vector<OptionSpec>& specs) {
    const Json options = option_schemas(specs);
    for (const auto& [name, schema] : options.at("properties").items()) {
      properties[section + "." + name] = list_of(schema);
    }
  };
  add("training", training_section().specs());
  add("model", model_section().specs());
  Json sweep = mapping(std::move(properties));
  sweep["patternProperties"] = {{R"(^task\.options\.)", list_of(Json::object())}};
  return sweep;
}

Json schema_of_key(const std::string& key) {
  if (key == "include" || key == "references") {
    return {{"anyOf", Json::array({text(), Json{{"type", "array"}, {"items", text()}}})}};
  }
  if (key == "task") {
    return mapping({{"name", {{"enum", TaskRegistry::instance().names()}}},
                    {"options", {{"type", "object"}}}});
  }
  if (key == "conditions") return list_of(defined("condition"));
  if (key == "sweep") return sweep_schema();
  if (key == "cells") return list_of({{"enum", cell_names()}});
  if (key == "initializers") return list_of(defined("initializer"));
  if (key == "overrides") return {{"type", "array"}, {"items", defined("override")}};
  if (key == "tables") return list_of(defined("table"));
  if (key == "profiles") {
    Json profiles = Json::object();
    for (const std::string& name : profile_names()) profiles[name] = defined("profile");
    return mapping(std::move(profiles));
  }
  if (key == "seeds" || key == "model" || key == "training" || key == "recording") {
    return defined(key);
  }
  if (key == "experiment" || key == "title" || key == "caption") return {{"type", "string"}};
  throw std::logic_error("the schema does not know the manifest's key " + key);
}

}  // namespace

nlohmann::ordered_json manifest_schema() {
  Json properties = Json::object();
  for (const auto& [key, summary] : manifest_keys()) {
    properties[key] = {{"description", summary}};
    properties[key].update(schema_of_key(key));
  }
  Json schema = {{"$schema", "http://json-schema.org/draft-07/schema#"},
                 {"title", "Manifest of eigenrnn"},
                 {"description",
                  "Written by `eigenrnn list schema`; docs/manifest.md is the same for people."}};
  schema.update(mapping(std::move(properties)));
  schema["allOf"] = Json::array();
  for (const std::string& name : TaskRegistry::instance().names()) {
    const TaskInfo& info = TaskRegistry::instance().at(name);
    schema["allOf"].push_back({{"if",
                                {{"properties",
                                  {{"task",
                                    {{"properties", {{"name", {{"const", name}}}}},
                                     {"required", Json::array({"name"})}}}}},
                                 {"required", Json::array({"task"})}}},
                               {"then", options_of_task(info)}});
  }
  schema["definitions"] = definitions();
  return schema;
}

}  // namespace eigenrnn
