#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "fused_fixture.h"

namespace eigenrnn {
namespace {

template <class Scalar>
using Function = void (*)(const Scalar*, Scalar*, int64_t);

// Every 611th float there is, of both signs: 7 million numbers.
std::vector<float> dense_sweep() {
  std::vector<float> sweep;
  for (uint32_t bits = 0; bits < 0x7f800000u; bits += 611) {
    float x;
    std::memcpy(&x, &bits, sizeof x);
    sweep.push_back(x);
    sweep.push_back(-x);
  }
  return sweep;
}

struct Errors {
  double absolute = 0, relative = 0;
};

// `Wide` has digits enough to be the truth for Scalar.
template <class Scalar, class Wide>
Errors largest_errors(Function<Scalar> function, const std::vector<Scalar>& x,
                      Wide (*truth)(Wide)) {
  std::vector<Scalar> y(x.size());
  function(x.data(), y.data(), static_cast<int64_t>(x.size()));
  Errors errors;
  for (size_t i = 0; i < x.size(); ++i) {
    const Wide expected = truth(static_cast<Wide>(x[i]));
    const double error = static_cast<double>(std::abs(y[i] - expected));
    errors.absolute = std::max(errors.absolute, error);
    if (std::abs(expected) > std::numeric_limits<Scalar>::min() * 4) {
      errors.relative = std::max(errors.relative, static_cast<double>(error / std::abs(expected)));
    }
  }
  return errors;
}

template <class Wide>
Wide true_tanh(Wide x) {
  return std::tanh(x);
}
template <class Wide>
Wide true_sigmoid(Wide x) {
  return 1 / (1 + std::exp(-x));
}

// Where a sigmoid leaves the normal numbers, only its absolute error means something.
template <class Scalar>
std::vector<Scalar> above(const std::vector<Scalar>& x, Scalar limit) {
  std::vector<Scalar> kept;
  for (const Scalar v : x) {
    if (v > limit) kept.push_back(v);
  }
  return kept;
}

TEST(FusedMath, FloatErrorsAreAsStated) {
  const std::vector<float> sweep = dense_sweep();
  for (const std::string& name : fused::instruction_sets()) {
    const UsingInstructions use(name);
    const fused::Kernels<float>& kernels = fused::kernels<float>();
    const Errors tanh = largest_errors<float, double>(kernels.tanh, sweep, true_tanh);
    const Errors sigmoid = largest_errors<float, double>(kernels.sigmoid, sweep, true_sigmoid);
    const Errors normal =
        largest_errors<float, double>(kernels.sigmoid, above(sweep, -86.0f), true_sigmoid);
    RecordProperty(name + "_tanh", fmt::format("{:.2e}", tanh.absolute));
    RecordProperty(name + "_tanh_relative", fmt::format("{:.2e}", tanh.relative));
    RecordProperty(name + "_sigmoid", fmt::format("{:.2e}", sigmoid.absolute));
    RecordProperty(name + "_sigmoid_relative", fmt::format("{:.2e}", normal.relative));
    // An ulp is at most 1.2e-7 of a number, and 6e-8 just below 1.
    EXPECT_LT(tanh.absolute, 1.5e-7) << name;
    EXPECT_LT(tanh.relative, 3.6e-7) << name;
    EXPECT_LT(sigmoid.absolute, 1.5e-7) << name;
    EXPECT_LT(normal.relative, 3.6e-7) << name;
  }
}

TEST(FusedMath, DoubleErrorsAreAsStated) {
  std::vector<double> sweep;
  const std::vector<float> floats = dense_sweep();
  for (size_t i = 0; i < floats.size(); i += 16) {
    if (std::abs(floats[i]) > 1e-30f) sweep.push_back(floats[i] * 1.0000000123456789);
  }
  for (double x = -40; x < 40; x += 1e-3) sweep.push_back(x);
  for (const std::string& name : fused::instruction_sets()) {
    const UsingInstructions use(name);
    const fused::Kernels<double>& kernels = fused::kernels<double>();
    const Errors tanh = largest_errors<double, long double>(kernels.tanh, sweep, true_tanh);
    const Errors sigmoid =
        largest_errors<double, long double>(kernels.sigmoid, sweep, true_sigmoid);
    EXPECT_LT(tanh.relative, 1e-15) << name;
    EXPECT_LT(sigmoid.absolute, 5e-16) << name;
  }
}

template <class Scalar>
void expect_special_values() {
  const Scalar inf = std::numeric_limits<Scalar>::infinity();
  const Scalar tiny = std::numeric_limits<Scalar>::denorm_min();
  const std::vector<Scalar> x = {inf, -inf, NAN, -NAN, 0, Scalar(-0.0), tiny, -tiny};
  std::vector<Scalar> tanh(x.size()), sigmoid(x.size());
  const fused::Kernels<Scalar>& kernels = fused::kernels<Scalar>();
  kernels.tanh(x.data(), tanh.data(), static_cast<int64_t>(x.size()));
  kernels.sigmoid(x.data(), sigmoid.data(), static_cast<int64_t>(x.size()));
  EXPECT_EQ(tanh[0], 1);
  EXPECT_EQ(tanh[1], -1);
  EXPECT_EQ(sigmoid[0], 1);
  EXPECT_NEAR(sigmoid[1], 0, 2e-38);
  for (const size_t i : {2, 3}) {
    EXPECT_TRUE(std::isnan(tanh[i]));
    EXPECT_TRUE(std::isnan(sigmoid[i]));
  }
  EXPECT_EQ(tanh[4], 0);
  EXPECT_TRUE(std::signbit(tanh[5]));
  EXPECT_NEAR(tanh[6], 0, tiny);
  EXPECT_NEAR(tanh[7], 0, tiny);
  EXPECT_EQ(sigmoid[4], Scalar(0.5));
  EXPECT_EQ(sigmoid[6], Scalar(0.5));
}

TEST(FusedMath, InfinitiesNanZerosAndDenormals) {
  for (const std::string& name : fused::instruction_sets()) {
    const UsingInstructions use(name);
    SCOPED_TRACE(name);
    expect_special_values<float>();
    expect_special_values<double>();
  }
}

}  // namespace
}  // namespace eigenrnn
