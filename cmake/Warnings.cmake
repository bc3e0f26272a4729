set(DOSVC_WARNINGS -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef
  -Werror)
if(DOSVC_UBSAN)
  list(APPEND DOSVC_WARNINGS -fsanitize=undefined -fsanitize-undefined-trap-on-error)
endif()
if(DOSVC_ANALYZE)
  # It does not follow counted references: these two would be wrong.
  list(APPEND DOSVC_WARNINGS -fanalyzer -Wno-analyzer-malloc-leak -Wno-analyzer-use-after-free)
endif()
