# dosvc_fake: the fake service for clients' unit tests (include/dosvc_fake.h), a static library.
#
# It is the DLL's own code above the engine, with src/fake in place of the engine's thread, the
# network, the disk, the clock and the delivery threads. Its names but for DosvcFake* are changed, so
# that none of ours meets one of the client's.
#   dosvc_fake_engine   in place of store, part files and engine thread; our own tests use it, too
file(GLOB fake_sources CONFIGURE_DEPENDS src/fake/*.c)
set(fake_engine_sources ${fake_sources})
list(FILTER fake_engine_sources INCLUDE
  REGEX "/(store|keeper|part_name|partfile|runner|settings|script)\\.c$")
list(REMOVE_ITEM fake_sources ${fake_engine_sources})

foreach(part engine service)
  add_library(dosvc_fake_${part} OBJECT)
  target_include_directories(dosvc_fake_${part} PUBLIC src include)
  target_compile_options(dosvc_fake_${part} PRIVATE ${DOSVC_WARNINGS})
  target_link_libraries(dosvc_fake_${part} PRIVATE dosvc_idl)
endforeach()
target_sources(dosvc_fake_engine PRIVATE ${fake_engine_sources})
target_sources(dosvc_fake_service PRIVATE ${fake_sources})

set(fake_own $<TARGET_OBJECTS:dosvc_fake_engine> $<TARGET_OBJECTS:dosvc_fake_service>)
set(fake_rest $<TARGET_OBJECTS:dosvc_static> $<TARGET_OBJECTS:dosvc_proxies>)
set(fake_folder ${CMAKE_BINARY_DIR}/fake)
# One of the copies stands for all; the others join it in the archive.
set(fake_object ${fake_folder}/fake-service.c${CMAKE_C_OUTPUT_EXTENSION})
foreach(list own rest) # one a line, as their names may have spaces
  file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/fake_${list} CONTENT "$<JOIN:${fake_${list}},\n>\n")
endforeach()
add_custom_command(OUTPUT ${fake_object}
  COMMAND ${CMAKE_COMMAND} -DNM=${CMAKE_NM} -DOBJCOPY=${CMAKE_OBJCOPY} -DFOLDER=${fake_folder}
    -DOPTIONS=$<$<CONFIG:Release>:--strip-debug>
    -DFIRST=${CMAKE_BINARY_DIR}/fake_own -DREST=${CMAKE_BINARY_DIR}/fake_rest
    -P ${CMAKE_SOURCE_DIR}/cmake/FakeObjects.cmake
  DEPENDS cmake/FakeObjects.cmake ${fake_own} ${fake_rest} VERBATIM)
set_source_files_properties(${fake_object} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
add_library(dosvc_fake STATIC ${fake_object})
add_custom_command(TARGET dosvc_fake POST_BUILD
  COMMAND ${CMAKE_AR} rsD $<TARGET_FILE:dosvc_fake> @${fake_folder}/list VERBATIM)
set_target_properties(dosvc_fake PROPERTIES LINKER_LANGUAGE C)
target_link_libraries(dosvc_fake INTERFACE dosvc_guids rpcrt4 crypt32 ole32 oleaut32 uuid advapi32)
add_library(dosvc::fake ALIAS dosvc_fake)
