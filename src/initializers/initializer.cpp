#include "initializers/initializer.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "support/error.h"

namespace eigenrnn {
namespace {

torch::Tensor default_input_block(const std::string& law, const GateBlock& block, Random& random) {
  const double bound =
      law == "torch_default"
          ? 1.0 / std::sqrt(block.hidden_size)
          : std::sqrt(6.0 / static_cast<double>(block.input_size + block.hidden_size));
  return random.uniform_tensor({block.hidden_size, block.input_size}, -bound, bound);
}

torch::Tensor default_bias_block(const std::string& law, const GateBlock& block, Random& random) {
  if (law == "zeros") return torch::zeros({block.hidden_size}, torch::kFloat64);
  const double bound = 1.0 / std::sqrt(block.hidden_size);
  return random.uniform_tensor({block.hidden_size}, -bound, bound);
}

// Biases that forget after 1 to T − 1 steps, [H].
torch::Tensor chrono_bias(int64_t steps, int64_t hidden_size, Random random) {
  const double longest = std::max<double>(1.0, static_cast<double>(steps) - 1.0);
  return random.uniform_tensor({hidden_size}, 1.0, longest).log();
}

}  // namespace

torch::Tensor Initializer::input_block(const GateBlock&, Random&) const { return {}; }
torch::Tensor Initializer::bias_block(const GateBlock&, Random&) const { return {}; }

bool InitializerInfo::is_defined_for(const Cell& cell) const {
  return defined_for.empty() ||
         std::find(defined_for.begin(), defined_for.end(), cell.name) != defined_for.end();
}

RecurrentWeights draw_weights(const Initializer& initializer, const WeightDefaults& defaults,
                              const Cell& cell, int64_t hidden_size, int64_t input_size,
                              const Random& random) {
  const int64_t smallest = initializer.smallest_hidden_size();
  if (hidden_size < smallest) {
    throw Error(fmt::format("hidden_size is {}; it must be at least {} for this law", hidden_size,
                            smallest));
  }
  std::vector<torch::Tensor> recurrent, input, input_bias, recurrent_bias;
  const auto bias = [&](const GateBlock& block, const std::string& name) {
    Random stream = random.stream(name + "/" + block.gate);
    torch::Tensor drawn = initializer.bias_block(block, stream);
    return drawn.defined() ? drawn : default_bias_block(defaults.bias, block, stream);
  };
  const bool is_chrono = defaults.chrono_steps > 0 && !cell.keep_gate.empty();
  const torch::Tensor kept =
      is_chrono ? chrono_bias(defaults.chrono_steps, hidden_size, random.stream("chrono"))
                : torch::Tensor();
  for (const std::string& gate : cell.gates) {
    const GateBlock block{cell, gate, hidden_size, input_size};
    Random recurrent_stream = random.stream("W_hh/" + gate);
    recurrent.push_back(initializer.recurrent_block(block, recurrent_stream));

    Random input_stream = random.stream("W_ih/" + gate);
    torch::Tensor drawn = initializer.input_block(block, input_stream);
    input.push_back(
        drawn.defined() ? drawn : default_input_block(defaults.input_weight, block, input_stream));

    input_bias.push_back(bias(block, "b_ih"));
    if (is_chrono) {
      if (gate == cell.keep_gate) input_bias.back() += kept;
      if (gate == cell.write_gate) input_bias.back() -= kept;
    } else if (gate == cell.forget_gate) {
      input_bias.back() += defaults.forget_bias;
    }
    recurrent_bias.push_back(bias(block, "b_hh"));
  }
  const auto stacked = [](const std::vector<torch::Tensor>& blocks) {
    return torch::cat(blocks).to(torch::kFloat32);
  };
  return {stacked(input), stacked(recurrent), stacked(input_bias), stacked(recurrent_bias)};
}

}  // namespace eigenrnn
