#pragma once
#include <memory>

#include "model/model.h"
#include "model/recurrent_network.h"

namespace eigenrnn {

/// A recurrent network with a linear head on the top layer's state after each sequence's last
/// step: K logits of a classification, or K numbers of a regression. The head draws
/// U(±sqrt(6/(H+K))) (Glorot & Bengio 2010) and zero biases from a stream of its own, so it is the
/// same for every initializer of a seed. Output: [B, K].
std::shared_ptr<Model> make_last_state_model(const RecurrentSettings& settings, int64_t input_size,
                                             int64_t outputs, const Random& random);

}  // namespace eigenrnn
