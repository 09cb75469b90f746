#pragma once
#include <memory>
#include <vector>

#include <torch/nn/module.h>

#include "model/recurrent_network.h"
#include "support/random.h"

// Letters for shapes, besides those of cells/sequence.h: S source positions, T target
// positions, E embedding size.

namespace eigenrnn {

/// What the decoder knows of a batch of source sentences.
struct EncodedSource {
  std::vector<RecurrentState> start;  // of the decoder, by layer
  torch::Tensor context;              // [B, H], the same at every step; undefined with attention
  torch::Tensor memory;   // [B, S, 2H] states of a bidirectional encoder; attention only
  torch::Tensor keys;     // [B, S, H] W_m memory + b; attention only
  torch::Tensor padding;  // [B, S] bool, true after a sentence's end; attention only

  /// The sentences with these indices [B′] int64, in this order.
  EncodedSource select(const torch::Tensor& rows) const;
};

/// A state for each layer, of the sentences with these indices.
std::vector<RecurrentState> select(const std::vector<RecurrentState>& state,
                                   const torch::Tensor& rows);

/// The recurrent part of a translation model, between embeddings and vocabulary. Encoder and
/// decoder have the grid's cell, and the initializer under test draws their weights.
class EncoderDecoder : public torch::nn::Module {
 public:
  /// `embedded`: [S, B, E]; `lengths`: [B] int64 on the CPU.
  virtual EncodedSource encode(const torch::Tensor& embedded,
                               const torch::Tensor& lengths) const = 0;

  /// Runs the decoder on over the embedded tokens [T, B, E], of which each sentence has `lengths`
  /// (undefined: all T), from `state`, which becomes the state at the end. Returns what the
  /// vocabulary is projected from, [T, B, step_features()]; undefined where a sentence has ended.
  virtual torch::Tensor decode(const EncodedSource& source, std::vector<RecurrentState>& state,
                               const torch::Tensor& embedded,
                               const torch::Tensor& lengths = {}) const = 0;

  virtual int64_t step_features() const = 0;     // of a step
  virtual int64_t context_features() const = 0;  // of EncodedSource::context; 0 with attention
};

/// Cho et al. 2014 (arXiv 1406.1078): the encoder's last state starts the decoder, and the top
/// layer's hidden state, the context, is fed beside every token. All that is known of the source
/// passes through that state. A step's features are the hidden state [H].
std::shared_ptr<EncoderDecoder> make_plain_encoder_decoder(const RecurrentSettings& settings,
                                                           int64_t embedding_size,
                                                           const Random& random);

/// Bahdanau, Cho & Bengio 2015 (arXiv 1409.0473): two encoders, one of which reads from the end; at
/// each step the decoder's last hidden state s asks for a mean of the encoders' states m_j, with
/// weights softmax_j(v · tanh(W_s s + W_m m_j + b)), and is fed it beside the token. The decoder
/// starts from tanh(W [h_forward; h_backward] + b), an LSTM's cell state from the same without
/// tanh, for each layer. A step's features are the hidden state and that mean [3H]. Weights that
/// are not of a recurrent layer are U(±sqrt(6/(fan_in+fan_out))), biases 0.
std::shared_ptr<EncoderDecoder> make_attention_encoder_decoder(const RecurrentSettings& settings,
                                                               int64_t embedding_size,
                                                               const Random& random);

}  // namespace eigenrnn
