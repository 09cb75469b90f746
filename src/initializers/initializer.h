#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <torch/types.h>

#include "cells/cell.h"
#include "cells/sequence.h"
#include "support/options.h"
#include "support/random.h"
#include "support/registry.h"

// Start here to understand, or to add, an initializer: docs/adding_an_initializer.md walks
// through it. The grid, the command line and the contract test find it through its registration.

namespace eigenrnn {

/// The block of one gate in a layer's weights, about to be drawn.
struct GateBlock {
  const Cell& cell;
  std::string gate;     // one of cell.gates
  int64_t hidden_size;  // H
  int64_t input_size;   // I
};

/// A law for the weights of a recurrent layer, gate by gate. Blocks are float64 (the layer keeps
/// them as float32). An initializer always draws the recurrent block; where it leaves the input
/// weights or the biases open (an undefined tensor), the manifest's `model` section decides.
class Initializer {
 public:
  virtual ~Initializer() = default;

  /// The smallest H that the law is defined for; `draw_weights` throws Error for less.
  virtual int64_t smallest_hidden_size() const { return 1; }
  /// [H, H]
  virtual torch::Tensor recurrent_block(const GateBlock& block, Random& random) const = 0;
  /// [H, I], or undefined
  virtual torch::Tensor input_block(const GateBlock& block, Random& random) const;
  /// [H], or undefined; drawn once for b_ih and once for b_hh
  virtual torch::Tensor bias_block(const GateBlock& block, Random& random) const;
};

/// What the registry knows of an initializer.
struct InitializerInfo {
  static constexpr const char* kKind = "initializer";

  std::string name;      // as in manifests, and the name of its file
  std::string summary;   // the formula of the recurrent block, in a line
  std::string citation;  // where the formula comes from
  std::vector<OptionSpec> options;
  /// The cells it is defined for by its source; empty for all. The grid runs it on the others too
  /// when a manifest says so, and the table marks those entries.
  std::vector<std::string> defined_for;
  std::function<std::unique_ptr<Initializer>(const Options&)> make;
  /// Raised when a change gives the same options another law: earlier results of this initializer
  /// then no longer count as finished.
  int version = 1;

  bool is_defined_for(const Cell& cell) const;
};

using InitializerRegistry = Registry<InitializerInfo>;
using InitializerRegistration = Registration<InitializerInfo>;

/// What holds for everything that an initializer leaves open; alike for all of them.
struct WeightDefaults {
  std::string input_weight = "xavier";  // xavier: U(±sqrt(6/(I+H))); torch_default: U(±1/sqrt(H))
  std::string bias = "zeros";           // zeros; torch_default: U(±1/sqrt(H))
  double forget_bias = 1.0;  // added to b_ih of a cell's forget gate, for every initializer
  /// T of chrono biases (Tallec & Ollivier 2018), for every initializer: ln U(1, T − 1) is added to
  /// b_ih of the gate that keeps the state and taken from that of the gate that writes it, and
  /// forget_bias is left out. 0 for none.
  int64_t chrono_steps = 0;
};

/// Draws all weights of a layer, float32. Every block has a stream of its own, so two initializers
/// that both leave the input weights open get the same ones from the same seed.
RecurrentWeights draw_weights(const Initializer& initializer, const WeightDefaults& defaults,
                              const Cell& cell, int64_t hidden_size, int64_t input_size,
                              const Random& random);

}  // namespace eigenrnn
