#pragma once
#include "model/head_model.h"

namespace eigenrnn {

/// A head on the top layer's states at a sequence's last S steps, which answers with K logits at
/// each. Targets are classes [S, B] int64; the loss is the mean cross-entropy over them.
class LastStepsModel : public HeadModel {
 public:
  struct Head {
    int64_t steps = 1;    // S
    int64_t classes = 1;  // K
  };

  LastStepsModel(const RecurrentSettings& settings, int64_t input_size, const Head& head,
                 const Random& random);

  torch::Tensor outputs(const Batch& batch) override;  // [S, B, K]
  torch::Tensor loss(const Batch& batch) override { return loss_of(outputs(batch), batch); }
  torch::Tensor loss_of(const torch::Tensor& outputs, const Batch& batch) const override;

 private:
  int64_t steps_;
};

}  // namespace eigenrnn
