/* There is no disk, so every name is as good as another. */
#include "core/part_name.h"

#include "base/mem.h"

HRESULT part_name_make(const WCHAR *target, WCHAR **name)
{
    *name = mem_wcsdup(target);
    return *name ? S_OK : E_OUTOFMEMORY;
}
