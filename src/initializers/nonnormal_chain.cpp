// Orhan & Pitkow 2019, "Improved memory in recurrent neural networks with sequential non-normal
// dynamics" (arXiv 1905.13715): a chain along which a unit drives the next, per H×H block
//   W_{i+1,i} = forward, W_{i,i+1} = backward, all else 0.
// Their chain without feedback has forward 1.02 (the default here), the one with feedback 0.99 and
// 0.04; both were tuned around these. Without feedback W is nilpotent: every eigenvalue is 0, and
// what is remembered wanders along the chain for H steps. The input enters at the chain's
// source: W_ih = source on the diagonal, so that input k drives the unit k. No gate of an LSTM or a
// GRU is mentioned there for this law's input weights, so it is defined for plain units alone.

#include "initializers/initializer.h"

namespace eigenrnn {
namespace {

class NonnormalChain : public Initializer {
 public:
  NonnormalChain(double forward, double backward, double source)
      : forward_(forward), backward_(backward), source_(source) {}

  torch::Tensor recurrent_block(const GateBlock& block, Random&) const override {
    const torch::Tensor ones = torch::ones({block.hidden_size - 1}, torch::kFloat64);
    return torch::diag(forward_ * ones, -1) + torch::diag(backward_ * ones, 1);
  }
  torch::Tensor input_block(const GateBlock& block, Random&) const override {
    return source_ * torch::eye(block.hidden_size, block.input_size, torch::kFloat64);
  }

 private:
  double forward_, backward_, source_;
};

const InitializerRegistration kRegistration({
    "nonnormal_chain",
    "a chain of units: W_{i+1,i} = forward, W_{i,i+1} = backward; the input enters at its start",
    "Orhan & Pitkow 2019",
    {OptionSpec::number("forward", 1.02, "weight from a unit to the next").between(0.0, 10.0),
     OptionSpec::number("backward", 0.0, "weight from a unit to the one before")
         .between(-10.0, 10.0),
     OptionSpec::number("source", 0.9, "weight of input k on unit k").between(0.0, 10.0)},
    {"rnn_tanh", "rnn_relu"},
    [](const Options& options) {
      return std::make_unique<NonnormalChain>(options.number("forward"), options.number("backward"),
                                              options.number("source"));
    },
});

}  // namespace
}  // namespace eigenrnn
