# Release builds: what ships is stripped, and its symbols lie apart, in symbols/, where a debugger
# finds them by the link in the program (-p keeps the linker's time stamp: none). Everything else that is linked has none.
add_compile_options("$<$<AND:$<CONFIG:Release>,$<COMPILE_LANGUAGE:C>>:-g>")
add_link_options("$<$<AND:$<CONFIG:Release>,$<NOT:$<BOOL:$<TARGET_PROPERTY:DOSVC_SYMBOLS>>>>:-s>")
set(symbols ${CMAKE_BINARY_DIR}/symbols)

function(symbols_apart target)
  if(NOT CMAKE_BUILD_TYPE STREQUAL "Release")
    return()
  endif()
  set_target_properties(${target} PROPERTIES DOSVC_SYMBOLS ON)
  file(MAKE_DIRECTORY ${symbols})
  set(file $<TARGET_FILE_NAME:${target}>.debug)
  add_custom_command(TARGET ${target} POST_BUILD WORKING_DIRECTORY ${symbols}
    COMMAND ${CMAKE_OBJCOPY} -p --only-keep-debug $<TARGET_FILE:${target}> ${file}
    COMMAND ${CMAKE_STRIP} -p $<TARGET_FILE:${target}>
    COMMAND ${CMAKE_OBJCOPY} -p --add-gnu-debuglink=${file} $<TARGET_FILE:${target}>
    VERBATIM)
endfunction()
