# Each instruction set's kernels are one source file with flags of its own; the program picks at
# run time. They include no header that others share code with, and so no precompiled one.
set(kernels ${PROJECT_SOURCE_DIR}/src/cells/kernels)
set(instructions_baseline "")
set(instructions_avx2 -mavx2 -mfma)
set(instructions_avx512 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma)
foreach(name baseline avx2 avx512)
  set(flags $<$<CONFIG:Release>:-O3> -ffp-contract=fast -Wno-psabi)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    list(APPEND flags ${instructions_${name}})
  endif()
  if(EIGENRNN_FUZZ)  # they read no files, and would take minutes to instrument
    list(APPEND flags -fno-sanitize=all)
  endif()
  set_source_files_properties(${kernels}/instructions_${name}.cpp PROPERTIES
    COMPILE_OPTIONS "${flags}" SKIP_PRECOMPILE_HEADERS ON SKIP_UNITY_BUILD_INCLUSION ON)
endforeach()
