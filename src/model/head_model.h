#pragma once
#include <memory>

#include "model/model.h"
#include "model/recurrent_network.h"

namespace eigenrnn {

/// A recurrent network with a linear head of K outputs on its top layer. The head draws
/// U(±sqrt(6/(H+K))) (Glorot & Bengio 2010) and zero biases from a stream of its own, so it is the
/// same for every initializer of a seed.
class HeadModel : public Model {
 public:
  /// What the head makes of a batch, K numbers last.
  virtual torch::Tensor outputs(const Batch& batch) = 0;
  /// The loss from outputs that are there already.
  virtual torch::Tensor loss_of(const torch::Tensor& outputs, const Batch& batch) const = 0;

 protected:
  HeadModel(const RecurrentSettings& settings, int64_t input_size, int64_t outputs,
            const Random& random);

  const RecurrentNetwork& network() const { return *network_; }
  const torch::Tensor& weight() const { return weight_; }  // [K, H]
  const torch::Tensor& bias() const { return bias_; }      // [K]

 private:
  std::shared_ptr<RecurrentNetwork> network_;
  torch::Tensor weight_, bias_;
};

}  // namespace eigenrnn
