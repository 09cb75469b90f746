#pragma once
#include "model/head_model.h"
#include "model/mean_loss.h"

namespace eigenrnn {

/// A head on the top layer's state after each sequence's last step: K logits of a classification,
/// or K numbers of a regression.
class LastStateModel : public HeadModel {
 public:
  struct Head {
    int64_t outputs = 1;  // K
    MeanLoss loss = MeanLoss::kSquaredError;
  };

  LastStateModel(const RecurrentSettings& settings, int64_t input_size, const Head& head,
                 const Random& random);

  torch::Tensor outputs(const Batch& batch) override;  // [B, K]
  torch::Tensor loss(const Batch& batch) override;
  torch::Tensor loss_of(const torch::Tensor& outputs, const Batch& batch) const override {
    return mean_loss(loss_, outputs, batch.target);
  }

 private:
  MeanLoss loss_;
};

}  // namespace eigenrnn
