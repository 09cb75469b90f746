#pragma once

// The product of a step: a group of lanes shares out the inner dimension of its units' products,
// adds up the parts, and leaves each lane with the sum of one unit and sequence.

#include "cells/kernels/cuda/block_call.h"

namespace eigenrnn::cuda {

struct Four {
  float x, y, z, w;
};

// A thread's part of the products [outputs, inner]·[inner] of the kUnits units of its group, whose
// 4·kUnits lanes take chunks of four of the inner dimension in turn.
template <int kOutputsValue, int kInnerValue, int kUnitsValue, int kRowsValue, int kKeptValue>
struct ProductShape {
  static constexpr int kOutputs = kOutputsValue;  // of a unit
  static constexpr int kUnits = kUnitsValue, kRows = kRowsValue, kInner = kInnerValue;
  static constexpr int kLanes = 4 * kUnits;
  static constexpr int kChunks = (kInner + 4 * kLanes - 1) / (4 * kLanes);
  static constexpr int kPadded = 4 * kLanes * kChunks;  // floats of a vector in shared memory
  static constexpr int kKept = kKeptValue < kChunks ? kKeptValue : kChunks;
  static constexpr int kShared = (kChunks - kKept) * kOutputs * kUnits;  // chunks of a thread
};

template <class P>
struct Part {
  Four kept[P::kOutputs * P::kUnits][P::kKept > 0 ? P::kKept : 1];
  float sums[P::kOutputs][P::kUnits * P::kRows];
};

/// Floats of shared memory: two buffers of vectors, then the chunks of W_hh of all threads.
template <class P>
constexpr int shared_floats(int threads) {
  return 2 * P::kRows * P::kPadded + 4 * P::kShared * threads;
}

/// One of two numbers without a branch: the compiler would put the exchange that follows into both
/// of its sides, where half of the lanes wait for the others.
inline float pick(bool first, float a, float b) {
#ifdef __CUDACC__
  float result;
  asm("{ .reg .pred p; setp.ne.s32 p, %3, 0; selp.f32 %0, %1, %2, p; }"
      : "=f"(result)
      : "f"(a), "f"(b), "r"(int(first)));
  return result;
#else
  return first ? a : b;
#endif
}

// `weight(output, unit, inner)` of the group's units, into registers and shared memory.
template <class P, class Weight>
void load_part(Part<P>& part, Four* shared, int thread, int threads, const Weight& weight) {
  const int lane = thread % P::kLanes, first_unit = thread / P::kLanes * P::kUnits;
  EIGENRNN_UNROLL
  for (int chunk = 0; chunk < P::kChunks; ++chunk) {
    EIGENRNN_UNROLL
    for (int i = 0; i < P::kOutputs * P::kUnits; ++i) {
      const int output = i / P::kUnits, unit = first_unit + i % P::kUnits;
      const int inner = 4 * (lane + P::kLanes * chunk);
      const Four four = {weight(output, unit, inner), weight(output, unit, inner + 1),
                         weight(output, unit, inner + 2), weight(output, unit, inner + 3)};
      if (chunk < P::kKept) {
        part.kept[i][chunk] = four;
      } else {
        shared[((chunk - P::kKept) * P::kOutputs * P::kUnits + i) * threads + thread] = four;
      }
    }
  }
}

template <class P>
void multiply(Part<P>& part, const float* vectors, const Four* shared, int thread, int threads) {
  const int lane = thread % P::kLanes;
  EIGENRNN_UNROLL
  for (int output = 0; output < P::kOutputs; ++output) {
    EIGENRNN_UNROLL
    for (int i = 0; i < P::kUnits * P::kRows; ++i) part.sums[output][i] = 0;
  }
  EIGENRNN_UNROLL
  for (int chunk = 0; chunk < P::kChunks; ++chunk) {
    Four vector[P::kRows];
    EIGENRNN_UNROLL
    for (int row = 0; row < P::kRows; ++row) {
      const float* begin = vectors + row * P::kPadded + 4 * (lane + P::kLanes * chunk);
      vector[row] = *reinterpret_cast<const Four*>(__builtin_assume_aligned(begin, 16));
    }
    EIGENRNN_UNROLL
    for (int i = 0; i < P::kOutputs * P::kUnits; ++i) {
      const Four weight =
          chunk < P::kKept
              ? part.kept[i][chunk]
              : shared[((chunk - P::kKept) * P::kOutputs * P::kUnits + i) * threads + thread];
      EIGENRNN_UNROLL
      for (int row = 0; row < P::kRows; ++row) {
        float& sum = part.sums[i / P::kUnits][i % P::kUnits * P::kRows + row];
        sum += weight.x * vector[row].x;
        sum += weight.y * vector[row].y;
        sum += weight.z * vector[row].z;
        sum += weight.w * vector[row].w;
      }
    }
  }
}

// Adds up the lanes' sums: first of lanes that are far apart, each keeping the half of the sums
// that is its own, then, when one is left, all of it. The order, and so the bits, do not hang on
// kRows.
template <class P, class Block, class Sums>
void add_up(Block& block, const Sums& sums) {
  int count = P::kUnits * P::kRows;
  EIGENRNN_UNROLL
  for (int mask = P::kLanes / 2; mask > 0; mask /= 2) {
    const int kept = count > 1 ? count / 2 : 1;
    EIGENRNN_UNROLL
    for (int output = 0; output < P::kOutputs; ++output) {
      EIGENRNN_UNROLL
      for (int i = 0; i < P::kUnits * P::kRows / 2 || i < 1; ++i) {
        if (i >= kept) continue;
        block.exchange(
            mask,
            [&](auto& thread) {
              float* own = sums(thread)[output];
              const bool is_upper = (thread.place.thread & mask) != 0;
              if (count == 1) return own[0];
              const float lower = own[i], upper = own[i + kept];
              own[i] = pick(is_upper, upper, lower);
              return pick(is_upper, lower, upper);
            },
            [&](auto& thread, float received) { sums(thread)[output][i] += received; });
      }
    }
    count = kept;
  }
}

// A pass begins: each thread has its place, vectors are zero, and Pass::begin takes in what it
// keeps. Returns where the chunks of W_hh lie in shared memory.
template <class Pass, class S, class Block>
Four* begin_all(Block& block, const Call& call) {
  constexpr int kVectors = 2 * Pass::Product::kRows * Pass::Product::kPadded;
  float* vectors = block.shared();
  Four* shared = reinterpret_cast<Four*>(vectors + kVectors);
  block.each([&](auto& thread) {
    thread.place = place_of<S>(call, block.index(), thread.place.thread);
    for (int i = thread.place.thread; i < kVectors; i += S::kThreads) vectors[i] = 0;
    Pass::begin(thread, call, shared);
  });
  block.sync();
  return shared;
}

}  // namespace eigenrnn::cuda
