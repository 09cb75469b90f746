#include "support/blas.h"

#include <cstdlib>
#include <dlfcn.h>
#include <unistd.h>

#include "support/instructions.h"

namespace eigenrnn {
namespace {

constexpr const char* kChoice = "OPENBLAS_CORETYPE";

}  // namespace

std::optional<std::string> blas_kernels() {
  // LibTorch may have been built with another BLAS, so nothing here is linked to this one.
  const auto name = reinterpret_cast<char* (*)()>(dlsym(RTLD_DEFAULT, "openblas_get_corename"));
  if (name == nullptr) return std::nullopt;
  return name();
}

std::optional<std::string> better_blas_kernels(std::string_view kernels, bool has_avx2,
                                               bool has_avx512) {
  if (kernels != "Prescott") return std::nullopt;  // what is taken for an unknown processor
  if (has_avx512) return "SKYLAKEX";
  if (has_avx2) return "HASWELL";
  return std::nullopt;
}

void restart_with_better_blas_kernels(char** arguments) {
  if (std::getenv(kChoice) != nullptr) return;
  const std::optional<std::string> chosen = blas_kernels();
  if (!chosen) return;
  const std::optional<std::string> better = better_blas_kernels(*chosen, has_avx2(), has_avx512());
  if (!better) return;
  setenv(kChoice, better->c_str(), 0);
  execv("/proc/self/exe", arguments);  // if that fails, slow products are better than none
}

}  // namespace eigenrnn
