set(DOSVC_WARNINGS -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef
  -Werror)
if(DOSVC_UBSAN)
  list(APPEND DOSVC_WARNINGS -fsanitize=undefined -fsanitize-undefined-trap-on-error)
endif()
