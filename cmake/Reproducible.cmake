# The same sources give the same bytes, wherever and whenever they are built. The last prefix that
# fits wins, so the build folder, which may lie in the other, stands behind it. (ccache takes a
# program compiled elsewhere for the same whatever the prefixes are: a change here has to change their
# number, or what it has kept is found.)
function(map_prefix prefix name)
  add_compile_options("$<$<COMPILE_LANGUAGE:C,CXX>:-ffile-prefix-map=${prefix}=${name}>")
endfunction()
if(NOT CMAKE_BUILD_TYPE STREQUAL "Release")
  map_prefix(${CMAKE_SOURCE_DIR}/ "")
else()
  # ccache with a base_dir tells the compiler the same folders relative to the build folder.
  foreach(folder ${CMAKE_SOURCE_DIR} ${DOSVC_CACHE})
    cmake_path(RELATIVE_PATH folder BASE_DIRECTORY ${CMAKE_BINARY_DIR} OUTPUT_VARIABLE relative)
    map_prefix(${folder}/ "")
    map_prefix(${relative}/ "")
  endforeach()
  map_prefix(${CMAKE_BINARY_DIR} .) # the folder itself is named in debug information
  foreach(language C CXX)
    set(CMAKE_${language}_ARCHIVE_CREATE "<CMAKE_AR> qcD <TARGET> <LINK_FLAGS> <OBJECTS>")
    set(CMAKE_${language}_ARCHIVE_FINISH "<CMAKE_RANLIB> -D <TARGET>")
  endforeach()
endif()
map_prefix(${CMAKE_BINARY_DIR}/ "")
