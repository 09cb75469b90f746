#pragma once
#include <cstdint>
#include <cstring>

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
/// The first `count` scalars, the others zero.
template <class Scalar>
EIGENRNN_INLINE Vec<Scalar> load_first(const Scalar* p, int64_t count) {
  if (count >= kLanes<Scalar>) return load(p);
  Scalar padded[kLanes<Scalar>] = {};
  memcpy(padded, p, static_cast<size_t>(count) * sizeof(Scalar));
  return load(padded);
}
template <class Scalar>
EIGENRNN_INLINE void store_first(Scalar* p, Vec<Scalar> v, int64_t count) {
  if (count >= kLanes<Scalar>) return store(p, v);
  Scalar padded[kLanes<Scalar>];
  store(padded, v);
  memcpy(p, padded, static_cast<size_t>(count) * sizeof(Scalar));
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
