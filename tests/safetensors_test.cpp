#include "model/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error.h"

namespace eigenrnn {
namespace {

using testing::HasSubstr;

std::string error_of(const std::string& content) {
  try {
    tensors_in(content);
  } catch (const Error& error) {
    return error.what();
  }
  return "(no error)";
}

// A file with this header and so many bytes of data.
std::string file(const std::string& header, size_t data_bytes) {
  std::string content(8, '\0');
  content[0] = static_cast<char>(header.size());
  return content + header + std::string(data_bytes, '\0');
}

std::string header_of(const std::string& type, const std::string& shape, const std::string& place) {
  return R"({"a":{"dtype":")" + type + R"(","shape":)" + shape + R"(,"data_offsets":)" + place +
         "}}";
}

// By the format's description, byte for byte.
TEST(Safetensors, AreWrittenAsTheFormatSays) {
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  const size_t padding = (8 - header.size() % 8) % 8;
  std::string expected(8, '\0');
  expected[0] = static_cast<char>(header.size() + padding);
  expected += header + std::string(padding, ' ') + std::string("\0\0\x80\x3f\0\0\0\x40", 8);
  EXPECT_EQ(safetensors_of({{"a", torch::tensor({1.0F, 2.0F})}}), expected);
}

TEST(Safetensors, AreReadAsTheyWereWritten) {
  const NamedTensors written = {{"z", torch::randn({3, 4})},
                                {"a.b", torch::randn({2, 0}, torch::kDouble)},
                                {"scalar", torch::tensor(0.5, torch::kDouble)},
                                {"turned", torch::randn({3, 4}).t()}};
  const NamedTensors read = tensors_in(safetensors_of(written));
  ASSERT_EQ(read.size(), written.size());
  for (size_t i = 0; i < read.size(); ++i) {
    EXPECT_EQ(read[i].first, written[i].first);
    EXPECT_TRUE(torch::equal(read[i].second, written[i].second)) << read[i].first;
    EXPECT_EQ(read[i].second.scalar_type(), written[i].second.scalar_type());
  }
}

TEST(Safetensors, OtherFloatingTypesAreReadAndOthersLeftOut) {
  const std::string header = R"({"half":{"dtype":"F16","shape":[1],"data_offsets":[2,4]},)"
                             R"("byte":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})";
  const NamedTensors read = tensors_in(file(header, 4));
  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(read[0].first, "half");
  EXPECT_EQ(read[0].second.scalar_type(), torch::kHalf);
}

TEST(Safetensors, WhatIsBrokenIsSaid) {
  EXPECT_THAT(error_of(""), HasSubstr("shorter than its header says"));
  EXPECT_THAT(error_of(std::string(8, '\xff') + "{}"), HasSubstr("shorter than its header says"));
  EXPECT_THAT(error_of(file("{nothing", 0)), HasSubstr("its header is broken"));
  EXPECT_THAT(error_of(file("[1]", 0)), HasSubstr("its header is no object"));
  EXPECT_THAT(error_of(file(R"({"a":{}})", 0)), HasSubstr("its header is broken"));
  EXPECT_THAT(error_of(file(header_of("F32", "[2]", "[0,9]"), 8)),
              HasSubstr("'a' lies from byte 0 to 9 of 8"));
  EXPECT_THAT(error_of(file(header_of("F32", "[2]", "[8,0]"), 8)),
              HasSubstr("'a' lies from byte 8 to 0 of 8"));
  EXPECT_THAT(error_of(file(header_of("F32", "[3]", "[0,8]"), 8)),
              HasSubstr("'a' has 8 bytes, which do not fit its shape [3]"));
  EXPECT_THAT(error_of(file(header_of("F32", "[-2,-1]", "[0,8]"), 8)),
              HasSubstr("do not fit its shape"));
  // 2^33 · 2^31 elements are 0 modulo 2^64.
  EXPECT_THAT(error_of(file(header_of("F32", "[8589934592,2147483648]", "[0,0]"), 0)),
              HasSubstr("do not fit its shape"));
}

}  // namespace
}  // namespace eigenrnn
