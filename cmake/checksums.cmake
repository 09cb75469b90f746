# Writes checksums.h from datasets/*.sha256 (as sha256sum writes them), so that the scripts that
# fetch the data and the program that reads it pin the same sums.
set(checksums "")
foreach(name Mnist Multi30k)
  string(TOLOWER ${name} file)
  set(list ${PROJECT_SOURCE_DIR}/datasets/${file}.sha256)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${list})
  file(STRINGS ${list} lines)
  string(APPEND checksums "inline const std::map<std::string, std::string> k${name}Sha256 = {\n")
  foreach(line ${lines})
    if(NOT line MATCHES "^([0-9a-f]+)  ([^ ]+)$")
      message(FATAL_ERROR "${list}: '${line}' is not a line of sha256sum")
    endif()
    string(APPEND checksums "    {\"${CMAKE_MATCH_2}\", \"${CMAKE_MATCH_1}\"},\n")
  endforeach()
  string(APPEND checksums "};\n")
endforeach()
# Touched only when it changed.
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/checksums.h @ONLY CONTENT
"#pragma once
#include <map>
#include <string>

namespace eigenrnn {
@checksums@}  // namespace eigenrnn
")
