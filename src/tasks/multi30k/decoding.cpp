#include "tasks/multi30k/decoding.h"

#include <limits>

#include "tasks/multi30k/vocabulary.h"

namespace eigenrnn {
namespace {

// [B] of tokens at the start of a sentence.
torch::Tensor first_tokens(int64_t count, const torch::Tensor& like) {
  return torch::full({count}, Vocabulary::kStart, like.options());
}

// Of column `row` of the tokens [T, B], those before the first <eos>.
std::vector<int64_t> sentence(const torch::Tensor& tokens, int64_t row) {
  std::vector<int64_t> result;
  const auto all = tokens.accessor<int64_t, 2>();
  for (int64_t t = 0; t < all.size(0) && all[t][row] != Vocabulary::kEnd; ++t) {
    result.push_back(all[t][row]);
  }
  return result;
}

// The beams of a batch: row b·K + k is the k-th beam of sentence b.
class Beams {
 public:
  Beams(const TranslationModel& model, const Batch& batch, int64_t beam_size)
      : model_(model), sentences_(batch.size()), width_(beam_size) {
    const EncodedSource source = model.encode(batch);
    const torch::Tensor rows = torch::arange(sentences_, batch.input.options());
    source_ = source.select(rows.repeat_interleave(width_));
    state_ = source_.start;
    token_ = first_tokens(sentences_ * width_, batch.input);
    // At first all beams of a sentence are the same: only one of them counts.
    score_ = torch::full({sentences_, width_}, -std::numeric_limits<double>::infinity(),
                         source_.start.back().hidden.options());
    score_.select(1, 0).zero_();
    length_ = torch::zeros({sentences_, width_}, batch.input.options());
    first_row_ = rows.mul(width_).unsqueeze(1);
  }

  // False once every beam has ended.
  bool advance() {
    const torch::Tensor ended = token_.eq(Vocabulary::kEnd);
    torch::Tensor scores = model_.next(source_, state_, token_).log_softmax(1);
    const int64_t words = scores.size(1);
    TORCH_CHECK(width_ <= words, "decode_with_beam: beam_size is ", width_,
                ", and must be from 1 to the vocabulary's ", words);
    // What has ended goes on with <eos> only, at no cost.
    scores.masked_fill_(ended.unsqueeze(1), -std::numeric_limits<double>::infinity());
    scores.select(1, Vocabulary::kEnd).masked_fill_(ended, 0.0);
    scores = (scores.view({sentences_, width_, words}) + score_.unsqueeze(2)).flatten(1);
    auto [best, index] = scores.topk(width_, 1);
    const torch::Tensor rows = (torch::div(index, words, "floor") + first_row_).flatten();
    score_ = best;
    token_ = index.remainder(words).flatten();
    state_ = select(state_, rows);
    for (torch::Tensor& step : history_) step = step.index_select(0, rows);
    history_.push_back(token_);
    const torch::Tensor going_on = ended.index_select(0, rows).logical_not();
    length_ = length_.flatten().index_select(0, rows).add(going_on).view_as(length_);
    return !token_.eq(Vocabulary::kEnd).all().item<bool>();
  }

  Sentences best() const {
    const torch::Tensor winners =
        (score_ / length_.to(score_.scalar_type())).argmax(1, /*keepdim=*/true) + first_row_;
    const torch::Tensor tokens =
        torch::stack(history_).index_select(1, winners.flatten()).to(torch::kCPU);
    Sentences result;
    for (int64_t b = 0; b < sentences_; ++b) result.push_back(sentence(tokens, b));
    return result;
  }

 private:
  const TranslationModel& model_;
  int64_t sentences_, width_;
  EncodedSource source_;
  std::vector<RecurrentState> state_;
  torch::Tensor token_;                 // [B·K]
  torch::Tensor score_, length_;        // [B, K]
  torch::Tensor first_row_;             // [B, 1]
  std::vector<torch::Tensor> history_;  // by step, [B·K]
};

}  // namespace

GreedyDecoding decode_greedily(const TranslationModel& model, const Batch& batch,
                               int64_t max_length) {
  const torch::NoGradGuard no_gradient;
  const EncodedSource source = model.encode(batch);
  std::vector<RecurrentState> state = source.start;
  torch::Tensor token = first_tokens(batch.size(), batch.input);
  torch::Tensor ended = torch::zeros({batch.size()}, torch::kBool).to(token.device());
  const int64_t targets = batch.target.size(0) - 1;
  const torch::Tensor lengths = batch.target_lengths.to(token.device());
  std::vector<torch::Tensor> chosen;
  GreedyDecoding result;
  for (int64_t t = 0; t < targets || t < max_length; ++t) {
    if (t >= targets && ended.all().item<bool>()) break;
    const torch::Tensor scores = model.next(source, state, token);
    if (t < targets) {
      const torch::Tensor wanted = batch.target[t + 1].unsqueeze(1);
      const torch::Tensor losses =
          (scores.logsumexp(1, /*keepdim=*/true) - scores.gather(1, wanted)).squeeze(1);
      result.loss += losses.masked_fill(lengths.le(t), 0).sum(torch::kDouble).item<double>();
    }
    token = scores.argmax(1);
    ended.logical_or_(token.eq(Vocabulary::kEnd));
    if (t < max_length) chosen.push_back(token);
  }
  result.tokens = batch.target_lengths.sum().item<int64_t>();
  const torch::Tensor tokens = torch::stack(chosen).to(torch::kCPU);
  for (int64_t b = 0; b < batch.size(); ++b) result.sentences.push_back(sentence(tokens, b));
  return result;
}

Sentences decode_with_beam(const TranslationModel& model, const Batch& batch, int64_t max_length,
                           int64_t beam_size) {
  TORCH_CHECK(beam_size >= 1, "decode_with_beam: beam_size is ", beam_size,
              ", and must be at least 1");
  const torch::NoGradGuard no_gradient;
  Beams beams(model, batch, beam_size);
  for (int64_t t = 0; t < max_length; ++t) {
    if (!beams.advance()) break;
  }
  return beams.best();
}

}  // namespace eigenrnn
