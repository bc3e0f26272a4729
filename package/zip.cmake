# cpack's last step: what was staged becomes a zip that is the same wherever and whenever it is
# made: names in order, the commit's time in UTC, no owners, the same rights for everybody.
foreach(source "$ENV{SOURCE_DATE_EPOCH}" "git" "315532800") # zip knows no time before 1980
  if(source STREQUAL "git")
    execute_process(COMMAND git -C ${CPACK_DOSVC_SOURCE} log -1 --format=%ct
      OUTPUT_VARIABLE source OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  endif()
  if(source MATCHES "^[0-9]+$")
    set(epoch ${source})
    break()
  endif()
endforeach()

file(GLOB_RECURSE files LIST_DIRECTORIES OFF RELATIVE ${CPACK_TOPLEVEL_DIRECTORY}
  ${CPACK_TEMPORARY_DIRECTORY}/*)
list(SORT files)
string(REPLACE ";" "\n" names "${files}")
file(WRITE ${CPACK_TOPLEVEL_DIRECTORY}/names "${names}\n")
set(zip ${CPACK_TOPLEVEL_DIRECTORY}/${CPACK_PACKAGE_FILE_NAME}.zip)
file(REMOVE ${zip})
set(ENV{TZ} UTC0)
execute_process(COMMAND chmod u=rwX,go=rX -- ${files}
  WORKING_DIRECTORY ${CPACK_TOPLEVEL_DIRECTORY} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND touch -d @${epoch} -- ${files}
  WORKING_DIRECTORY ${CPACK_TOPLEVEL_DIRECTORY} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CPACK_DOSVC_ZIP} -X -q -9 ${zip} -@
  INPUT_FILE ${CPACK_TOPLEVEL_DIRECTORY}/names
  WORKING_DIRECTORY ${CPACK_TOPLEVEL_DIRECTORY} COMMAND_ERROR_IS_FATAL ANY)
set(CPACK_EXTERNAL_BUILT_PACKAGES ${zip})
