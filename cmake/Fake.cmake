# dosvc_fake: the fake service for clients' unit tests (include/dosvc_fake.h), a static library.
#
# It is the DLL's own code above the engine, with src/fake in place of the engine's thread, the
# network, the disk, the clock and the delivery threads. All of it is linked into one object, whose
# names but for DosvcFake* are changed, so that none of ours meets one of the client's.
#   dosvc_fake_engine   in place of store, part files and engine thread; our own tests use it, too
file(GLOB fake_sources CONFIGURE_DEPENDS src/fake/*.c)
set(fake_engine_sources ${fake_sources})
list(FILTER fake_engine_sources INCLUDE REGEX "/(memory_store|partfile|runner|settings|script)\\.c$")
list(REMOVE_ITEM fake_sources ${fake_engine_sources})

foreach(part engine service)
  add_library(dosvc_fake_${part} OBJECT)
  target_include_directories(dosvc_fake_${part} PUBLIC src include)
  target_compile_options(dosvc_fake_${part} PRIVATE ${DOSVC_WARNINGS})
  target_link_libraries(dosvc_fake_${part} PRIVATE dosvc_idl)
endforeach()
target_sources(dosvc_fake_engine PRIVATE ${fake_engine_sources})
target_sources(dosvc_fake_service PRIVATE ${fake_sources})

set(fake_object ${CMAKE_BINARY_DIR}/dosvc_fake.obj)
add_custom_command(OUTPUT ${fake_object}
  COMMAND ${CMAKE_C_COMPILER} -r -nostdlib -o ${fake_object}
    $<TARGET_OBJECTS:dosvc_fake_engine> $<TARGET_OBJECTS:dosvc_fake_service>
    $<TARGET_FILE:dosvc_static> $<TARGET_FILE:dosvc_proxies>
  COMMAND ${CMAKE_COMMAND} -DNM=${CMAKE_NM} -DOBJCOPY=${CMAKE_OBJCOPY} -DOBJECT=${fake_object}
    -P ${CMAKE_SOURCE_DIR}/cmake/FakeNames.cmake
  DEPENDS dosvc_static dosvc_proxies cmake/FakeNames.cmake $<TARGET_OBJECTS:dosvc_fake_engine> $<TARGET_OBJECTS:dosvc_fake_service>
  COMMAND_EXPAND_LISTS VERBATIM)
set_source_files_properties(${fake_object} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
add_library(dosvc_fake STATIC ${fake_object})
set_target_properties(dosvc_fake PROPERTIES LINKER_LANGUAGE C)
target_link_libraries(dosvc_fake INTERFACE dosvc_guids rpcrt4 crypt32 ole32 oleaut32 uuid advapi32)
add_library(dosvc::fake ALIAS dosvc_fake)
