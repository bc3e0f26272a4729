# What a developer gets. `cmake --install` lays it out below a prefix; the target dist makes a zip
# of it, build/<preset>/dosvc-<version>-win64.zip, with its checksum beside it.
set(programs doctl dosvc_server) # what goes to bin/ beside the DLL, a target each

foreach(target dosvc ${programs})
  symbols_apart(${target})
  install(TARGETS ${target} RUNTIME DESTINATION bin ARCHIVE DESTINATION lib)
endforeach()
install(TARGETS dosvc_guids dosvc_fake ARCHIVE DESTINATION lib)
install(FILES include/dosvc.h include/dosvc_codes.h include/dosvc_fake.h ${generated}/deliveryoptimization.h
  DESTINATION include)
install(FILES idl/DeliveryOptimization.idl ${generated}/deliveryoptimization.tlb DESTINATION idl)
# MIDL brings these with it, MinGW's widl does not
install(FILES idl/unknwn.idl idl/objidl.idl idl/oaidl.idl DESTINATION idl/widl)
install(FILES ${CMAKE_BINARY_DIR}/bin/dosvc.manifest DESTINATION bin)
install(FILES ${CMAKE_BINARY_DIR}/dosvc.def DESTINATION lib)
install(FILES ${CMAKE_BINARY_DIR}/lib/dosvc.lib DESTINATION lib)

# For CMake and pkg-config
include(CMakePackageConfigHelpers)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/dosvc-config-version.cmake
  COMPATIBILITY SameMinorVersion)
foreach(name dosvc dosvc-fake)
  configure_file(package/${name}.pc.in ${CMAKE_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/${name}.pc DESTINATION lib/pkgconfig)
endforeach()
install(FILES package/dosvc-config.cmake ${CMAKE_BINARY_DIR}/dosvc-config-version.cmake
  ${generated}/deliveryoptimization_i.c DESTINATION lib/cmake/dosvc)

# For people
install(FILES README.md CHANGELOG.md LICENSE DESTINATION .)
install(DIRECTORY docs LICENSES examples DESTINATION .)
install(PROGRAMS package/wine-install.sh DESTINATION .)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  install(DIRECTORY ${symbols}/ DESTINATION symbols)
endif()
install(CODE [[
  list(SORT CMAKE_INSTALL_MANIFEST_FILES)
  get_filename_component(prefix "${CMAKE_INSTALL_PREFIX}" ABSOLUTE)
  set(sums "")
  foreach(file IN LISTS CMAKE_INSTALL_MANIFEST_FILES)
    get_filename_component(file "${file}" ABSOLUTE)
    file(SHA256 "$ENV{DESTDIR}${file}" sum)
    file(RELATIVE_PATH name "${prefix}" "${file}")
    string(APPEND sums "${sum}  ${name}\n")
  endforeach()
  file(WRITE "$ENV{DESTDIR}${prefix}/SHA256SUMS" "${sums}")
  list(APPEND CMAKE_INSTALL_MANIFEST_FILES "${prefix}/SHA256SUMS")
]])

find_program(ZIP zip)
math(EXPR bits "${CMAKE_SIZEOF_VOID_P} * 8")
set(CPACK_GENERATOR External)
set(package dosvc-${PROJECT_VERSION}-win${bits})
set(CPACK_PACKAGE_FILE_NAME ${package})
set(CPACK_PACKAGE_CHECKSUM SHA256)
set(CPACK_EXTERNAL_ENABLE_STAGING ON)
set(CPACK_EXTERNAL_PACKAGE_SCRIPT ${CMAKE_SOURCE_DIR}/package/zip.cmake)
set(CPACK_DOSVC_SOURCE ${CMAKE_SOURCE_DIR})
set(CPACK_DOSVC_ZIP ${ZIP})
set(CPACK_VERBATIM_VARIABLES ON)
include(CPack)
add_custom_target(dist COMMAND ${CMAKE_CPACK_COMMAND}
  COMMAND ${CMAKE_COMMAND} -E rm -f ${package}.json ${package}.json.sha256
  DEPENDS dosvc dosvc_guids dosvc_fake ${programs} VERBATIM)
