#pragma once
#include <torch/types.h>

namespace eigenrnn {

/// What a head is trained to make small: a mean over the batch.
enum class MeanLoss {
  kBinaryCrossEntropy,  // of a logit [B, 1]; the target is 0 or 1, [B] float
  kCrossEntropy,        // of logits [B, K]; the target is a class, [B] int64
  kSquaredError,        // of a number [B, 1]; the target is [B] float
};

/// A scalar, from a head's outputs.
torch::Tensor mean_loss(MeanLoss loss, const torch::Tensor& outputs, const torch::Tensor& target);

/// The same of outputs = features·Wᵀ + b, from features [B, H], W [K, H] and b [K], up to rounding;
/// differentiable once. On the CPU in float32 it takes a few calls of LibTorch in place of some
/// dozens, which for small networks cost more than the sequence: the gradient comes with the loss.
/// Throws c10::Error if shapes do not fit, or if a class is none.
torch::Tensor mean_loss_of_head(MeanLoss loss, const torch::Tensor& features,
                                const torch::Tensor& weight, const torch::Tensor& bias,
                                const torch::Tensor& target);

}  // namespace eigenrnn
