# Writes version.h with the commit of the source tree, touching it only when that changed. What cannot
# be known is not claimed: the tree must be a repository of its own (sources unpacked within another
# are none of its commits), whatever GIT_DIR and the like name.
set(git ${CMAKE_COMMAND} -E env --unset=GIT_DIR --unset=GIT_WORK_TREE --unset=GIT_INDEX_FILE
  git -C ${SOURCE})
set(commit "unknown")
set(dirty "std::nullopt")
# The path within the repository: empty at its top.
execute_process(COMMAND ${git} rev-parse --show-prefix
  OUTPUT_VARIABLE within OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed EQUAL 0 AND within STREQUAL "")
  execute_process(COMMAND ${git} rev-parse --verify HEAD
    OUTPUT_VARIABLE head OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE no_head)
  # All that the program is made of.
  execute_process(COMMAND ${git} status --porcelain --untracked-files=normal --
      src cmake CMakeLists.txt datasets/*.sha256
    OUTPUT_VARIABLE changes ERROR_QUIET RESULT_VARIABLE no_status)
  if(no_head EQUAL 0 AND no_status EQUAL 0)
    set(commit ${head})
    if(changes STREQUAL "")
      set(dirty false)
    else()
      set(dirty true)
    endif()
  endif()
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT
"#pragma once
#include <optional>

namespace eigenrnn {
inline constexpr const char* kCommit = \"${commit}\";  // or unknown
inline constexpr std::optional<bool> kDirty = ${dirty};  // nothing if unknown
}  // namespace eigenrnn
")
