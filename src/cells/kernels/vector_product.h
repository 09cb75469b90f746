#pragma once
#include "cells/kernels/vector_math.h"

// Small matrix products, a tile of the result in registers at a time.

namespace eigenrnn::fused::EIGENRNN_ISA {

/// A stretch of the inner dimension: the tile grows by Σₖ a(row, k)·b[k], k below `depth`, where
/// b[k] are the tile's vectors in one piece.
template <class Scalar>
struct Segment {
  const Scalar* a;
  int64_t a_stride;
  const Scalar* b;
  int64_t depth;
};

/// How a(row, k) lies in memory: a[row·stride + k], or a[k·stride + row]. With kRowsAlike the
/// first segment's stride holds for all of them, which spares short segments their preparation.
enum class Order { kRows, kRowsAlike, kColumns };

#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int kAccumulators = 24;  // of 32 registers
#else
constexpr int kAccumulators = 12;  // of 16 registers
#endif
/// Rows of a tile that is `vectors` wide.
constexpr int kMostTileRows = 12;
constexpr int tile_rows(int vectors) {
  return kAccumulators / vectors > kMostTileRows ? kMostTileRows : kAccumulators / vectors;
}

/// result[row] = start[row] (null: zero) + the segments' products, for kRows rows of kVectors
/// vectors. `b_stride` and `result_stride` are in scalars.
template <class Scalar, int kRows, int kVectors, Order kOrder>
void tile(const Segment<Scalar>* segments, int64_t count, int64_t b_stride,
          const Scalar* const* start, Scalar* result, int64_t result_stride) {
  constexpr int64_t kWidth = kLanes<Scalar>;
  Vec<Scalar> sum[kRows][kVectors];
#pragma GCC unroll 16
  for (int row = 0; row < kRows; ++row) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      sum[row][v] = start ? load(start[row] + v * kWidth) : Vec<Scalar>{};
    }
  }
  constexpr bool kByRows = kOrder != Order::kColumns;
  const int64_t common_stride = count > 0 ? segments->a_stride : 0;
  for (const Segment<Scalar>* s = segments; s != segments + count; ++s) {
    const Scalar* a = s->a;
    const Scalar* b = s->b;
    const int64_t stride = kOrder == Order::kRowsAlike ? common_stride : s->a_stride;
    for (int64_t k = 0; k < s->depth; ++k) {
      // The fewer of the two are held in registers: a tile leaves no room for more.
      if constexpr (kRows < kVectors) {
        Vec<Scalar> left[kRows];
#pragma GCC unroll 16
        for (int row = 0; row < kRows; ++row) {
          left[row] = broadcast(kByRows ? a[row * stride] : a[row]);
        }
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) {
          const Vec<Scalar> right = load(b + v * kWidth);
#pragma GCC unroll 16
          for (int row = 0; row < kRows; ++row) {
            sum[row][v] = multiply_add(left[row], right, sum[row][v]);
          }
        }
      } else {
        Vec<Scalar> right[kVectors];
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) right[v] = load(b + v * kWidth);
#pragma GCC unroll 16
        for (int row = 0; row < kRows; ++row) {
          const Vec<Scalar> left = broadcast(kByRows ? a[row * stride] : a[row]);
#pragma GCC unroll 4
          for (int v = 0; v < kVectors; ++v) {
            sum[row][v] = multiply_add(left, right[v], sum[row][v]);
          }
        }
      }
      a += kByRows ? 1 : stride;
      b += b_stride;
    }
  }
#pragma GCC unroll 16
  for (int row = 0; row < kRows; ++row) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      store(result + row * result_stride + v * kWidth, sum[row][v]);
    }
  }
}

/// tile() with the number of rows known at run time only: from 1 to tile_rows(kVectors).
template <class Scalar, int kVectors, Order kOrder>
EIGENRNN_INLINE void any_tile(int64_t rows, const Segment<Scalar>* segments, int64_t count,
                              int64_t b_stride, const Scalar* const* start, Scalar* result,
                              int64_t result_stride) {
  constexpr int kMost = tile_rows(kVectors);
#define EIGENRNN_TILE(n)                                    \
  case n:                                                   \
    return tile < Scalar, n <= kMost ? n : kMost, kVectors, \
           kOrder > (segments, count, b_stride, start, result, result_stride)
  switch (rows) {
    EIGENRNN_TILE(1);
    EIGENRNN_TILE(2);
    EIGENRNN_TILE(3);
    EIGENRNN_TILE(4);
    EIGENRNN_TILE(5);
    EIGENRNN_TILE(6);
    EIGENRNN_TILE(7);
    EIGENRNN_TILE(8);
    EIGENRNN_TILE(9);
    EIGENRNN_TILE(10);
    EIGENRNN_TILE(11);
    EIGENRNN_TILE(12);
  }
#undef EIGENRNN_TILE
}

/// any_tile() with the number of vectors, from 1 to kMost, known at run time only.
template <class Scalar, int kMost, Order kOrder>
EIGENRNN_INLINE void tile_of_width(int vectors, int64_t rows, const Segment<Scalar>* segments,
                                   int64_t count, int64_t b_stride, const Scalar* const* start,
                                   Scalar* result, int64_t result_stride) {
#define EIGENRNN_WIDTH(n)                             \
  case n:                                             \
    return any_tile < Scalar, n <= kMost ? n : kMost, \
           kOrder > (rows, segments, count, b_stride, start, result, result_stride)
  switch (vectors) {
    EIGENRNN_WIDTH(1);
    EIGENRNN_WIDTH(2);
    EIGENRNN_WIDTH(3);
    EIGENRNN_WIDTH(4);
  }
#undef EIGENRNN_WIDTH
}

/// `total` rows cut into blocks of nearly the same size, none above `most`. One division does for
/// all of them: it takes as long as dozens of products.
struct Blocks {
  int64_t count, size, larger;  // the first `larger` blocks have a row more than `size`

  EIGENRNN_INLINE Blocks(int64_t total, int64_t most)
      : count((total + most - 1) / most),
        size(count > 0 ? total / count : 0),
        larger(total - count * size) {}
  EIGENRNN_INLINE int64_t first(int64_t block) const {
    return block * size + (block < larger ? block : larger);
  }
  EIGENRNN_INLINE int64_t rows(int64_t block) const { return size + (block < larger ? 1 : 0); }
};

/// Calls visit(first, rows) on each of these blocks.
template <class Visit>
EIGENRNN_INLINE void for_blocks(int64_t total, int64_t most, const Visit& visit) {
  const Blocks blocks(total, most);
  for (int64_t i = 0; i < blocks.count; ++i) visit(blocks.first(i), blocks.rows(i));
}

}  // namespace eigenrnn::fused::EIGENRNN_ISA
