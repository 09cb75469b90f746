#include "support/blas.h"

#include <gtest/gtest.h>

namespace eigenrnn {
namespace {

TEST(BlasKernels, OnlyThoseForUnknownProcessorsAreReplaced) {
  EXPECT_EQ(better_blas_kernels("Prescott", true, true), "SKYLAKEX");
  EXPECT_EQ(better_blas_kernels("Prescott", true, false), "HASWELL");
  EXPECT_EQ(better_blas_kernels("Prescott", false, false), std::nullopt);
  for (const char* known : {"SkylakeX", "Zen", "Haswell", "Cooperlake", "armv8"}) {
    EXPECT_EQ(better_blas_kernels(known, true, true), std::nullopt) << known;
  }
}

}  // namespace
}  // namespace eigenrnn
