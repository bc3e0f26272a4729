# cmake -DNM=... -DOBJCOPY=... -DFIRST=list -DREST=list -DFOLDER=...
# [-DOPTIONS=what else objcopy is told] -P: copies into FOLDER
# the objects of FIRST and what they need of REST, where what FIRST defines is not looked for in
# REST. Every name that these define gets a prefix that no C program can have, but for DosvcFake*.
# (The pointers that gcc keeps to a variable, .refptr.NAME, are shared by name with the client's
# objects: they follow their variable.) The copies are listed in FOLDER/list.
cmake_minimum_required(VERSION 3.23)
file(STRINGS ${FIRST} FIRST)
file(STRINGS ${REST} REST)

# defines_OBJECT, needs_OBJECT, and for each name definer_NAME
foreach(object IN LISTS FIRST REST)
  execute_process(COMMAND ${NM} -g -f posix ${object} OUTPUT_VARIABLE lines
    COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[^\n]+" lines "${lines}")
  foreach(line IN LISTS lines)
    if(line MATCHES "^([^ ]+) U")
      list(APPEND needs_${object} "${CMAKE_MATCH_1}")
    elseif(line MATCHES "^([^ ]+) ")
      list(APPEND defines_${object} "${CMAKE_MATCH_1}")
      if(NOT DEFINED "definer_${CMAKE_MATCH_1}")
        set("definer_${CMAKE_MATCH_1}" ${object})
      endif()
    endif()
  endforeach()
endforeach()

set(chosen ${FIRST})
set(open ${FIRST})
while(open)
  list(POP_FRONT open object)
  foreach(name IN LISTS needs_${object})
    if(DEFINED "definer_${name}" AND NOT "${definer_${name}}" IN_LIST chosen)
      list(APPEND chosen "${definer_${name}}")
      list(APPEND open "${definer_${name}}")
    endif()
  endforeach()
endwhile()

set(defined)
foreach(object IN LISTS chosen)
  list(APPEND defined ${defines_${object}})
endforeach()
list(REMOVE_DUPLICATES defined)
set(changes)
foreach(name IN LISTS defined)
  if(name MATCHES "^_?DosvcFake")
    continue()
  elseif(NOT name MATCHES "^\\.refptr\\.(.*)")
    string(APPEND changes "${name} dosvc_fake.${name}\n")
  elseif(CMAKE_MATCH_1 IN_LIST defined)
    string(APPEND changes "${name} .refptr.dosvc_fake.${CMAKE_MATCH_1}\n")
  endif()
endforeach()

file(REMOVE_RECURSE ${FOLDER})
file(MAKE_DIRECTORY ${FOLDER})
file(WRITE ${FOLDER}/names "${changes}")
set(copies "")
foreach(object IN LISTS chosen)
  string(REGEX REPLACE "^.*\\.dir/(\\./)?(src/)?" "" name ${object})
  string(REGEX REPLACE "[/:]" "-" name ${name})
  execute_process(COMMAND ${OBJCOPY} ${OPTIONS} --redefine-syms=${FOLDER}/names ${object} ${FOLDER}/${name}
    COMMAND_ERROR_IS_FATAL ANY)
  string(APPEND copies "\"${FOLDER}/${name}\"\n")
endforeach()
file(WRITE ${FOLDER}/list "${copies}")
