#include "core/owner.h"

#include "base/handle.h"
#include "base/mem.h"

#include <sddl.h>

#define SID_TEXT_SIZE 192 /* characters: 15 numbers of 10, and what stands between them */

static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
static WCHAR process_sid[SID_TEXT_SIZE];

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

static BOOL CALLBACK ask_process(INIT_ONCE *init, void *parameter, void **context)
{
    HRESULT *hr = parameter;
    WCHAR *sid = NULL;
    HANDLE token;

    (void)init;
    (void)context;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        *hr = HRESULT_FROM_WIN32(GetLastError());
    else
        *hr = owner_of(token, &sid);
    if (sid)
        lstrcpynW(process_sid, sid, ARRAY_SIZE(process_sid));
    mem_free(sid);
    return sid != NULL;
}

/* A process has the same user for as long as it lives; a failure is not remembered. */
HRESULT owner_of_process(WCHAR **sid)
{
    HRESULT hr = S_OK;

    if (!InitOnceExecuteOnce(&once, ask_process, &hr, NULL))
        return FAILED(hr) ? hr : E_UNEXPECTED;
    *sid = mem_wcsdup(process_sid);
    return *sid ? S_OK : E_OUTOFMEMORY;
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
