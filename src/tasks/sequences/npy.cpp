#include "tasks/sequences/npy.h"

#include <algorithm>
#include <map>
#include <regex>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "support/error.h"

namespace eigenrnn {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";

struct Header {
  torch::ScalarType type = torch::kDouble;
  std::vector<int64_t> shape;
  size_t length = 0;  // of all before the data
};

// Little endian, as all machines write them that this runs on.
const std::map<std::string, torch::ScalarType>& types() {
  static const std::map<std::string, torch::ScalarType> all = {
      {"<f8", torch::kDouble}, {"<f4", torch::kFloat}, {"<f2", torch::kHalf},
      {"<i8", torch::kLong},   {"<i4", torch::kInt},   {"<i2", torch::kShort},
      {"|i1", torch::kChar},   {"|u1", torch::kByte},  {"|b1", torch::kBool}};
  return all;
}

std::string field(const std::string& header, const std::string& name, const std::string& value) {
  std::smatch found;
  if (!std::regex_search(header, found, std::regex("'" + name + "': *" + value))) {
    throw Error(fmt::format("has no {} in its header", name));
  }
  return found[1];
}

std::vector<int64_t> shape_of(const std::string& text) {
  static const std::regex number(R"(\d{1,15})");
  std::vector<int64_t> shape;
  for (std::sregex_iterator i(text.begin(), text.end(), number), end; i != end; ++i) {
    shape.push_back(std::stoll(i->str()));
  }
  return shape;
}

Header header_of(std::string_view content) {
  if (content.substr(0, kMagic.size()) != kMagic || content.size() < kMagic.size() + 6) {
    throw Error("is no .npy file");
  }
  const bool is_long = content[kMagic.size()] > 1;  // versions 2 and 3 have four bytes for it
  const size_t begin = kMagic.size() + (is_long ? 6 : 4);
  size_t length = 0;
  for (size_t i = begin; i-- > kMagic.size() + 2;) {
    length = length << 8 | static_cast<unsigned char>(content[i]);
  }
  if (length > content.size() - begin) throw Error("is truncated in its header");
  const std::string text(content.substr(begin, length));
  Header header;
  header.length = begin + length;
  const std::string type = field(text, "descr", "'([^']*)'");
  const auto found = types().find(type);
  if (found == types().end()) {
    std::vector<std::string> names;
    for (const auto& [name, known] : types()) names.push_back(name);
    throw Error(fmt::format("has the type {}, and can be read with one of {}", type,
                            fmt::join(names, ", ")));
  }
  header.type = found->second;
  if (field(text, "fortran_order", "(True|False)") == "True") {
    throw Error("lies column by column; save numpy.ascontiguousarray(array)");
  }
  header.shape = shape_of(field(text, "shape", R"(\(([\d, ]*)\))"));
  return header;
}

}  // namespace

torch::Tensor read_npy(std::string_view content) {
  const Header header = header_of(content);
  const std::string_view data = content.substr(header.length);
  uint64_t bytes = c10::elementSize(header.type);
  for (const int64_t size : header.shape) {
    const auto count = static_cast<uint64_t>(size);
    if (count > 0 && bytes > data.size() / count) throw Error("is truncated");
    bytes *= count;
  }
  if (bytes != data.size()) {
    throw Error(fmt::format("has {} bytes of data, and its header says {}", data.size(), bytes));
  }
  torch::Tensor array = torch::empty(header.shape, header.type);
  // Not memcpy, which may not be given the null of an array without elements.
  std::copy_n(data.data(), data.size(), static_cast<char*>(array.data_ptr()));
  return array.to(array.is_floating_point() ? torch::kDouble : torch::kLong);
}

}  // namespace eigenrnn
