/* Who owns the jobs that this process makes. */
#ifndef DOSVC_CORE_OWNER_H
#define DOSVC_CORE_OWNER_H

#include "base/platform.h"

/* The SID of this process's user as text; freed with mem_free. Any thread. */
HRESULT owner_of_process(WCHAR **sid);

/* The same of the user whom this thread impersonates, if it does. */
HRESULT owner_of_thread(WCHAR **sid);

#endif
