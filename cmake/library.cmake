# The floors that know no files and no grid, and what Python calls of them, as a library: libeigenrnn.so.
# `cmake --install` puts it where find_package(eigenrnn) finds it; the Python package carries it along.
include(GNUInstallDirs)

set(floors ${EIGENRNN_FLOORS})
eigenrnn_floor(operators dynamics)
set(EIGENRNN_FLOORS ${floors})  # without Python's: no program has them

set(objects "")
foreach(floor ${EIGENRNN_LIBRARY_FLOORS} eigenrnn_operators)
  list(APPEND objects $<TARGET_OBJECTS:${floor}>)
endforeach()
add_library(eigenrnn_library SHARED ${objects})
add_library(eigenrnn::eigenrnn ALIAS eigenrnn_library)
target_link_libraries(eigenrnn_library PUBLIC eigenrnn_libtorch fmt::fmt nlohmann_json::nlohmann_json
  PRIVATE OpenSSL::Crypto ICU::uc ZLIB::ZLIB Threads::Threads ${CMAKE_DL_LIBS})
target_include_directories(eigenrnn_library INTERFACE $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>
  $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include/eigenrnn>)
set_target_properties(eigenrnn_library PROPERTIES OUTPUT_NAME eigenrnn
  LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR} INSTALL_RPATH_USE_LINK_PATH ON)

# As they will be installed: <eigenrnn/initializers/initializer.h>.
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/include/eigenrnn)
foreach(floor ${EIGENRNN_LIBRARY_FLOORS})
  string(REPLACE eigenrnn_ "" folder ${floor})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR}/${folder} ${PROJECT_BINARY_DIR}/include/eigenrnn/${folder} SYMBOLIC)
  if(NOT SKBUILD)
    install(DIRECTORY ${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/eigenrnn FILES_MATCHING PATTERN *.h)
  endif()
endforeach()

if(SKBUILD)
  install(TARGETS eigenrnn_library LIBRARY DESTINATION eigenrnn)
  return()
endif()

install(TARGETS eigenrnn_library LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/eigenrnn)
include(CMakePackageConfigHelpers)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/eigenrnnConfig.cmake.in
  ${PROJECT_BINARY_DIR}/eigenrnnConfig.cmake INSTALL_DESTINATION ${package}
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/eigenrnnConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/eigenrnnConfig.cmake ${PROJECT_BINARY_DIR}/eigenrnnConfigVersion.cmake
  ${PROJECT_SOURCE_DIR}/cmake/libtorch.cmake DESTINATION ${package})
