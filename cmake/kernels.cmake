# Each instruction set's kernels are one source file with flags of its own; the program picks at
# run time. They include no header that others share code with, and so no precompiled one.
set(kernels ${PROJECT_SOURCE_DIR}/src/cells/kernels)
set(instructions_baseline "")
set(instructions_avx2 -mavx2 -mfma)
set(instructions_avx512 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma)
foreach(name baseline avx2 avx512)
  set(level -O3)
  set(flags "")
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    set(flags ${instructions_${name}})
    if(name STREQUAL "baseline")  # for processors older than 2013: not worth twice the time to build
      set(level -O2)
    endif()
  endif()
  list(APPEND flags $<$<CONFIG:Release>:${level}> -ffp-contract=fast -Wno-psabi)
  # What makes their build take three times as long, and AddressSanitizer sees in its own way.
  if(EIGENRNN_SANITIZE)
    list(APPEND flags -fno-sanitize=null,alignment,pointer-overflow)
  endif()
  if(EIGENRNN_FUZZ)  # they read no files, and would take minutes to instrument
    list(APPEND flags -fno-sanitize=all)
  endif()
  set_source_files_properties(${kernels}/instructions_${name}.cpp PROPERTIES
    COMPILE_OPTIONS "${flags}" SKIP_PRECOMPILE_HEADERS ON SKIP_UNITY_BUILD_INCLUSION ON)
endforeach()
