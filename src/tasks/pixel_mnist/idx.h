#pragma once
#include <filesystem>
#include <string>

#include <torch/types.h>

namespace eigenrnn {

/// Reads a file of unsigned bytes in IDX format (the format of MNIST: a magic number that says the
/// type and the number of dimensions, the dimensions as big-endian 32-bit integers, the bytes).
/// The result is uint8 of those dimensions. If `expected_sha256` is not empty, the file must have
/// it. Throws DataError, ending with `remedy`, if the file is missing, truncated, too long, of
/// another type or another checksum.
torch::Tensor read_idx(const std::filesystem::path& path, const std::string& expected_sha256,
                       const std::string& remedy);

}  // namespace eigenrnn
