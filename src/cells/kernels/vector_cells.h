#pragma once
#include "cells/kernels/vector_product.h"

// The pointwise part of each cell's step, forward and backward.
//
// A cell keeps `kSlots` numbers per unit: where the forward pass stores gates, and the backward
// pass (elsewhere) their gradients. `kInputFirst` is the first slot that the product with W_ih
// feeds, and `kHiddenFirst` the first that the product with W_hh feeds; each feeds kGates slots.
//
// forward() does for all rows of a tile what needs the products alone, and then, where a cell
// kContinues, continue_forward() the rest: in one go, each row would wait for one transcendental
// function before it can begin the next.

namespace eigenrnn::fused::EIGENRNN_ISA {

/// One row of one panel in the forward pass.
template <class Scalar>
struct ForwardRow {
  const Scalar* products;        // W_ih x + W_hh h + b; GRU: W_hh h + b_hh for r, z, n
  const Scalar* input_products;  // GRU: W_ih x + b_ih for n, r, z, without these inputs:
  const Scalar* few_inputs;
  const Scalar* few_weights;
  int64_t few;
  const Scalar* hidden_before;  // null: zeros
  Scalar* gates;
  const Scalar* cell_before;
  Scalar* cell;
  Scalar* hidden;  // to be written
  int64_t units;   // of the panel that exist; slots of products and few weights lie so far apart
};

/// One row of one vector of units in the backward pass.
template <class Scalar>
struct BackwardRow {
  Vec<Scalar> grad;  // of the hidden state, without the carry
  const Scalar* gates;
  const Scalar* cell_before;
  const Scalar* cell;
  Scalar* carry;                // gradient of c (LSTM), or the part of h that skips W_hh (GRU)
  const Scalar* hidden_before;  // null: zeros
  const Scalar* hidden;
  Scalar* grad_gates;  // to be written
  int64_t units;       // of the vector that exist
  int64_t stride;      // between the slots of grad_gates
};

/// Elman's cell, tanh or ReLU. The output is all it keeps.
template <class ScalarType, bool kRelu>
struct RnnCell {
  using Scalar = ScalarType;
  static constexpr int kPanel = 2;  // vectors of units
  static constexpr int kGates = 1, kSlots = 1, kStoredSlots = 0;
  static constexpr int kInputFirst = 0, kHiddenFirst = 0;
  static constexpr bool kSplit = false;  // do both products need to be seen apart?
  static constexpr bool kHasCellState = false, kHasCarry = false;
  static constexpr bool kContinues = false;
  static constexpr int input_gate(int) { return 0; }
  static constexpr int hidden_gate(int) { return 0; }

  static EIGENRNN_INLINE void forward(const ForwardRow<Scalar>& row) {
    constexpr int64_t kWidth = kLanes<Scalar>;
    const int64_t second = row.units > kWidth ? row.units - kWidth : 0;
    const Vec<Scalar> x[] = {
        load_first(row.products, row.units),
        second > 0 ? load_first(row.products + kWidth, second) : Vec<Scalar>{}};
    Vec<Scalar> h[kPanel];
    if constexpr (kRelu) {  // written so that NaN stays NaN
      for (int v = 0; v < kPanel; ++v) h[v] = x[v] < Scalar(0) ? Vec<Scalar>{} : x[v];
    } else {
      const Vec<Scalar> exponents[] = {tanh_exponent<Scalar>(x[0]), tanh_exponent<Scalar>(x[1])};
      Exponential<Scalar> e[kPanel];
      split_exponentials<Scalar>(exponents, e);
      for (int v = 0; v < kPanel; ++v) h[v] = tanh_of<Scalar>(e[v], sign_of<Scalar>(x[v]));
    }
    store_first<Scalar>(row.hidden, h[0], row.units);
    if (second > 0) store_first<Scalar>(row.hidden + kWidth, h[1], second);
  }

  static EIGENRNN_INLINE void backward(const BackwardRow<Scalar>& row) {
    const Vec<Scalar> h = load_first(row.hidden, row.units);
    const Vec<Scalar> grad =
        kRelu ? (h <= Scalar(0) ? Vec<Scalar>{} : row.grad) : row.grad * (Scalar(1) - h * h);
    store_first<Scalar>(row.grad_gates, grad, row.units);
  }
};

/// Gates i, f, g, o. Keeps them and c.
template <class ScalarType>
struct LstmCell {
  using Scalar = ScalarType;
  static constexpr int kPanel = 1;
  static constexpr int kGates = 4, kSlots = 4, kStoredSlots = 4;
  static constexpr int kInputFirst = 0, kHiddenFirst = 0;
  static constexpr bool kSplit = false;
  static constexpr bool kHasCellState = true, kHasCarry = true;
  static constexpr bool kContinues = true;
  static constexpr int input_gate(int slot) { return slot; }
  static constexpr int hidden_gate(int slot) { return slot; }

  static EIGENRNN_INLINE void forward(const ForwardRow<Scalar>& row) {
    constexpr int64_t kWidth = kLanes<Scalar>;
    const auto product = [&](int slot) {
      return load_first(row.products + slot * row.units, row.units);
    };
    const Vec<Scalar> input = product(2);
    const Vec<Scalar> exponents[] = {
        sigmoid_exponent<Scalar>(product(0)), sigmoid_exponent<Scalar>(product(1)),
        tanh_exponent<Scalar>(input), sigmoid_exponent<Scalar>(product(3))};
    Exponential<Scalar> e[kGates];
    split_exponentials<Scalar>(exponents, e);
    const Vec<Scalar> i = sigmoid_of<Scalar>(e[0]), f = sigmoid_of<Scalar>(e[1]);
    const Vec<Scalar> g = tanh_of<Scalar>(e[2], sign_of<Scalar>(input));
    const Vec<Scalar> o = sigmoid_of<Scalar>(e[3]);
    const Vec<Scalar> c = f * load(row.cell_before) + i * g;
    store(row.gates, i);
    store(row.gates + kWidth, f);
    store(row.gates + 2 * kWidth, g);
    store(row.gates + 3 * kWidth, o);
    store(row.cell, c);
  }

  static EIGENRNN_INLINE void continue_forward(const ForwardRow<Scalar>& row) {
    const Vec<Scalar> o = load(row.gates + 3 * kLanes<Scalar>), c = load<Scalar>(row.cell);
    store_first<Scalar>(row.hidden, o * vector_tanh<Scalar>(c), row.units);
  }

  static EIGENRNN_INLINE void backward(const BackwardRow<Scalar>& row) {
    constexpr int64_t kWidth = kLanes<Scalar>;
    const Scalar one = 1;
    const Vec<Scalar> i = load(row.gates), f = load(row.gates + kWidth);
    const Vec<Scalar> g = load(row.gates + 2 * kWidth), o = load(row.gates + 3 * kWidth);
    const Vec<Scalar> tanh_c = vector_tanh<Scalar>(load(row.cell));
    const Vec<Scalar> grad_c = load(row.carry) + row.grad * o * (one - tanh_c * tanh_c);
    store(row.carry, grad_c * f);
    store_first<Scalar>(row.grad_gates, grad_c * g * i * (one - i), row.units);
    store_first<Scalar>(row.grad_gates + row.stride, grad_c * load(row.cell_before) * f * (one - f),
                        row.units);
    store_first<Scalar>(row.grad_gates + 2 * row.stride, grad_c * i * (one - g * g), row.units);
    store_first<Scalar>(row.grad_gates + 3 * row.stride, row.grad * tanh_c * o * (one - o),
                        row.units);
  }
};

/// Gates r, z, n, and a = W_hn h + b_hn, which r multiplies. Slots: n, r, z, a, so that both
/// products feed neighbours. Keeps these four.
template <class ScalarType>
struct GruCell {
  using Scalar = ScalarType;
  static constexpr int kPanel = 1;
  static constexpr int kGates = 3, kSlots = 4, kStoredSlots = 4;
  static constexpr int kInputFirst = 0, kHiddenFirst = 1;
  static constexpr bool kSplit = true;
  static constexpr bool kHasCellState = false, kHasCarry = true;
  static constexpr bool kContinues = true;
  static constexpr int input_gate(int slot) { return slot == 0 ? 2 : slot - 1; }
  static constexpr int hidden_gate(int slot) { return slot; }

  static EIGENRNN_INLINE void forward(const ForwardRow<Scalar>& row) {
    constexpr int64_t kWidth = kLanes<Scalar>;
    const auto slot = [&](const Scalar* of, int i) {
      return load_first(of + i * row.units, row.units);
    };
    Vec<Scalar> x[kGates];
    for (int i = 0; i < kGates; ++i) x[i] = slot(row.input_products, i);
    for (int64_t k = 0; k < row.few; ++k) {
      const Vec<Scalar> input = broadcast(row.few_inputs[k]);
      const Scalar* weights = row.few_weights + k * kGates * kWidth;
      for (int i = 0; i < kGates; ++i) x[i] += input * slot(weights, i);
    }
    const Vec<Scalar> exponents[] = {sigmoid_exponent<Scalar>(x[1] + slot(row.products, 0)),
                                     sigmoid_exponent<Scalar>(x[2] + slot(row.products, 1))};
    Exponential<Scalar> e[2];
    split_exponentials<Scalar>(exponents, e);
    const Vec<Scalar> r = sigmoid_of<Scalar>(e[0]), z = sigmoid_of<Scalar>(e[1]);
    const Vec<Scalar> a = slot(row.products, 2);
    store(row.gates, x[0] + r * a);
    store(row.gates + kWidth, r);
    store(row.gates + 2 * kWidth, z);
    store(row.gates + 3 * kWidth, a);
  }

  static EIGENRNN_INLINE void continue_forward(const ForwardRow<Scalar>& row) {
    const Vec<Scalar> n = vector_tanh<Scalar>(load<Scalar>(row.gates));
    const Vec<Scalar> z = load(row.gates + 2 * kLanes<Scalar>);
    const Vec<Scalar> before =
        row.hidden_before ? load_first(row.hidden_before, row.units) : Vec<Scalar>{};
    store<Scalar>(row.gates, n);
    store_first<Scalar>(row.hidden, n + z * (before - n), row.units);
  }

  static EIGENRNN_INLINE void backward(const BackwardRow<Scalar>& row) {
    constexpr int64_t kWidth = kLanes<Scalar>;
    const Scalar one = 1;
    const Vec<Scalar> n = load(row.gates), r = load(row.gates + kWidth);
    const Vec<Scalar> z = load(row.gates + 2 * kWidth), a = load(row.gates + 3 * kWidth);
    const Vec<Scalar> before =
        row.hidden_before ? load_first(row.hidden_before, row.units) : Vec<Scalar>{};
    const Vec<Scalar> grad_h = row.grad + load(row.carry);
    store(row.carry, grad_h * z);
    const Vec<Scalar> grad_n = grad_h * (one - z) * (one - n * n);
    store_first<Scalar>(row.grad_gates, grad_n, row.units);
    store_first<Scalar>(row.grad_gates + row.stride, grad_n * a * r * (one - r), row.units);
    store_first<Scalar>(row.grad_gates + 2 * row.stride, grad_h * (before - n) * z * (one - z),
                        row.units);
    store_first<Scalar>(row.grad_gates + 3 * row.stride, grad_n * r, row.units);
  }
};

}  // namespace eigenrnn::fused::EIGENRNN_ISA
