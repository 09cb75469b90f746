# Writes block_kernels_source.h: the text of the GPU's kernels, which the program compiles where it
# meets a GPU.
set(source ${PROJECT_SOURCE_DIR}/src/cells/kernels/cuda/block_kernels.h)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
file(READ ${source} text)
string(REPLACE "#pragma once\n" "" text "${text}")
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/cells/cells/kernels/cuda/block_kernels_source.h @ONLY CONTENT
"#pragma once

namespace eigenrnn::cuda {
inline constexpr const char* kBlockKernelsSource = R\"source(@text@)source\";
}  // namespace eigenrnn::cuda
")
