# deliveryoptimization.h, the GUIDs, the type library and the proxies, from the IDL.
#   dosvc_idl    what dosvc.dll itself needs: header, GUIDs and proxies
#   dosvc_guids  the GUIDs alone, for clients
find_program(WIDL NAMES ${DOSVC_TRIPLET}-widl x86_64-w64-mingw32-widl widl REQUIRED)
if(CMAKE_SIZEOF_VOID_P EQUAL 8)
  set(widl_bits --win64)
else()
  set(widl_bits --win32)
endif()
set(generated ${CMAKE_BINARY_DIR}/include)
file(MAKE_DIRECTORY ${generated})
file(GLOB idl_inputs CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/idl/*.idl)

# It writes its input's name into what it makes, and the time into the type library.
find_program(SH sh)
function(widl output)
  set(after)
  if(output MATCHES "tlb$" AND SH)
    set(after COMMAND ${SH} ${CMAKE_SOURCE_DIR}/cmake/tlb-time.sh ${generated}/${output})
  endif()
  add_custom_command(OUTPUT ${generated}/${output}
    COMMAND ${WIDL} ${widl_bits} -I . ${ARGN} -o ${generated}/${output} DeliveryOptimization.idl
    ${after}
    DEPENDS ${idl_inputs} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/idl VERBATIM)
endfunction()
widl(deliveryoptimization.h -h)
widl(deliveryoptimization_i.c -u)
widl(deliveryoptimization.tlb -t)
widl(deliveryoptimization_p.c -Oif -p -H deliveryoptimization.h)

add_custom_target(dosvc_header DEPENDS ${generated}/deliveryoptimization.h
  ${generated}/deliveryoptimization.tlb)
add_library(dosvc_guids STATIC ${generated}/deliveryoptimization_i.c)
target_include_directories(dosvc_guids PUBLIC ${generated} ${CMAKE_SOURCE_DIR}/include)
add_dependencies(dosvc_guids dosvc_header)

add_library(dosvc_proxies STATIC ${generated}/deliveryoptimization_p.c)
target_compile_definitions(dosvc_proxies PRIVATE USE_COMPILER_EXCEPTIONS)
target_link_libraries(dosvc_proxies PUBLIC dosvc_guids rpcrt4)
add_dependencies(dosvc_proxies dosvc_header)

add_library(dosvc_idl INTERFACE)
target_link_libraries(dosvc_idl INTERFACE dosvc_proxies dosvc_guids)
