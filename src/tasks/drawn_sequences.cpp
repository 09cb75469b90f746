#include "tasks/drawn_sequences.h"

#include "support/files.h"

namespace eigenrnn {

std::vector<OptionSpec> drawn_sequences_options(int64_t shortest) {
  return {
      OptionSpec::integer("length", 100, "steps of a sequence, T")
          .between(static_cast<double>(shortest), 1e6)
          .as_size(),
      OptionSpec::integer("train_size", 10000, "training sequences").between(1, 1e7).as_size(),
      OptionSpec::integer("validation_size", 1000, "validation sequences")
          .between(1, 1e7)
          .as_size(),
      OptionSpec::integer("test_size", 2000, "test sequences").between(1, 1e7).as_size(),
      OptionSpec::integer("data_seed", 0, "of the sequences, which are the same for every run")
          .at_least(0),
  };
}

std::string checksum(const torch::Tensor& tensor) {
  return sha256({static_cast<const char*>(tensor.data_ptr()), tensor.nbytes()});
}

}  // namespace eigenrnn
