# Writes version.h with the commit of the source tree, touching it only when that changed.
execute_process(COMMAND git -C ${SOURCE} rev-parse HEAD
  OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed)
  set(commit "unknown")
endif()
execute_process(COMMAND git -C ${SOURCE} status --porcelain -- src CMakeLists.txt
  OUTPUT_VARIABLE changes ERROR_QUIET)
if(changes STREQUAL "")
  set(dirty false)
else()
  set(dirty true)
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT
"#pragma once
namespace eigenrnn {
inline constexpr const char* kCommit = \"${commit}\";
inline constexpr bool kDirty = ${dirty};
}  // namespace eigenrnn
")
