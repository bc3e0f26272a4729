#ifndef IO_HTTP_GLOBAL_H
#define IO_HTTP_GLOBAL_H

#include "base/platform.h"

/* libcurl's process-wide state, counted: initialised for the first struct http and cleaned up with
 * the last, so that a DLL that is to be unloaded holds nothing. Its memory is base/mem's. Any
 * thread. */
HRESULT http_global_acquire(void);
void http_global_release(void);

#endif
