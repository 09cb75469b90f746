#pragma once
#include <memory>

#include "model/mean_loss.h"
#include "model/model.h"
#include "model/recurrent_network.h"

namespace eigenrnn {

/// A recurrent network with a linear head on the top layer's state after each sequence's last
/// step: K logits of a classification, or K numbers of a regression. The head draws
/// U(±sqrt(6/(H+K))) (Glorot & Bengio 2010) and zero biases from a stream of its own, so it is the
/// same for every initializer of a seed.
class LastStateModel : public Model {
 public:
  struct Head {
    int64_t outputs = 1;  // K
    MeanLoss loss = MeanLoss::kSquaredError;
  };

  LastStateModel(const RecurrentSettings& settings, int64_t input_size, const Head& head,
                 const Random& random);

  torch::Tensor outputs(const Batch& batch);  // [B, K]
  torch::Tensor loss(const Batch& batch) override;
  /// The same from outputs that are there already.
  torch::Tensor loss_of(const torch::Tensor& outputs, const Batch& batch) const {
    return mean_loss(loss_, outputs, batch.target);
  }

 private:
  std::shared_ptr<RecurrentNetwork> network_;
  torch::Tensor weight_, bias_;
  MeanLoss loss_;
};

}  // namespace eigenrnn
