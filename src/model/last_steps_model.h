#pragma once
#include <memory>

#include "model/model.h"
#include "model/recurrent_network.h"

namespace eigenrnn {

/// A recurrent network that answers at each of a sequence's last S steps: a linear head on the top
/// layer's state gives K logits. Targets are classes [S, B] int64; the loss is the mean
/// cross-entropy over them. The head draws its weights as LastStateModel's does.
class LastStepsModel : public Model {
 public:
  struct Head {
    int64_t steps = 1;    // S
    int64_t classes = 1;  // K
  };

  LastStepsModel(const RecurrentSettings& settings, int64_t input_size, const Head& head,
                 const Random& random);

  torch::Tensor outputs(const Batch& batch);  // [S, B, K]
  torch::Tensor loss(const Batch& batch) override;
  /// The same from outputs that are there already.
  static torch::Tensor loss_of(const torch::Tensor& outputs, const Batch& batch);

 private:
  std::shared_ptr<RecurrentNetwork> network_;
  int64_t steps_;
  torch::Tensor weight_, bias_;
};

}  // namespace eigenrnn
