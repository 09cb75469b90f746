#pragma once
#include <cstdint>
#include <vector>

#include "model/translation/translation_model.h"

// Decoding without the right answer at hand: the model is fed what it said itself. It starts from
// <sos> and ends a sentence with <eos>, or at a limit. The model must be in evaluation mode.

namespace eigenrnn {

/// Tokens of each sentence of a batch, without <sos> and <eos>.
using Sentences = std::vector<std::vector<int64_t>>;

struct GreedyDecoding {
  Sentences sentences;  // at most `max_length` tokens each
  /// Negative log-likelihood in nats of the target's tokens, <eos> among them, summed: of the
  /// target's t-th token after the t − 1 tokens that the decoder chose itself, whatever they were,
  /// also after an <eos>. What exp(mean) of it is called is the free-running perplexity.
  double loss = 0;
  int64_t tokens = 0;  // of the target
};

/// Takes the likeliest token at every step.
GreedyDecoding decode_greedily(const TranslationModel& model, const Batch& batch,
                               int64_t max_length);

/// Keeps the `beam_size` likeliest beginnings at every step; in the end the sentence with the best
/// log-likelihood per token, its <eos> among them. One that is cut at `max_length` has none.
/// Throws c10::Error unless 1 ≤ beam_size ≤ V.
Sentences decode_with_beam(const TranslationModel& model, const Batch& batch, int64_t max_length,
                           int64_t beam_size);

}  // namespace eigenrnn
