#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include <torch/types.h>

#include "support/options.h"

// What the tasks share whose sequences are drawn at random, all of one length.

namespace eigenrnn {

/// length (of `shortest` steps at least), train_size, validation_size, test_size, data_seed.
std::vector<OptionSpec> drawn_sequences_options(int64_t shortest);

/// SHA-256 of a contiguous tensor's bytes.
std::string checksum(const torch::Tensor& tensor);

}  // namespace eigenrnn
