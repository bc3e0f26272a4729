/* There is no disk: every target can be written, and nothing is. */
#include "io/partfile.h"

HRESULT partfile_probe_target(const WCHAR *path)
{
    (void)path;
    return S_OK;
}

HRESULT partfile_size_at(const WCHAR *path, UINT64 *size)
{
    (void)path;
    (void)size;
    return HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND);
}

HRESULT partfile_rename(const WCHAR *from, const WCHAR *to)
{
    (void)from;
    (void)to;
    return S_OK;
}

HRESULT partfile_delete(const WCHAR *path)
{
    (void)path;
    return S_FALSE;
}

bool partfile_is_in_use(HRESULT hr)
{
    (void)hr;
    return false;
}
