#include "core/part_name.h"

#include "base/mem.h"

#include <bcrypt.h>
#include <stdio.h>
#include <string.h>

#define NAME_CHARS 24 /* "DO", 16 digits, ".tmp", and the end */

HRESULT part_name_make(const WCHAR *target, WCHAR **name)
{
    const WCHAR *slash = wcsrchr(target, '\\');
    size_t folder = slash ? (size_t)(slash - target) + 1 : 0;
    UINT64 random;
    WCHAR *text;

    if (BCryptGenRandom(NULL, (BYTE *)&random, sizeof(random), BCRYPT_USE_SYSTEM_PREFERRED_RNG))
        return E_FAIL;
    if (!(text = mem_array_alloc(folder + NAME_CHARS, sizeof(*text))))
        return E_OUTOFMEMORY;
    memcpy(text, target, folder * sizeof(*text));
    swprintf(text + folder, NAME_CHARS, L"DO%016I64x.tmp", random);
    *name = text;
    return S_OK;
}
