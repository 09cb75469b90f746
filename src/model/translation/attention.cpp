// Additive attention over a bidirectional encoder (Bahdanau, Cho & Bengio 2015).

#include <limits>

#include <fmt/format.h>

#include "model/translation/encoder_decoder.h"
#include "model/translation/linear.h"

namespace eigenrnn {
namespace {

// [S, B] int64: the position that stands at s when each sentence is read from its end; padding
// stays where it is.
torch::Tensor reversed_positions(int64_t steps, const torch::Tensor& lengths) {
  const torch::Tensor position = torch::arange(steps).unsqueeze(1);
  const torch::Tensor reversed = lengths.unsqueeze(0) - 1 - position;
  return torch::where(reversed.ge(0), reversed, position.expand_as(reversed));
}

torch::Tensor reorder(const torch::Tensor& sequences, const torch::Tensor& positions) {
  return sequences.gather(0, positions.unsqueeze(2).expand_as(sequences));
}

class AttentionEncoderDecoder : public EncoderDecoder {
 public:
  AttentionEncoderDecoder(const RecurrentSettings& settings, int64_t embedding_size,
                          const Random& random)
      : hidden_size_(settings.hidden_size) {
    const int64_t hidden = hidden_size_;
    const auto network = [&](const std::string& name, int64_t inputs) {
      return register_module(
          name, std::make_shared<RecurrentNetwork>(settings, inputs, random.stream(name)));
    };
    const auto linear = [&](const std::string& name, int64_t inputs, int64_t outputs) {
      return register_module(name, std::make_shared<Linear>(inputs, outputs, random.stream(name)));
    };
    forward_ = network("encoder_forward", embedding_size);
    backward_ = network("encoder_backward", embedding_size);
    decoder_ = network("decoder", embedding_size + 2 * hidden);
    for (int64_t i = 0; i < settings.layers; ++i) {
      hidden_bridges_.push_back(linear(fmt::format("start_hidden{}", i), 2 * hidden, hidden));
      if (settings.cell->has_cell_state()) {
        cell_bridges_.push_back(linear(fmt::format("start_cell{}", i), 2 * hidden, hidden));
      }
    }
    query_ = linear("attention_query", hidden, hidden);
    key_ = linear("attention_key", 2 * hidden, hidden);
    score_ = linear("attention_score", hidden, 1);
  }

  EncodedSource encode(const torch::Tensor& embedded, const torch::Tensor& lengths) const override {
    const int64_t steps = embedded.size(0);
    const torch::Tensor positions = reversed_positions(steps, lengths).to(embedded.device());
    const auto ahead = forward_->forward(embedded, lengths);
    const auto back = backward_->forward(reorder(embedded, positions), lengths);
    EncodedSource source;
    for (size_t i = 0; i < hidden_bridges_.size(); ++i) {
      const RecurrentState &a = ahead.finals[i], &b = back.finals[i];
      RecurrentState start;
      start.hidden = hidden_bridges_[i]->forward(torch::cat({a.hidden, b.hidden}, 1)).tanh();
      if (!cell_bridges_.empty()) {
        start.cell = cell_bridges_[i]->forward(torch::cat({a.cell, b.cell}, 1));
      }
      source.start.push_back(start);
    }
    source.memory = torch::cat({ahead.outputs, reorder(back.outputs, positions)}, 2)
                        .transpose(0, 1)
                        .contiguous();
    source.keys = key_->forward(source.memory);
    source.padding =
        torch::arange(steps).unsqueeze(0).ge(lengths.unsqueeze(1)).to(embedded.device());
    return source;
  }

  torch::Tensor decode(const EncodedSource& source, std::vector<RecurrentState>& state,
                       const torch::Tensor& embedded, const torch::Tensor&) const override {
    std::vector<torch::Tensor> features;
    for (const torch::Tensor& token : embedded.unbind(0)) {
      const torch::Tensor attended = attend(source, state.back().hidden);
      auto step = decoder_->forward(torch::cat({token, attended}, 1).unsqueeze(0), {}, state);
      state = std::move(step.finals);
      features.push_back(torch::cat({state.back().hidden, attended}, 1));
    }
    return torch::stack(features);
  }

  int64_t step_features() const override { return 3 * hidden_size_; }
  int64_t context_features() const override { return 0; }

 private:
  // The mean [B, 2H] of the memory that the state [B, H] asks for.
  torch::Tensor attend(const EncodedSource& source, const torch::Tensor& state) const {
    const torch::Tensor energy = (source.keys + query_->forward(state).unsqueeze(1)).tanh();
    const torch::Tensor scores = score_->forward(energy).squeeze(2).masked_fill(
        source.padding, -std::numeric_limits<double>::infinity());
    return scores.softmax(1).unsqueeze(1).bmm(source.memory).squeeze(1);
  }

  int64_t hidden_size_;
  std::shared_ptr<RecurrentNetwork> forward_, backward_, decoder_;
  std::vector<std::shared_ptr<Linear>> hidden_bridges_, cell_bridges_;  // by layer
  std::shared_ptr<Linear> query_, key_, score_;
};

}  // namespace

std::shared_ptr<EncoderDecoder> make_attention_encoder_decoder(const RecurrentSettings& settings,
                                                               int64_t embedding_size,
                                                               const Random& random) {
  return std::make_shared<AttentionEncoderDecoder>(settings, embedding_size, random);
}

}  // namespace eigenrnn
