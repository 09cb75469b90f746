#include "model/translation/encoder_decoder.h"

namespace eigenrnn {
namespace {

torch::Tensor rows_of(const torch::Tensor& tensor, const torch::Tensor& rows) {
  return tensor.defined() ? tensor.index_select(0, rows) : tensor;
}

class PlainEncoderDecoder : public EncoderDecoder {
 public:
  PlainEncoderDecoder(const RecurrentSettings& settings, int64_t embedding_size,
                      const Random& random)
      : hidden_size_(settings.hidden_size) {
    encoder_ = register_module("encoder", std::make_shared<RecurrentNetwork>(
                                              settings, embedding_size, random.stream("encoder")));
    decoder_ = register_module(
        "decoder", std::make_shared<RecurrentNetwork>(settings, embedding_size + hidden_size_,
                                                      random.stream("decoder")));
  }

  EncodedSource encode(const torch::Tensor& embedded, const torch::Tensor& lengths) const override {
    EncodedSource source;
    source.start = encoder_->forward(embedded, lengths).finals;
    source.context = source.start.back().hidden;
    return source;
  }

  torch::Tensor decode(const EncodedSource& source, std::vector<RecurrentState>& state,
                       const torch::Tensor& embedded, const torch::Tensor& lengths) const override {
    RecurrentNetwork::Result result = decoder_->forward({embedded, source.context}, lengths, state);
    state = std::move(result.finals);
    return result.outputs;
  }

  int64_t step_features() const override { return hidden_size_; }
  int64_t context_features() const override { return hidden_size_; }

 private:
  int64_t hidden_size_;
  std::shared_ptr<RecurrentNetwork> encoder_, decoder_;
};

}  // namespace

std::vector<RecurrentState> select(const std::vector<RecurrentState>& state,
                                   const torch::Tensor& rows) {
  std::vector<RecurrentState> selected;
  for (const RecurrentState& layer : state) {
    selected.push_back({rows_of(layer.hidden, rows), rows_of(layer.cell, rows)});
  }
  return selected;
}

EncodedSource EncodedSource::select(const torch::Tensor& rows) const {
  return {eigenrnn::select(start, rows), rows_of(context, rows), rows_of(memory, rows),
          rows_of(keys, rows), rows_of(padding, rows)};
}

std::shared_ptr<EncoderDecoder> make_plain_encoder_decoder(const RecurrentSettings& settings,
                                                           int64_t embedding_size,
                                                           const Random& random) {
  return std::make_shared<PlainEncoderDecoder>(settings, embedding_size, random);
}

}  // namespace eigenrnn
