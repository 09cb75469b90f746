# LibTorch as the target eigenrnn_libtorch. Sought at CMAKE_PREFIX_PATH and Torch_DIR, then where the
# system has it.
set(hints "")
if(SKBUILD)  # for Python: the torch of the interpreter, whose folder an isolated build hides from all but -I
  execute_process(COMMAND ${Python_EXECUTABLE} -I -c
    "import importlib.util as u, os; s = u.find_spec('torch'); print(os.path.dirname(s.origin) if s else '')"
    OUTPUT_VARIABLE torch OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  if(NOT torch)
    message(FATAL_ERROR "${Python_EXECUTABLE} has no torch, which the package is built against: install it first")
  endif()
  if(NOT torch MATCHES "^/usr/lib/")  # Debian's stands on the system's LibTorch
    list(APPEND hints ${torch})
  endif()
endif()
foreach(folder ${Torch_DIR} $ENV{Torch_DIR})  # …/share/cmake/Torch
  list(APPEND hints ${folder}/../../..)
endforeach()
string(REPLACE ":" ";" prefixes "$ENV{CMAKE_PREFIX_PATH}")
foreach(prefix ${CMAKE_PREFIX_PATH} ${prefixes})  # also …/share/cmake, as Python's torch tells it
  list(APPEND hints ${prefix} ${prefix}/../..)
endforeach()

find_path(LIBTORCH_INCLUDE_DIR torch/csrc/api/include/torch/torch.h HINTS ${hints} PATH_SUFFIXES include)
if(NOT LIBTORCH_INCLUDE_DIR)
  message(FATAL_ERROR "LibTorch is not found. Install libtorch-dev, or give its folder: "
    "-DCMAKE_PREFIX_PATH=…/libtorch")
endif()
get_filename_component(root ${LIBTORCH_INCLUDE_DIR} DIRECTORY)
set(LIBTORCH_ROOT ${root})

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

add_library(eigenrnn_libtorch INTERFACE)
if(NOT EXISTS ${root}/lib/libtorch.so)  # Debian's, linked with what else is Debian's, as its package knows
  find_package(Torch REQUIRED)
  string(APPEND CMAKE_CXX_FLAGS " ${TORCH_CXX_FLAGS}")
  target_link_libraries(eigenrnn_libtorch INTERFACE ${TORCH_LIBRARIES})
else()
  # In a folder of its own: by headers and libraries alone. The package of one that is built for CUDA
  # asks for the CUDA toolkit, which nothing here needs, since a GPU is found at run time. Beside its
  # headers there are others (fmt, oneDNN), of other versions than the system's, which must not come
  # before them.
  set(includes ${CMAKE_BINARY_DIR}/libtorch)
  file(REMOVE_RECURSE ${includes})
  file(MAKE_DIRECTORY ${includes})
  foreach(folder ATen c10 caffe2 torch)
    if(IS_DIRECTORY ${LIBTORCH_INCLUDE_DIR}/${folder})
      file(CREATE_LINK ${LIBTORCH_INCLUDE_DIR}/${folder} ${includes}/${folder} SYMBOLIC)
    endif()
  endforeach()
  target_include_directories(eigenrnn_libtorch SYSTEM INTERFACE
    ${includes} ${includes}/torch/csrc/api/include)
  # Before LibTorch: builds of it carry parts of an older libstdc++ (std::filesystem) which, found
  # first, would be called in place of the system's, and crash.
  target_link_libraries(eigenrnn_libtorch INTERFACE stdc++)
  foreach(name torch torch_cpu c10)
    find_library(LIBTORCH_${name} ${name} PATHS ${root}/lib NO_DEFAULT_PATH)
    if(NOT LIBTORCH_${name})
      message(FATAL_ERROR "The LibTorch at ${root} has no lib/lib${name}.so")
    endif()
    target_link_libraries(eigenrnn_libtorch INTERFACE ${LIBTORCH_${name}})
  endforeach()
  # Its headers are to be read with what it was built with.
  set(config ${root}/share/cmake/Caffe2/Caffe2Targets.cmake)
  if(EXISTS ${config})
    file(READ ${config} config)
    if(config MATCHES "COMPILE_DEFINITIONS \"([A-Z0-9_;]*USE_DISTRIBUTED[A-Z0-9_;]*)\"")
      target_compile_definitions(eigenrnn_libtorch INTERFACE ${CMAKE_MATCH_1})
    endif()
  endif()
  # Some linkers drop libraries that nothing refers to; libtorch brings CUDA's, which register themselves.
  target_link_options(eigenrnn_libtorch INTERFACE LINKER:--no-as-needed)
endif()
message(STATUS "LibTorch: ${root}")
