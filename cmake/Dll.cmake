# dosvc.dll with its version resource, the embedded type library and manifest; and what MSVC needs.
if(CMAKE_SIZEOF_VOID_P EQUAL 8)
  set(DOSVC_ARCHITECTURE amd64)
  set(lib_machine i386:x86-64)
else()
  set(DOSVC_ARCHITECTURE x86)
  set(lib_machine i386)
  set(STDCALL4 @4)
  set(STDCALL8 @8)
  set(STDCALL12 @12)
  set(STDCALL0 @0)
endif()
configure_file(package/dosvc.manifest.in ${CMAKE_BINARY_DIR}/bin/dosvc.manifest @ONLY)
configure_file(src/dosvc.rc.in ${CMAKE_BINARY_DIR}/dosvc.rc @ONLY)
configure_file(src/dosvc.def.in ${CMAKE_BINARY_DIR}/dosvc.def @ONLY)
set_source_files_properties(${CMAKE_BINARY_DIR}/dosvc.rc PROPERTIES OBJECT_DEPENDS
  "${CMAKE_BINARY_DIR}/include/deliveryoptimization.tlb;${CMAKE_BINARY_DIR}/bin/dosvc.manifest")
add_library(dosvc SHARED ${dll_sources} ${CMAKE_BINARY_DIR}/dosvc.def ${CMAKE_BINARY_DIR}/dosvc.rc)
set_target_properties(dosvc PROPERTIES PREFIX "" IMPORT_PREFIX "lib")
target_include_directories(dosvc PRIVATE src)
target_compile_options(dosvc PRIVATE $<$<COMPILE_LANGUAGE:C>:${DOSVC_WARNINGS}>)
target_link_libraries(dosvc PRIVATE dosvc_static)
add_dependencies(dosvc dosvc_header)
if(CMAKE_SIZEOF_VOID_P EQUAL 4)
  # Exported without the @n of their names, which clients' objects have: ld's import library has not.
  find_program(GNU_DLLTOOL NAMES ${DOSVC_TRIPLET}-dlltool dlltool REQUIRED)
  target_link_options(dosvc PRIVATE -Wl,--kill-at)
  add_custom_command(TARGET dosvc POST_BUILD WORKING_DIRECTORY ${CMAKE_BINARY_DIR}/lib
    COMMAND ${GNU_DLLTOOL} -k --deterministic-libraries -t dosvc -d ${CMAKE_BINARY_DIR}/dosvc.def
      -D dosvc.dll -l $<TARGET_LINKER_FILE_NAME:dosvc> VERBATIM)
endif()

# LLVM's tool writes the short import members that MSVC's own does; GNU's long ones link as well.
find_program(DLLTOOL NAMES llvm-dlltool llvm-dlltool-14 ${DOSVC_TRIPLET}-dlltool dlltool REQUIRED)
if(DLLTOOL MATCHES "llvm")
  set(dlltool_machine -m ${lib_machine} -k)
else()
  set(dlltool_machine -k)
endif()
add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/lib/dosvc.lib
  COMMAND ${DLLTOOL} ${dlltool_machine} -d ${CMAKE_BINARY_DIR}/dosvc.def -D dosvc.dll
    -l ${CMAKE_BINARY_DIR}/lib/dosvc.lib
  DEPENDS ${CMAKE_BINARY_DIR}/dosvc.def VERBATIM)
add_custom_target(dosvc_lib ALL DEPENDS ${CMAKE_BINARY_DIR}/lib/dosvc.lib)
add_dependencies(dosvc dosvc_lib)
