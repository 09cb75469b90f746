# Writes block_kernels_source.h: the text of the GPU's kernels, which the program compiles where it
# meets a GPU. It is one text, so that the compiler needs no folder to find headers in.
set(text "")
foreach(part call product forward backward kernels)
  set(source ${PROJECT_SOURCE_DIR}/src/cells/kernels/cuda/block_${part}.h)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  file(READ ${source} content)
  string(REGEX REPLACE "#pragma once\n|#include \"[^\n]*\n" "" content "${content}")
  string(APPEND text "${content}")
endforeach()
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/cells/cells/kernels/cuda/block_kernels_source.h @ONLY CONTENT
"#pragma once

namespace eigenrnn::cuda {
inline constexpr const char* kBlockKernelsSource = R\"source(@text@)source\";
}  // namespace eigenrnn::cuda
")
