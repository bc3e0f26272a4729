# dosvc.dll with its version resource and the embedded type library.
configure_file(${CMAKE_SOURCE_DIR}/src/dosvc.rc.in ${CMAKE_BINARY_DIR}/dosvc.rc @ONLY)
set_source_files_properties(${CMAKE_BINARY_DIR}/dosvc.rc PROPERTIES
  OBJECT_DEPENDS ${CMAKE_BINARY_DIR}/include/deliveryoptimization.tlb)
add_library(dosvc SHARED ${dll_sources} ${CMAKE_SOURCE_DIR}/src/dosvc.def
  ${CMAKE_BINARY_DIR}/dosvc.rc)
set_target_properties(dosvc PROPERTIES PREFIX "" IMPORT_PREFIX "lib")
target_include_directories(dosvc PRIVATE src)
target_compile_options(dosvc PRIVATE $<$<COMPILE_LANGUAGE:C>:${DOSVC_WARNINGS}>)
target_link_libraries(dosvc PRIVATE dosvc_static)
add_dependencies(dosvc dosvc_header)
