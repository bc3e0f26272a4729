#include "core/owner.h"

#include "base/handle.h"
#include "base/mem.h"

#include <sddl.h>

/* Takes the token. */
static HRESULT owner_of(HANDLE token, WCHAR **sid)
{
    BYTE buffer[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    WCHAR *text = NULL;
    DWORD size;
    HRESULT hr = S_OK;

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

HRESULT owner_of_process(WCHAR **sid)
{
    HANDLE token;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return HRESULT_FROM_WIN32(GetLastError());
    return owner_of(token, sid);
}

HRESULT owner_of_thread(WCHAR **sid)
{
    HANDLE token;

    if (OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token))
        return owner_of(token, sid);
    if (GetLastError() != ERROR_NO_TOKEN)
        return HRESULT_FROM_WIN32(GetLastError());
    return owner_of_process(sid);
}
