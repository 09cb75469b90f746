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
// Loads and stores of the first `count` < kLanes scalars; what is not loaded is zero. a·b + c,
// rounded once where the instruction set can: a compiler left alone decides from loop to loop, and
// then tiles of different heights give different bits. The smaller and the larger of two; b where
// one is NaN.
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
EIGENRNN_INLINE Vec<float> multiply_add(Vec<float> a, Vec<float> b, Vec<float> c) {
  return _mm512_fmadd_ps(a, b, c);
}
EIGENRNN_INLINE Vec<double> multiply_add(Vec<double> a, Vec<double> b, Vec<double> c) {
  return _mm512_fmadd_pd(a, b, c);
}
EIGENRNN_INLINE Vec<float> smaller(Vec<float> a, Vec<float> b) { return _mm512_min_ps(a, b); }
EIGENRNN_INLINE Vec<float> larger(Vec<float> a, Vec<float> b) { return _mm512_max_ps(a, b); }
EIGENRNN_INLINE Vec<double> smaller(Vec<double> a, Vec<double> b) { return _mm512_min_pd(a, b); }
EIGENRNN_INLINE Vec<double> larger(Vec<double> a, Vec<double> b) { return _mm512_max_pd(a, b); }
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
EIGENRNN_INLINE Vec<float> multiply_add(Vec<float> a, Vec<float> b, Vec<float> c) {
  return _mm256_fmadd_ps(a, b, c);
}
EIGENRNN_INLINE Vec<double> multiply_add(Vec<double> a, Vec<double> b, Vec<double> c) {
  return _mm256_fmadd_pd(a, b, c);
}
EIGENRNN_INLINE Vec<float> smaller(Vec<float> a, Vec<float> b) { return _mm256_min_ps(a, b); }
EIGENRNN_INLINE Vec<float> larger(Vec<float> a, Vec<float> b) { return _mm256_max_ps(a, b); }
EIGENRNN_INLINE Vec<double> smaller(Vec<double> a, Vec<double> b) { return _mm256_min_pd(a, b); }
EIGENRNN_INLINE Vec<double> larger(Vec<double> a, Vec<double> b) { return _mm256_max_pd(a, b); }
#else
template <class Vector>
EIGENRNN_INLINE Vector multiply_add(Vector a, Vector b, Vector c) {
  return a * b + c;
}
template <class Vector>
EIGENRNN_INLINE Vector smaller(Vector a, Vector b) {
  return a < b ? a : b;
}
template <class Vector>
EIGENRNN_INLINE Vector larger(Vector a, Vector b) {
  return a > b ? a : b;
}
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
/// relative to itself.
template <class Scalar>
struct Exponential {
  Vec<Scalar> power, rest;
};

/// The exponentials of kCount vectors, each |x| below about kSigmoidEnd; NaN goes through. Each is
/// a long chain of operations that wait for one another, so a step of all comes before the next
/// step.
template <class Scalar, int kCount>
EIGENRNN_INLINE void split_exponentials(const Vec<Scalar> (&x)[kCount],
                                        Exponential<Scalar> (&result)[kCount]) {
  using C = Types<Scalar>;
  Vec<Scalar> shifted[kCount], n[kCount], r[kCount], sum[kCount];
#define EIGENRNN_EACH _Pragma("GCC unroll 4") for (int i = 0; i < kCount; ++i)
  EIGENRNN_EACH shifted[i] = x[i] * Scalar(1.44269504088896340736) + C::kRounder;
  EIGENRNN_EACH n[i] = shifted[i] - C::kRounder;
  EIGENRNN_EACH r[i] = x[i] - n[i] * C::kLn2High;
  EIGENRNN_EACH r[i] = r[i] - n[i] * C::kLn2Low;
  EIGENRNN_EACH sum[i] = broadcast(Scalar(kInverseFactorials[C::kTerms]));
#pragma GCC unroll 16
  for (int term = C::kTerms - 1; term >= 2; --term) {
    EIGENRNN_EACH sum[i] = sum[i] * r[i] + Scalar(kInverseFactorials[term]);
  }
  EIGENRNN_EACH result[i].rest = sum[i] * (r[i] * r[i]) + r[i];
  // The low bits of `shifted` are n.
  EIGENRNN_EACH {
    const Bits<Scalar> bits = (Bits<Scalar>)shifted[i] << C::kMantissaBits;
    result[i].power = (Vec<Scalar>)(bits + (C::kExponentBias << C::kMantissaBits));
  }
#undef EIGENRNN_EACH
}

// tanh(x) by e^(2|x|) − 1: the exponent, and what becomes of its exponential.
template <class Scalar>
EIGENRNN_INLINE Bits<Scalar> sign_of(Vec<Scalar> x) {
  return (Bits<Scalar>)x & Types<Scalar>::kSign;
}
template <class Scalar>
EIGENRNN_INLINE Vec<Scalar> tanh_exponent(Vec<Scalar> x) {
  Vec<Scalar> size = (Vec<Scalar>)((Bits<Scalar>)x ^ sign_of<Scalar>(x));
  size = smaller(broadcast(Types<Scalar>::kTanhIsOne), size);
  return size + size;
}
template <class Scalar>
EIGENRNN_INLINE Vec<Scalar> tanh_of(Exponential<Scalar> x, Bits<Scalar> sign) {
  const Vec<Scalar> e = x.power * x.rest + (x.power - Scalar(1));
  const Vec<Scalar> result = e / (e + Scalar(2));
  return (Vec<Scalar>)((Bits<Scalar>)result | sign);
}

// The same for 1 / (1 + e^−x).
template <class Scalar>
EIGENRNN_INLINE Vec<Scalar> sigmoid_exponent(Vec<Scalar> x) {
  using C = Types<Scalar>;
  return -larger(broadcast(-C::kSigmoidEnd), smaller(broadcast(C::kSigmoidEnd), x));
}
template <class Scalar>
EIGENRNN_INLINE Vec<Scalar> sigmoid_of(Exponential<Scalar> x) {
  return Scalar(1) / (x.power * x.rest + (x.power + Scalar(1)));
}

/// tanh(x). Errors: tests/fused_math_test.cpp. ±inf gives ±1, NaN stays NaN.
template <class Scalar>
EIGENRNN_INLINE Vec<Scalar> vector_tanh(Vec<Scalar> x) {
  const Vec<Scalar> exponents[] = {tanh_exponent<Scalar>(x)};
  Exponential<Scalar> e[1];
  split_exponentials<Scalar>(exponents, e);
  return tanh_of<Scalar>(e[0], sign_of<Scalar>(x));
}

/// 1 / (1 + e^−x). At −inf it gives the value at −kSigmoidEnd, at most 2e-38.
template <class Scalar>
EIGENRNN_INLINE Vec<Scalar> vector_sigmoid(Vec<Scalar> x) {
  const Vec<Scalar> exponents[] = {sigmoid_exponent<Scalar>(x)};
  Exponential<Scalar> e[1];
  split_exponentials<Scalar>(exponents, e);
  return sigmoid_of<Scalar>(e[0]);
}

}  // namespace eigenrnn::fused::EIGENRNN_ISA
