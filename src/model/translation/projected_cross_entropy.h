#pragma once
#include <torch/types.h>

// Letters for shapes, here and in everything that includes this: N tokens of a batch, its padding
// left out; B sentences; V words of the vocabulary; F features of a token; C features of a
// sentence.

namespace eigenrnn {

/// A linear layer over a vocabulary. Part of its input belongs to a token, part is the same for all
/// tokens of a sentence: logits[n] = W_f features[n] + W_c context[sentence[n]] + b.
struct Projection {
  torch::Tensor weight;  // [V, F + C]: W_f, then W_c
  torch::Tensor bias;    // [V]
};

/// What is projected. Without a context, C is 0.
struct ProjectionInput {
  torch::Tensor features;  // [N, F]
  torch::Tensor context;   // [B, C], or undefined
  torch::Tensor sentence;  // [N] int64 below B: whose token it is; undefined without a context
};

/// [N, V]
torch::Tensor project(const Projection& projection, const ProjectionInput& input);

/// How what belongs together is summed up.
enum class Gathering {
  kInPlace,   // index_add_ and scatter_add_, which on a GPU have no fixed order, or need a sort
  kProducts,  // with one-hot vectors: the same up to rounding
  kByDevice,  // the first on the CPU, the second on a GPU
};

/// The mean over the tokens of −log softmax(logits)[target], a scalar; `target` is [N] int64.
/// Differentiable once in all but `target`, and equal to project() and cross_entropy but for
/// rounding. It works on a few hundred tokens at a time and computes the gradient on the way, so
/// the logits [N, V] never exist as a whole, and the context is projected once per sentence. Throws
/// c10::Error if there is no token, or if shapes do not fit.
torch::Tensor projected_cross_entropy(const Projection& projection, const ProjectionInput& input,
                                      const torch::Tensor& target,
                                      Gathering gathering = Gathering::kByDevice);

}  // namespace eigenrnn
