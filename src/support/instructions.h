#pragma once

namespace eigenrnn {

/// What this processor runs; asked before anything that is compiled for it is touched.
bool has_avx2();    // and FMA
bool has_avx512();  // F, BW, DQ, VL, and FMA

}  // namespace eigenrnn
