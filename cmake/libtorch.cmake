# LibTorch as the target eigenrnn_libtorch, from its headers and libraries alone. Its own CMake package
# asks for the CUDA toolkit where LibTorch was built for CUDA, which nothing here needs: a CUDA GPU is
# found at run time. Sought at CMAKE_PREFIX_PATH and Torch_DIR, then where the system has it.
set(hints "")
foreach(folder ${Torch_DIR} $ENV{Torch_DIR})  # …/share/cmake/Torch
  list(APPEND hints ${folder}/../../..)
endforeach()
string(REPLACE ":" ";" prefixes "$ENV{CMAKE_PREFIX_PATH}")
foreach(prefix ${CMAKE_PREFIX_PATH} ${prefixes})  # also …/share/cmake, as Python's torch tells it
  list(APPEND hints ${prefix} ${prefix}/../..)
endforeach()

find_path(LIBTORCH_INCLUDE_DIR torch/csrc/api/include/torch/torch.h HINTS ${hints} PATH_SUFFIXES include)
foreach(name torch torch_cpu c10)
  find_library(LIBTORCH_${name} ${name} HINTS ${LIBTORCH_INCLUDE_DIR}/../lib)
  list(APPEND libraries ${LIBTORCH_${name}})
endforeach()
if(NOT LIBTORCH_INCLUDE_DIR OR libraries MATCHES "NOTFOUND")
  message(FATAL_ERROR "LibTorch is not found. Install libtorch-dev, or give its folder: "
    "-DCMAKE_PREFIX_PATH=…/libtorch")
endif()
get_filename_component(root ${LIBTORCH_INCLUDE_DIR} DIRECTORY)

set(config ${root}/share/cmake/Torch/TorchConfig.cmake)
if(EXISTS ${config})
  file(STRINGS ${config} old_abi REGEX "_GLIBCXX_USE_CXX11_ABI=0")
  if(old_abi)
    message(FATAL_ERROR "The LibTorch at ${root} is built with the old C++ ABI "
      "(_GLIBCXX_USE_CXX11_ABI=0) and cannot be linked with the system's yaml-cpp and spdlog. "
      "Use a 'cxx11-abi' LibTorch (all releases from 2.7 on), or Debian's libtorch-dev.")
  endif()
endif()

# Its headers say what they need: C++14 in 1.13, C++17 in 2.1, C++20 from about 2.14 on.
file(STRINGS ${LIBTORCH_INCLUDE_DIR}/ATen/ATen.h standards REGEX "__cplusplus < 20[0-9][0-9]")
if(standards MATCHES "__cplusplus < 2020")
  set(CMAKE_CXX_STANDARD 20)
endif()

# Python's torch has headers of other libraries beside its own (fmt, oneDNN), of other versions than
# the system's, which must not come before them: only its own folders are taken.
set(includes ${LIBTORCH_INCLUDE_DIR})
if(NOT root STREQUAL "/usr")
  set(includes ${CMAKE_BINARY_DIR}/libtorch)
  file(REMOVE_RECURSE ${includes})
  file(MAKE_DIRECTORY ${includes})
  foreach(folder ATen c10 caffe2 torch)
    if(IS_DIRECTORY ${LIBTORCH_INCLUDE_DIR}/${folder})
      file(CREATE_LINK ${LIBTORCH_INCLUDE_DIR}/${folder} ${includes}/${folder} SYMBOLIC)
    endif()
  endforeach()
endif()

add_library(eigenrnn_libtorch INTERFACE)
target_include_directories(eigenrnn_libtorch SYSTEM INTERFACE
  ${includes} ${includes}/torch/csrc/api/include)
target_link_libraries(eigenrnn_libtorch INTERFACE ${libraries})
# Some linkers drop libraries that nothing refers to; libtorch brings CUDA's, which register themselves.
target_link_options(eigenrnn_libtorch INTERFACE LINKER:--no-as-needed)
message(STATUS "LibTorch: ${root}, C++${CMAKE_CXX_STANDARD}")
