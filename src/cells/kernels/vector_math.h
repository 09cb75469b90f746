#pragma once
#include <cstdint>
#include <cstring>
#ifdef __AVX2__
#include <immintrin.h>
#endif

// Vectors as GCC and Clang provide them, of the width of the instruction set that is being built.
// Everything here and in the other vector_*.h is built several times with different compiler
// flags, so it lives in a namespace of its own per instruction set, and uses no inline function of
// the standard library: the linker would keep one copy of it, perhaps the one that this processor
// cannot run.

#if !defined(EIGENRNN_ISA) || !defined(EIGENRNN_VECTOR_BYTES)
#error "include this from instructions_*.cpp only"
#endif
#define EIGENRNN_INLINE inline __attribute__((always_inline))

namespace eigenrnn::fused::EIGENRNN_ISA {

template <class Scalar>
struct Types;
template <>
struct Types<float> {
  typedef float Vector __attribute__((vector_size(EIGENRNN_VECTOR_BYTES)));
  typedef float Unaligned
      __attribute__((vector_size(EIGENRNN_VECTOR_BYTES), aligned(4), may_alias));
  typedef uint32_t Bits __attribute__((vector_size(EIGENRNN_VECTOR_BYTES)));
  static constexpr uint32_t kSign = uint32_t{1} << 31;
  static constexpr int kMantissaBits = 23;
  static constexpr uint32_t kExponentBias = 127;
  // ln 2 in two parts, of which the first has trailing zeros: its products with exponents are
  // exact.
  static constexpr float kLn2High = 0.693145751953125f, kLn2Low = 1.42860677e-06f;
  static constexpr float kRounder = 12582912.0f;  // 1.5·2²³: adding it rounds to an integer
  static constexpr float kTanhIsOne = 9.1f;       // from here on tanh rounds to 1
  static constexpr float kSigmoidEnd = 87.0f;     // beyond it e^x leaves the normal numbers
  static constexpr int kTerms = 7;
};
template <>
struct Types<double> {
  typedef double Vector __attribute__((vector_size(EIGENRNN_VECTOR_BYTES)));
  typedef double Unaligned
      __attribute__((vector_size(EIGENRNN_VECTOR_BYTES), aligned(8), may_alias));
  typedef uint64_t Bits __attribute__((vector_size(EIGENRNN_VECTOR_BYTES)));
  static constexpr uint64_t kSign = uint64_t{1} << 63;
  static constexpr int kMantissaBits = 52;
  static constexpr uint64_t kExponentBias = 1023;
  static constexpr double kLn2High = 0.693147180369123816490, kLn2Low = 1.90821492927058770002e-10;
  static constexpr double kRounder = 6755399441055744.0;  // 1.5·2⁵²
  static constexpr double kTanhIsOne = 19.1;
  static constexpr double kSigmoidEnd = 708.0;
  static constexpr int kTerms = 13;
};

template <class Scalar>
using Vec = typename Types<Scalar>::Vector;
template <class Scalar>
using Bits = typename Types<Scalar>::Bits;
/// Scalars in a vector.
template <class Scalar>
constexpr int64_t kLanes = EIGENRNN_VECTOR_BYTES / sizeof(Scalar);

template <class Scalar>
EIGENRNN_INLINE Vec<Scalar> load(const Scalar* p) {
  return *reinterpret_cast<const typename Types<Scalar>::Unaligned*>(p);
}
template <class Scalar>
EIGENRNN_INLINE void store(Scalar* p, Vec<Scalar> v) {
  *reinterpret_cast<typename Types<Scalar>::Unaligned*>(p) = v;
}
template <class Scalar>
EIGENRNN_INLINE Vec<Scalar> broadcast(Scalar s) {
  return s - Vec<Scalar>{};  // exact for −0 too, so the compiler can drop the subtraction
}
// Loads and stores of the first `count` < kLanes scalars; what is not loaded is zero.
#if defined(__AVX512F__)
EIGENRNN_INLINE __mmask16 first_lanes(int64_t count) {
  return static_cast<__mmask16>((1u << count) - 1);
}
EIGENRNN_INLINE Vec<float> load_part(const float* p, int64_t count) {
  return _mm512_maskz_loadu_ps(first_lanes(count), p);
}
EIGENRNN_INLINE Vec<double> load_part(const double* p, int64_t count) {
  return _mm512_maskz_loadu_pd(static_cast<__mmask8>(first_lanes(count)), p);
}
EIGENRNN_INLINE void store_part(float* p, Vec<float> v, int64_t count) {
  _mm512_mask_storeu_ps(p, first_lanes(count), v);
}
EIGENRNN_INLINE void store_part(double* p, Vec<double> v, int64_t count) {
  _mm512_mask_storeu_pd(p, static_cast<__mmask8>(first_lanes(count)), v);
}
#elif defined(__AVX2__)
EIGENRNN_INLINE __m256i first_lanes(int64_t count, float) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)),
                            _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
EIGENRNN_INLINE __m256i first_lanes(int64_t count, double) {
  return _mm256_cmpgt_epi64(_mm256_set1_epi64x(count), _mm256_setr_epi64x(0, 1, 2, 3));
}
EIGENRNN_INLINE Vec<float> load_part(const float* p, int64_t count) {
  return _mm256_maskload_ps(p, first_lanes(count, float()));
}
EIGENRNN_INLINE Vec<double> load_part(const double* p, int64_t count) {
  return _mm256_maskload_pd(p, first_lanes(count, double()));
}
EIGENRNN_INLINE void store_part(float* p, Vec<float> v, int64_t count) {
  _mm256_maskstore_ps(p, first_lanes(count, float()), v);
}
EIGENRNN_INLINE void store_part(double* p, Vec<double> v, int64_t count) {
  _mm256_maskstore_pd(p, first_lanes(count, double()), v);
}
#else
template <class Scalar>
EIGENRNN_INLINE Vec<Scalar> load_part(const Scalar* p, int64_t count) {
  Vec<Scalar> v = {};
  for (int64_t i = 0; i < count; ++i) v[i] = p[i];
  return v;
}
template <class Scalar>
EIGENRNN_INLINE void store_part(Scalar* p, Vec<Scalar> v, int64_t count) {
  for (int64_t i = 0; i < count; ++i) p[i] = v[i];
}
#endif

/// The first `count` scalars, or all if there are more; the others are zero.
template <class Scalar>
EIGENRNN_INLINE Vec<Scalar> load_first(const Scalar* p, int64_t count) {
  return count >= kLanes<Scalar> ? load(p) : load_part(p, count);
}
template <class Scalar>
EIGENRNN_INLINE void store_first(Scalar* p, typename Types<Scalar>::Vector v, int64_t count) {
  if (count >= kLanes<Scalar>) {
    store(p, v);
  } else {
    store_part(p, v, count);
  }
}

/// Asks for the cache lines of `count` scalars, to be there when the sums that come first are done.
template <class Scalar>
EIGENRNN_INLINE void prefetch(const Scalar* p, int64_t count) {
  const char* line = reinterpret_cast<const char*>(p);
  const char* const end = line + count * static_cast<int64_t>(sizeof(Scalar));
  for (; line < end; line += 64) __builtin_prefetch(line);
}

/// 1/n!, the Taylor coefficients of the exponential.
constexpr double kInverseFactorials[] = {1.0,
                                         1.0,
                                         1.0 / 2,
                                         1.0 / 6,
                                         1.0 / 24,
                                         1.0 / 120,
                                         1.0 / 720,
                                         1.0 / 5040,
                                         1.0 / 40320,
                                         1.0 / 362880,
                                         1.0 / 3628800,
                                         1.0 / 39916800,
                                         1.0 / 479001600,
                                         1.0 / 6227020800};

/// e^x = power·(1 + rest): `power` is 2ⁿ, `rest` is e^r − 1 with |r| ≤ ln 2 / 2, accurate
/// relative to itself. Needs |x| below about kSigmoidEnd; NaN goes through.
template <class Scalar>
EIGENRNN_INLINE void split_exponential(Vec<Scalar> x, Vec<Scalar>& power, Vec<Scalar>& rest) {
  using C = Types<Scalar>;
  const Vec<Scalar> shifted = x * Scalar(1.44269504088896340736) + C::kRounder;
  const Vec<Scalar> n = shifted - C::kRounder;
  Vec<Scalar> r = x - n * C::kLn2High;
  r = r - n * C::kLn2Low;
  Vec<Scalar> sum = broadcast(Scalar(kInverseFactorials[C::kTerms]));
#pragma GCC unroll 16
  for (int i = C::kTerms - 1; i >= 2; --i) sum = sum * r + Scalar(kInverseFactorials[i]);
  rest = sum * (r * r) + r;
  // The low bits of `shifted` are n.
  const Bits<Scalar> bits = (Bits<Scalar>)shifted << C::kMantissaBits;
  power = (Vec<Scalar>)(bits + (C::kExponentBias << C::kMantissaBits));
}

/// tanh(x) by e^(2|x|) − 1. Errors: tests/fused_math_test.cpp. ±inf gives ±1, NaN stays NaN.
template <class Scalar>
EIGENRNN_INLINE Vec<Scalar> vector_tanh(Vec<Scalar> x) {
  using C = Types<Scalar>;
  const Bits<Scalar> sign = (Bits<Scalar>)x & C::kSign;
  Vec<Scalar> size = (Vec<Scalar>)((Bits<Scalar>)x ^ sign);
  size = size > C::kTanhIsOne ? broadcast(C::kTanhIsOne) : size;
  Vec<Scalar> power, rest;
  split_exponential<Scalar>(size + size, power, rest);
  const Vec<Scalar> e = power * rest + (power - Scalar(1));
  const Vec<Scalar> result = e / (e + Scalar(2));
  return (Vec<Scalar>)((Bits<Scalar>)result | sign);
}

/// 1 / (1 + e^−x). At −inf it gives the value at −kSigmoidEnd, at most 2e-38.
template <class Scalar>
EIGENRNN_INLINE Vec<Scalar> vector_sigmoid(Vec<Scalar> x) {
  using C = Types<Scalar>;
  x = x > C::kSigmoidEnd ? broadcast(C::kSigmoidEnd) : x;
  x = x < -C::kSigmoidEnd ? broadcast(-C::kSigmoidEnd) : x;
  Vec<Scalar> power, rest;
  split_exponential<Scalar>(-x, power, rest);
  return Scalar(1) / (power * rest + (power + Scalar(1)));
}

}  // namespace eigenrnn::fused::EIGENRNN_ISA
