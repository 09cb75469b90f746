#pragma once
#include <memory>
#include <vector>

#include <torch/types.h>

#include "model/model.h"
#include "model/translation/encoder_decoder.h"
#include "model/translation/linear.h"

namespace eigenrnn {

struct TranslationSettings {
  bool attention = false;
  int64_t source_vocabulary = 0, target_vocabulary = 0;
  int64_t embedding_size = 256;
  double dropout = 0.0;          // of both embeddings, in training
  double teacher_forcing = 1.0;  // how often, in training, the decoder is fed the right last token
};

/// Translates one sequence of indices into another: embeddings, an EncoderDecoder, and a projection
/// of the embedded last token, the step's features and the context to the target vocabulary.
/// Embeddings are N(0, 0.01²) (bentrevett/pytorch-seq2seq), the projection as Linear draws it; only
/// the recurrent layers know of the initializer.
class TranslationModel : public Model {
 public:
  TranslationModel(const RecurrentSettings& recurrent, const TranslationSettings& settings,
                   const Random& random);

  /// The mean over the target tokens of their negative log-likelihood in nats, a scalar. The batch:
  /// input [S, B] and lengths [B]; target [T + 1, B], of which the decoder is fed all but the last
  /// and predicts all but the first; target_lengths [B], the tokens to predict. In evaluation mode
  /// the decoder is always fed the right last token.
  torch::Tensor loss(const Batch& batch) override;
  torch::Tensor recurrent_input(const Batch& batch) const override;

  EncodedSource encode(const Batch& batch) const;
  /// What the target's vocabulary is projected from, [T, B, E + step_features()], when the decoder
  /// is fed `tokens` [T, B]; moves `state` on. Undefined after a sentence's end.
  torch::Tensor decode(const EncodedSource& source, std::vector<RecurrentState>& state,
                       const torch::Tensor& tokens, const torch::Tensor& lengths = {}) const;
  /// Logits [B, V] of the token after `token` [B] int64; moves `state` on by a step.
  torch::Tensor next(const EncodedSource& source, std::vector<RecurrentState>& state,
                     const torch::Tensor& token) const;

 private:
  torch::Tensor embed(const torch::Tensor& table, const torch::Tensor& tokens) const;
  // decode() of `inputs` [T, B] in which the decoder is fed its own answers now and then.
  torch::Tensor partly_forced(const EncodedSource& source, std::vector<RecurrentState>& state,
                              const torch::Tensor& inputs) const;

  TranslationSettings settings_;
  std::shared_ptr<EncoderDecoder> recurrent_;
  torch::Tensor source_embedding_, target_embedding_;  // [V, E]
  std::shared_ptr<Linear> projection_;
};

}  // namespace eigenrnn
