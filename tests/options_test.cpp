#include "support/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error.h"
#include "support/files.h"
#include "support/registry.h"

namespace eigenrnn {
namespace {

using testing::HasSubstr;

const std::vector<OptionSpec> kSpecs = {
    OptionSpec::integer("count", 3, "how many").between(1, 9),
    OptionSpec::number("rate", 0.5, "how fast").at_least(0),
    OptionSpec::flag("fast", false, "whether"),
    OptionSpec::choice("law", {"a", "b"}, "a", "which"),
    OptionSpec::some_of("some", {"x", "y"}, {}, "which ones"),
    OptionSpec::interval("radius", {0.9, 1.0}, "how far").between(0, 2),
};

std::string message(const nlohmann::json& given) {
  try {
    Options::resolve(kSpecs, given);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Options, DefaultsFillIn) {
  const Options options = Options::resolve(kSpecs, {{"count", 5}, {"radius", 1}});
  EXPECT_EQ(options.integer("count"), 5);
  EXPECT_EQ(options.number("rate"), 0.5);
  EXPECT_FALSE(options.flag("fast"));
  EXPECT_EQ(options.choice("law"), "a");
  EXPECT_EQ(options.interval("radius"), std::make_pair(1.0, 1.0));
  EXPECT_THROW(options.integer("nothing"), std::exception);
}

TEST(Options, ErrorsNameTheValueAndTheRule) {
  EXPECT_EQ(message({{"count", 10}}), "option 'count' is 10, and must be an integer from 1 to 9");
  EXPECT_EQ(message({{"rate", -1}}), "option 'rate' is -1, and must be a number of at least 0");
  EXPECT_THAT(message({{"count", 2.5}}), HasSubstr("must be an integer"));
  // Of a result; it fits only where there is no sign.
  EXPECT_FALSE((OptionSpec::integer("seed", 0, "").accepts(18446744073709551615u)));
  EXPECT_THAT(message({{"fast", 1}}), HasSubstr("must be true or false"));
  EXPECT_THAT(message({{"law", "c"}}), HasSubstr("must be one of a, b"));
  EXPECT_THAT(message({{"some", {"z"}}}), HasSubstr("a list of some of x, y"));
  EXPECT_THAT(message({{"radius", {1.0, 0.5}}}), HasSubstr("interval"));
  EXPECT_THAT(message({{"radius", 3}}), HasSubstr("interval"));
  EXPECT_THAT(message({{"colour", 1}}), HasSubstr("unknown option 'colour'; there are: count"));
}

TEST(Options, AFileIsItsPathAndItsChecksum) {
  const auto path = std::filesystem::temp_directory_path() / "eigenrnn-options-file";
  const auto copy = path.string() + "-copy";
  write_atomically(path, "abc");
  write_atomically(copy, "abc");
  const std::vector<OptionSpec> specs = {OptionSpec::file("file", "what is read")};
  EXPECT_EQ(Options::resolve(specs, {}).file("file"), "");

  const Options options = Options::resolve(specs, {{"file", path.string()}});
  EXPECT_EQ(options.file("file"), path);
  EXPECT_EQ(options.json().at("file").at("sha256"), sha256("abc"));
  EXPECT_EQ(Options::resolve(specs, options.json()).json(), options.json());
  EXPECT_EQ(Options::resolve(specs, {{"file", copy}}).content(), options.content());

  write_atomically(path, "abd");
  EXPECT_THROW(Options::resolve(specs, options.json()), Error);  // it has changed since
  EXPECT_NE(Options::resolve(specs, {{"file", path.string()}}).content(), options.content());
  EXPECT_THROW(Options::resolve(specs, {{"file", "nowhere"}}), Error);
  EXPECT_THROW(Options::resolve(specs, {{"file", 3}}), Error);
  EXPECT_THROW(Options::resolve(specs, {{"file", {{"file", 3}, {"sha256", "0"}}}}), Error);
  EXPECT_THROW(Options::resolve(specs, {{"file", std::string(5000, 'a')}}), Error);  // too long
  std::filesystem::remove(path);
  std::filesystem::remove(copy);
}

struct Fruit {
  static constexpr const char* kKind = "fruit";
  std::string name;
};

TEST(Registry, RejectsDuplicatesAndListsAlternatives) {
  Registry<Fruit> registry;
  registry.add({"pear"});
  registry.add({"apple"});
  EXPECT_THROW(registry.add({"pear"}), Error);
  EXPECT_EQ(registry.names(), (std::vector<std::string>{"apple", "pear"}));
  try {
    registry.at("plum");
    FAIL() << "there is no plum";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "unknown fruit 'plum'; there are: apple, pear");
  }
}

}  // namespace
}  // namespace eigenrnn
