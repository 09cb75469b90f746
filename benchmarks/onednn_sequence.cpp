#include "onednn_sequence.h"

#ifndef EIGENRNN_HAVE_ONEDNN

namespace eigenrnn {
std::function<void()> onednn_sequence(fused::CellKind, int64_t, int64_t, int64_t, int64_t) {
  return {};
}
std::string onednn_version() { return {}; }
}  // namespace eigenrnn

#else

#include <dnnl.hpp>
#include <memory>
#include <unordered_map>
#include <vector>

#include <c10/util/Exception.h>
#include <fmt/format.h>

namespace eigenrnn {
namespace {

using dnnl::memory;
using Arguments = std::unordered_map<int, memory>;

// Descriptors of one run; `any` leaves the weights' layout to the primitive.
struct Shapes {
  memory::desc input, state, weights_layer, weights_iter, bias, outputs, none;
  memory::desc plain_layer, plain_iter;

  Shapes(int64_t t, int64_t b, int64_t h, int64_t i, int64_t gates, int64_t biases) {
    const auto make = [](memory::dims dims, memory::format_tag tag) {
      return memory::desc(dims, memory::data_type::f32, tag);
    };
    using Tag = memory::format_tag;
    input = make({t, b, i}, Tag::tnc);
    state = make({1, 1, b, h}, Tag::ldnc);
    weights_layer = make({1, 1, i, gates, h}, Tag::any);
    weights_iter = make({1, 1, h, gates, h}, Tag::any);
    plain_layer = make({1, 1, i, gates, h}, Tag::ldigo);
    plain_iter = make({1, 1, h, gates, h}, Tag::ldigo);
    bias = make({1, 1, biases, h}, Tag::ldgo);
    outputs = make({t, b, h}, Tag::tnc);
  }
};

memory filled(const memory::desc& desc, const dnnl::engine& engine, float value) {
  memory result(desc, engine);
  float* data = static_cast<float*>(result.get_data_handle());
  for (size_t i = 0; i < desc.get_size() / sizeof(float); ++i) {
    data[i] = value * (static_cast<float>(i * 7919 % 1000) / 500.0f - 1.0f);
  }
  return result;
}

template <class Forward, class Backward>
struct Descriptors {
  typename Forward::primitive_desc forward;
  typename Backward::primitive_desc backward;
};

constexpr auto kTraining = dnnl::prop_kind::forward_training;
constexpr auto kBackward = dnnl::prop_kind::backward;
constexpr auto kDirection = dnnl::rnn_direction::unidirectional_left2right;

// oneDNN 2 has a descriptor between a primitive's arguments and the primitive's own, oneDNN 3 none.
template <class F, class... Arguments>
auto describe_forward(const dnnl::engine& engine, const Arguments&... arguments) {
#if DNNL_VERSION_MAJOR >= 3
  return typename F::primitive_desc(engine, arguments...);
#else
  return typename F::primitive_desc(typename F::desc(arguments...), engine);
#endif
}

template <class B, class Forward, class... Arguments>
auto describe_backward(const dnnl::engine& engine, const Forward& forward,
                       const Arguments&... arguments) {
#if DNNL_VERSION_MAJOR >= 3
  return typename B::primitive_desc(engine, arguments..., forward);
#else
  return typename B::primitive_desc(typename B::desc(arguments...), engine, forward);
#endif
}

auto describe_rnn(const Shapes& s, const dnnl::engine& engine, dnnl::algorithm activation) {
  using F = dnnl::vanilla_rnn_forward;
  using B = dnnl::vanilla_rnn_backward;
  const auto forward =
      describe_forward<F>(engine, kTraining, activation, kDirection, s.input, s.state,
                          s.weights_layer, s.weights_iter, s.bias, s.outputs, s.state);
  const auto backward =
      describe_backward<B>(engine, forward, kBackward, activation, kDirection, s.input, s.state,
                           s.weights_layer, s.weights_iter, s.bias, s.outputs, s.state, s.input,
                           s.state, s.weights_layer, s.weights_iter, s.bias, s.outputs, s.state);
  return Descriptors<F, B>{forward, backward};
}

auto describe_gru(const Shapes& s, const dnnl::engine& engine) {
  // "Linear before reset" is LibTorch's GRU.
  using F = dnnl::lbr_gru_forward;
  using B = dnnl::lbr_gru_backward;
  const auto forward =
      describe_forward<F>(engine, kTraining, kDirection, s.input, s.state, s.weights_layer,
                          s.weights_iter, s.bias, s.outputs, s.state);
  const auto backward =
      describe_backward<B>(engine, forward, kBackward, kDirection, s.input, s.state,
                           s.weights_layer, s.weights_iter, s.bias, s.outputs, s.state, s.input,
                           s.state, s.weights_layer, s.weights_iter, s.bias, s.outputs, s.state);
  return Descriptors<F, B>{forward, backward};
}

auto describe_lstm(const Shapes& s, const dnnl::engine& engine) {
  using F = dnnl::lstm_forward;
  using B = dnnl::lstm_backward;
  const auto forward =
      describe_forward<F>(engine, kTraining, kDirection, s.input, s.state, s.state, s.weights_layer,
                          s.weights_iter, s.bias, s.outputs, s.state, s.state);
  const auto backward = describe_backward<B>(
      engine, forward, kBackward, kDirection, s.input, s.state, s.state, s.weights_layer,
      s.weights_iter, s.bias, s.outputs, s.state, s.state, s.input, s.state, s.state,
      s.weights_layer, s.weights_iter, s.bias, s.outputs, s.state, s.state);
  return Descriptors<F, B>{forward, backward};
}

template <class Forward, class Backward>
std::function<void()> prepare(const Descriptors<Forward, Backward>& pd, const Shapes& s,
                              const dnnl::engine& engine, bool has_cell) {
  const memory layer = filled(s.plain_layer, engine, 0.1f);
  const memory iter = filled(s.plain_iter, engine, 0.1f);
  const memory layer_f(pd.forward.weights_layer_desc(), engine);
  const memory iter_f(pd.forward.weights_iter_desc(), engine);
  const memory layer_b(pd.backward.weights_layer_desc(), engine);
  const memory iter_b(pd.backward.weights_iter_desc(), engine);
  Arguments common = {{DNNL_ARG_SRC_LAYER, filled(s.input, engine, 1)},
                      {DNNL_ARG_SRC_ITER, filled(s.state, engine, 0)},
                      {DNNL_ARG_BIAS, filled(s.bias, engine, 0.1f)},
                      {DNNL_ARG_DST_LAYER, memory(s.outputs, engine)},
                      {DNNL_ARG_DST_ITER, memory(s.state, engine)},
                      {DNNL_ARG_WORKSPACE, memory(pd.forward.workspace_desc(), engine)}};
  if (has_cell) {
    common[DNNL_ARG_SRC_ITER_C] = filled(s.state, engine, 0);
    common[DNNL_ARG_DST_ITER_C] = memory(s.state, engine);
  }
  Arguments forward = common, backward = common;
  forward[DNNL_ARG_WEIGHTS_LAYER] = layer_f;
  forward[DNNL_ARG_WEIGHTS_ITER] = iter_f;
  backward[DNNL_ARG_WEIGHTS_LAYER] = layer_b;
  backward[DNNL_ARG_WEIGHTS_ITER] = iter_b;
  backward[DNNL_ARG_DIFF_DST_LAYER] = filled(s.outputs, engine, 1);
  backward[DNNL_ARG_DIFF_DST_ITER] = filled(s.state, engine, 0);
  backward[DNNL_ARG_DIFF_SRC_LAYER] = memory(s.input, engine);
  backward[DNNL_ARG_DIFF_SRC_ITER] = memory(s.state, engine);
  backward[DNNL_ARG_DIFF_BIAS] = filled(s.bias, engine, 0);
  if (has_cell) {
    backward[DNNL_ARG_DIFF_DST_ITER_C] = filled(s.state, engine, 0);
    backward[DNNL_ARG_DIFF_SRC_ITER_C] = memory(s.state, engine);
  }
  const memory grad_layer = filled(pd.backward.diff_weights_layer_desc(), engine, 0);
  const memory grad_iter = filled(pd.backward.diff_weights_iter_desc(), engine, 0);
  backward[DNNL_ARG_DIFF_WEIGHTS_LAYER] = grad_layer;
  backward[DNNL_ARG_DIFF_WEIGHTS_ITER] = grad_iter;

  return [=, run_forward = Forward(pd.forward), run_backward = Backward(pd.backward)]() mutable {
    dnnl::stream stream(engine);
    const auto pack = [&](memory from, memory to) {
      dnnl::reorder(from, to).execute(stream, from, to);
    };
    pack(layer, layer_f);
    pack(iter, iter_f);
    run_forward.execute(stream, forward);
    pack(layer, layer_b);
    pack(iter, iter_b);
    run_backward.execute(stream, backward);
    stream.wait();
  };
}

}  // namespace

std::function<void()> onednn_sequence(fused::CellKind kind, int64_t steps, int64_t batch,
                                      int64_t hidden, int64_t inputs) {
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  const int64_t gates = kind == fused::CellKind::kLstm ? 4 : kind == fused::CellKind::kGru ? 3 : 1;
  const Shapes shapes(steps, batch, hidden, inputs, gates,
                      kind == fused::CellKind::kGru ? 4 : gates);
  switch (kind) {
    case fused::CellKind::kLstm:
      return prepare(describe_lstm(shapes, engine), shapes, engine, true);
    case fused::CellKind::kGru:
      return prepare(describe_gru(shapes, engine), shapes, engine, false);
    case fused::CellKind::kRnnRelu:
      return prepare(describe_rnn(shapes, engine, dnnl::algorithm::eltwise_relu), shapes, engine,
                     false);
    case fused::CellKind::kRnnTanh:
      return prepare(describe_rnn(shapes, engine, dnnl::algorithm::eltwise_tanh), shapes, engine,
                     false);
  }
  TORCH_CHECK(false, "onednn_sequence: no such cell");
}

std::string onednn_version() {
  const dnnl_version_t* version = dnnl_version();
  return fmt::format("{}.{}.{}", version->major, version->minor, version->patch);
}

}  // namespace eigenrnn

#endif
