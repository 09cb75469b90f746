#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace eigenrnn {

/// The kernels that OpenBLAS chose for this processor, by its name for them, as in "SkylakeX".
/// None with another BLAS.
std::optional<std::string> blas_kernels();

/// What OPENBLAS_CORETYPE should say on a processor with these instructions, where OpenBLAS chose
/// `kernels`; none where its choice is a good one.
std::optional<std::string> better_blas_kernels(std::string_view kernels, bool has_avx2,
                                               bool has_avx512);

/// OpenBLAS knows processors by their models, and takes kernels of 2004 for one that is newer than
/// it: five times slower on those of 2023 with Debian 12's. It chooses as it is loaded, so where it
/// chose so this starts the program anew with OPENBLAS_CORETYPE set, unless that is set already.
/// To be called before anything else is done; children inherit the choice.
void restart_with_better_blas_kernels(char** arguments);

}  // namespace eigenrnn
