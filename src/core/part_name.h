/* The name of a part file. Any thread. */
#ifndef DOSVC_CORE_PART_NAME_H
#define DOSVC_CORE_PART_NAME_H

#include "base/platform.h"

/* "DO<16 hex digits>.tmp" in the folder of `target`, never used before; freed with mem_free. */
HRESULT part_name_make(const WCHAR *target, WCHAR **name);

#endif
