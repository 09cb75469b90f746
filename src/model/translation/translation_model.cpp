#include "model/translation/translation_model.h"

#include "model/translation/projected_cross_entropy.h"

namespace eigenrnn {
namespace {

constexpr double kEmbeddingDeviation = 0.01;

// Indices [N] into a flattened [T, B] of the places before each sequence's end.
torch::Tensor places_within(const torch::Tensor& lengths, int64_t steps) {
  return torch::arange(steps).unsqueeze(1).lt(lengths.unsqueeze(0)).flatten().nonzero().squeeze(1);
}

}  // namespace

TranslationModel::TranslationModel(const RecurrentSettings& recurrent,
                                   const TranslationSettings& settings, const Random& random)
    : settings_(settings) {
  const int64_t embedding = settings.embedding_size;
  const auto make =
      settings.attention ? make_attention_encoder_decoder : make_plain_encoder_decoder;
  recurrent_ = register_module("recurrent", make(recurrent, embedding, random.stream("recurrent")));
  const auto table = [&](const std::string& name, int64_t words) {
    return register_parameter(name, random.stream(name)
                                        .normal_tensor({words, embedding}, kEmbeddingDeviation)
                                        .to(torch::kFloat32));
  };
  source_embedding_ = table("source_embedding", settings.source_vocabulary);
  target_embedding_ = table("target_embedding", settings.target_vocabulary);
  projection_ = register_module(
      "projection", std::make_shared<Linear>(
                        embedding + recurrent_->step_features() + recurrent_->context_features(),
                        settings.target_vocabulary, random.stream("projection")));
}

torch::Tensor TranslationModel::embed(const torch::Tensor& table,
                                      const torch::Tensor& tokens) const {
  return torch::dropout(torch::embedding(table, tokens), settings_.dropout, is_training());
}

torch::Tensor TranslationModel::recurrent_input(const Batch& batch) const {
  return torch::embedding(source_embedding_, batch.input);
}

EncodedSource TranslationModel::encode(const Batch& batch) const {
  return recurrent_->encode(embed(source_embedding_, batch.input), batch.lengths);
}

torch::Tensor TranslationModel::decode(const EncodedSource& source,
                                       std::vector<RecurrentState>& state,
                                       const torch::Tensor& tokens,
                                       const torch::Tensor& lengths) const {
  const torch::Tensor embedded = embed(target_embedding_, tokens);
  return torch::cat({embedded, recurrent_->decode(source, state, embedded, lengths)}, 2);
}

torch::Tensor TranslationModel::next(const EncodedSource& source,
                                     std::vector<RecurrentState>& state,
                                     const torch::Tensor& token) const {
  const torch::Tensor features = decode(source, state, token.unsqueeze(0)).squeeze(0);
  const torch::Tensor all = torch::arange(token.size(0), token.options());
  return project({projection_->weight(), projection_->bias()}, {features, source.context, all});
}

torch::Tensor TranslationModel::partly_forced(const EncodedSource& source,
                                              std::vector<RecurrentState>& state,
                                              const torch::Tensor& inputs) const {
  const torch::Tensor all = torch::arange(inputs.size(1), inputs.options());
  const Projection projection = {projection_->weight(), projection_->bias()};
  std::vector<torch::Tensor> features;
  torch::Tensor token = inputs[0];
  for (int64_t t = 0; t < inputs.size(0); ++t) {
    features.push_back(decode(source, state, token.unsqueeze(0)).squeeze(0));
    if (t + 1 == inputs.size(0)) break;
    const bool forced = torch::rand({}).item<double>() < settings_.teacher_forcing;
    const torch::NoGradGuard no_gradient;  // what is fed is a choice, not a function
    token = forced ? inputs[t + 1]
                   : project(projection, {features.back(), source.context, all}).argmax(1);
  }
  return torch::stack(features);
}

torch::Tensor TranslationModel::forward(const Batch& batch) {
  const EncodedSource source = encode(batch);
  std::vector<RecurrentState> state = source.start;
  const int64_t steps = batch.target.size(0) - 1, count = batch.target.size(1);
  const torch::Tensor inputs = batch.target.slice(0, 0, steps);
  const bool forced = !is_training() || settings_.teacher_forcing >= 1.0;
  const torch::Tensor features = forced ? decode(source, state, inputs, batch.target_lengths)
                                        : partly_forced(source, state, inputs);
  const torch::Tensor places = places_within(batch.target_lengths, steps).to(features.device());
  return projected_cross_entropy(
      {projection_->weight(), projection_->bias()},
      {features.flatten(0, 1).index_select(0, places), source.context, places.remainder(count)},
      batch.target.slice(0, 1).flatten().index_select(0, places));
}

}  // namespace eigenrnn
