/* The same on every machine: what its registry and environment say does not count. */
#include "core/settings.h"

UINT32 settings_number(const WCHAR *name, UINT32 otherwise)
{
    (void)name;
    return otherwise;
}

HRESULT settings_text(const WCHAR *name, char **text)
{
    (void)name;
    *text = NULL;
    return S_FALSE;
}
