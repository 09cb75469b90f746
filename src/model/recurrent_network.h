#pragma once
#include <memory>
#include <string>
#include <vector>

#include <torch/nn/module.h>

#include "cells/sequence.h"
#include "initializers/initializer.h"
#include "support/random.h"

namespace eigenrnn {

/// How a recurrent network is built; a manifest's `model` section, resolved.
struct RecurrentSettings {
  const Cell* cell = nullptr;
  std::shared_ptr<const Initializer> initializer;
  WeightDefaults defaults;  // for what the initializer leaves open
  int64_t hidden_size = 0;  // H
  int64_t layers = 1;
  Kernel kernel = Kernel::kFused;
  double weight_drop = 0.0;   // the share of W_hh's entries that are 0 in a pass in training
  double weight_noise = 0.0;  // standard deviation of what is added to W_ih and W_hh in such a pass
};

/// One recurrent layer with its weights as parameters: weight_ih, weight_hh, bias_ih, bias_hh. In
/// training each pass over a sequence draws its weight drop (Merity et al. 2018) and noise (Graves
/// 2011) anew, from LibTorch's own generator.
class RecurrentLayer : public torch::nn::Module {
 public:
  /// `random` is the layer's own stream.
  RecurrentLayer(const RecurrentSettings& settings, int64_t input_size, const Random& random);

  SequenceResult forward(const SequenceInput& input, const torch::Tensor& lengths = {},
                         const RecurrentState& initial = {}, Wanted wanted = Wanted::kAll) const;

  /// pack_weights() of this layer's.
  void pack() const { pack_weights(*cell_, weights_, kernel_); }

  const Cell& cell() const { return *cell_; }
  const RecurrentWeights& weights() const { return weights_; }

 private:
  // As a pass sees them.
  RecurrentWeights seen_weights() const;

  const Cell* cell_;
  Kernel kernel_;
  double weight_drop_, weight_noise_;
  RecurrentWeights weights_;
};

/// Moves all parameters of a model that will be trained or run there, and packs its layers'
/// weights. A model that was moved keeps the addresses of its parameters.
void move_to(torch::Device device, torch::nn::Module& model);

/// Layers on top of one another; submodules layer0, layer1, …
class RecurrentNetwork : public torch::nn::Module {
 public:
  RecurrentNetwork(const RecurrentSettings& settings, int64_t input_size, const Random& random);

  /// The outputs of the top layer and each layer's final state. Shapes as in run_sequence.
  struct Result {
    torch::Tensor outputs;               // [T, B, H]
    std::vector<RecurrentState> finals;  // by layer
  };
  /// `initial` holds a state for each layer; empty means zeros.
  Result forward(const SequenceInput& input, const torch::Tensor& lengths = {},
                 const std::vector<RecurrentState>& initial = {}) const;
  /// The top layer's hidden state [B, H] after each sequence's last step.
  torch::Tensor last_hidden(const torch::Tensor& input, const torch::Tensor& lengths = {}) const;

 private:
  std::vector<std::shared_ptr<RecurrentLayer>> layers_;
};

}  // namespace eigenrnn
