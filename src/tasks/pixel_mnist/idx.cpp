#include "tasks/pixel_mnist/idx.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "support/data_file.h"

namespace eigenrnn {
namespace {

uint32_t big_endian(const std::string& bytes, size_t offset) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(bytes[offset + i]);
  return value;
}

// What is wrong with the file's content; fills `sizes` if nothing is.
std::string check_format(const std::string& bytes, std::vector<int64_t>& sizes) {
  if (bytes.size() < 4) return fmt::format("has {} bytes, too few for a header", bytes.size());
  const uint32_t magic = big_endian(bytes, 0);
  const size_t dimensions = magic & 0xff;
  if (magic >> 8 != 0x08 || dimensions == 0) {
    return fmt::format("begins with 0x{:08x}, which is not an IDX file of unsigned bytes", magic);
  }
  const size_t header = 4 + 4 * dimensions;
  if (bytes.size() < header) return "ends within its header";
  uint64_t expected = 1;
  for (size_t i = 0; i < dimensions; ++i) {
    sizes.push_back(big_endian(bytes, 4 + 4 * i));
    // Beside it others could be anything.
    if (sizes.back() == 0) return fmt::format("has 0 for dimension {} in its header", i + 1);
    // Bounded at each step, so that a forged header cannot overflow the product.
    expected *= static_cast<uint64_t>(sizes.back());
    if (expected > bytes.size()) break;
  }
  if (expected != bytes.size() - header) {
    return fmt::format("holds {} bytes of data where its header announces {}{}",
                       bytes.size() - header, expected,
                       expected > bytes.size() ? " or more: it is truncated" : "");
  }
  return "";
}

}  // namespace

torch::Tensor read_idx(const std::filesystem::path& path, const std::string& expected_sha256,
                       const std::string& remedy) {
  const DataFile file = {path, remedy};
  const std::string bytes = file.read();
  std::vector<int64_t> sizes;
  const std::string wrong = check_format(bytes, sizes);
  if (!wrong.empty()) file.fail(wrong);
  file.check_sha256(bytes, expected_sha256);
  torch::Tensor result = torch::empty(sizes, torch::kUInt8);
  const size_t header = 4 + 4 * sizes.size();
  std::copy(bytes.begin() + static_cast<std::ptrdiff_t>(header), bytes.end(),
            reinterpret_cast<char*>(result.data_ptr<uint8_t>()));
  return result;
}

}  // namespace eigenrnn
