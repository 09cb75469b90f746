#include "support/json_text.h"

#include <gtest/gtest.h>

namespace eigenrnn {
namespace {

TEST(JsonText, BreaksTheOuterTwoLevelsIntoLines) {
  const nlohmann::json json = {{"epochs", {{{"epoch", 1}, {"loss", 0.5}}, {{"epoch", 2}}}},
                               {"key", "ä\n"},
                               {"none", nlohmann::json::array()},
                               {"spec", {{"task", {{"name", "tomita"}}}}}};
  EXPECT_EQ(text_of(json),
            "{\n"
            " \"epochs\": [\n"
            "  {\"epoch\":1,\"loss\":0.5},\n"
            "  {\"epoch\":2}\n"
            " ],\n"
            " \"key\": \"ä\\n\",\n"
            " \"none\": [],\n"
            " \"spec\": {\n"
            "  \"task\": {\"name\":\"tomita\"}\n"
            " }\n"
            "}\n");
}

TEST(JsonText, ReadsBackAsItWas) {
  const nlohmann::json json = {1, nullptr, 0.1, {{"a", {1, {2, {3}}}}}, "x"};
  EXPECT_EQ(nlohmann::json::parse(text_of(json)), json);
  EXPECT_EQ(text_of(nlohmann::json::object()), "{}\n");
  EXPECT_EQ(text_of({{"broken", "\xff"}}), "{\n \"broken\": \"\uFFFD\"\n}\n");
}

}  // namespace
}  // namespace eigenrnn
