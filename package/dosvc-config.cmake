# find_package(dosvc) gives
#   dosvc::dosvc   the DLL: DosvcCreateInstance, and with it the headers and the ids
#   dosvc::guids   headers and ids alone, for programs that reach the classes through COM
#   dosvc::fake    a manager and jobs that are told what to do, for tests of callbacks (MinGW)
#   DOSVC_DLL, DOSVC_MANIFEST   what belongs beside a program
get_filename_component(_dosvc "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
set(DOSVC_DLL "${_dosvc}/bin/dosvc.dll")
set(DOSVC_MANIFEST "${_dosvc}/bin/dosvc.manifest")

if(NOT TARGET dosvc::guids)
  if(MSVC)
    enable_language(C)
    add_library(dosvc_guids_source STATIC
      "${_dosvc}/lib/cmake/dosvc/deliveryoptimization_i.c")
    target_include_directories(dosvc_guids_source PUBLIC "${_dosvc}/include")
    add_library(dosvc::guids ALIAS dosvc_guids_source)
    set(_dosvc_implib "${_dosvc}/lib/dosvc.lib")
  else()
    add_library(dosvc::guids STATIC IMPORTED)
    set_target_properties(dosvc::guids PROPERTIES
      IMPORTED_LOCATION "${_dosvc}/lib/libdosvc_guids.a"
      INTERFACE_INCLUDE_DIRECTORIES "${_dosvc}/include")
    set(_dosvc_implib "${_dosvc}/lib/libdosvc.dll.a")
  endif()

  add_library(dosvc::dosvc SHARED IMPORTED)
  set_target_properties(dosvc::dosvc PROPERTIES
    IMPORTED_LOCATION "${DOSVC_DLL}"
    IMPORTED_IMPLIB "${_dosvc_implib}"
    INTERFACE_LINK_LIBRARIES "dosvc::guids;ole32;oleaut32;uuid")

  if(NOT MSVC)
    add_library(dosvc::fake STATIC IMPORTED)
    set_target_properties(dosvc::fake PROPERTIES
      IMPORTED_LOCATION "${_dosvc}/lib/libdosvc_fake.a"
      INTERFACE_LINK_LIBRARIES "dosvc::guids;rpcrt4;crypt32;ole32;oleaut32;uuid;advapi32")
  endif()
  unset(_dosvc_implib)
endif()
unset(_dosvc)
