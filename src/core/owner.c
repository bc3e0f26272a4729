#include "core/owner.h"

#include "base/handle.h"
#include "base/mem.h"

#include <sddl.h>

HRESULT owner_of_process(WCHAR **sid)
{
    BYTE buffer[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    HANDLE token = NULL;
    WCHAR *text = NULL;
    DWORD size;
    HRESULT hr = S_OK;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return HRESULT_FROM_WIN32(GetLastError());
    handle_adopt(token);
    if (!GetTokenInformation(token, TokenUser, buffer, sizeof(buffer), &size) ||
        !ConvertSidToStringSidW(((TOKEN_USER *)buffer)->User.Sid, &text))
        hr = HRESULT_FROM_WIN32(GetLastError());
    else if (!(*sid = mem_wcsdup(text)))
        hr = E_OUTOFMEMORY;
    LocalFree(text);
    handle_close(token);
    return hr;
}
