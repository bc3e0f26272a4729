#include "io/places.h"

#include "base/fault.h"
#include "base/handle.h"
#include "base/log.h"
#include "base/mem.h"

#include <sddl.h>
#include <wchar.h>

#define LONG_PATH 200 /* characters: with a file's name beyond it, Windows wants the prefix */
#define PREFIX L"\\\\?\\"

static HRESULT last_error(void)
{
    return HRESULT_FROM_WIN32(GetLastError());
}

/* ---- names ---- */

/* An environment variable; NULL where it is empty or not set, or for want of memory, which *hr
 * tells. */
static WCHAR *environment(const WCHAR *name, HRESULT *hr)
{
    DWORD size = GetEnvironmentVariableW(name, NULL, 0);
    WCHAR *value;

    if (size <= 1)
        return NULL;
    if (!(value = mem_array_alloc(size, sizeof(*value))))
    {
        *hr = E_OUTOFMEMORY;
        return NULL;
    }
    if (GetEnvironmentVariableW(name, value, size) == size - 1)
        return value;
    mem_free(value); /* changed in between */
    return NULL;
}

static HRESULT append(const WCHAR *folder, const WCHAR *name, WCHAR **path)
{
    size_t size = wcslen(folder) + wcslen(name) + 2;
    WCHAR *text = mem_array_alloc(size, sizeof(*text));

    if (!text)
        return E_OUTOFMEMORY;
    swprintf(text, size, L"%ls\\%ls", folder, name);
    *path = text;
    return S_OK;
}

static HRESULT configured_folder(WCHAR **folder)
{
    WCHAR *data, *home;
    HRESULT hr = S_OK;

    if ((home = environment(L"DOSVC_HOME", &hr)))
    {
        *folder = home;
        return S_OK;
    }
    if (FAILED(hr))
        return hr;
    if (!(data = environment(L"LOCALAPPDATA", &hr)))
    {
        if (FAILED(hr))
            return hr;
        ERR("neither DOSVC_HOME nor LOCALAPPDATA is set");
        return HRESULT_FROM_WIN32(ERROR_ENVVAR_NOT_FOUND);
    }
    hr = append(data, L"dosvc", folder);
    mem_free(data);
    return hr;
}

/* Absolute, without a final backslash, prefixed where it is long. */
static HRESULT full_path(const WCHAR *path, WCHAR **full)
{
    DWORD size = GetFullPathNameW(path, 0, NULL, NULL), length;
    size_t room = size + ARRAY_SIZE(PREFIX);
    WCHAR *text;
    bool plain;

    if (!size)
        return last_error();
    if (!(text = mem_array_alloc(room, sizeof(*text))))
        return E_OUTOFMEMORY;
    length = GetFullPathNameW(path, size, text, NULL);
    if (!length || length >= size)
    {
        mem_free(text);
        return HRESULT_FROM_WIN32(ERROR_BAD_PATHNAME);
    }
    while (length > 3 && text[length - 1] == '\\')
        text[--length] = 0;
    plain = text[1] == ':';
    if (plain && length > LONG_PATH)
    {
        wmemmove(text + ARRAY_SIZE(PREFIX) - 1, text, length + 1);
        wmemcpy(text, PREFIX, ARRAY_SIZE(PREFIX) - 1);
    }
    *full = text;
    return S_OK;
}

/* ---- the folder ---- */

static HRESULT user_sid(WCHAR **sid)
{
    union
    {
        TOKEN_USER user;
        BYTE room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    } of;
    HANDLE token;
    HRESULT hr = S_OK;
    DWORD size;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return last_error();
    if (!GetTokenInformation(token, TokenUser, &of, sizeof(of), &size) ||
        !ConvertSidToStringSidW(of.user.User.Sid, sid))
        hr = last_error();
    CloseHandle(token);
    return hr;
}

/* The user's and SYSTEM's alone, and what is made below it as well; to be ended with LocalFree. */
static HRESULT private_descriptor(PSECURITY_DESCRIPTOR *descriptor)
{
    WCHAR text[64 + SECURITY_MAX_SID_SIZE * 4];
    WCHAR *sid;
    HRESULT hr;

    if (FAILED(hr = user_sid(&sid)))
        return hr;
    swprintf(text, ARRAY_SIZE(text), L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;%ls)", sid);
    LocalFree(sid);
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(text, SDDL_REVISION_1, descriptor,
                                                              NULL))
        return last_error();
    return S_OK;
}

static bool is_folder(const WCHAR *path)
{
    DWORD attributes = GetFileAttributesW(path);

    return attributes != INVALID_FILE_ATTRIBUTES && attributes & FILE_ATTRIBUTE_DIRECTORY;
}

/* Creates the folder and, first, those above it, from the last one that is there. */
static HRESULT create(WCHAR *path, SECURITY_ATTRIBUTES *security)
{
    WCHAR *slash;
    DWORD error;
    HRESULT hr;

    if (CreateDirectoryW(path, security))
        return S_OK;
    error = GetLastError();
    if (is_folder(path))
        return S_OK;
    if (error == ERROR_ALREADY_EXISTS)
        return HRESULT_FROM_WIN32(ERROR_DIRECTORY);
    if (error != ERROR_PATH_NOT_FOUND || !(slash = wcsrchr(path, '\\')))
        return HRESULT_FROM_WIN32(error);
    *slash = 0;
    hr = create(path, security);
    *slash = '\\';
    if (SUCCEEDED(hr) && !CreateDirectoryW(path, security) && !is_folder(path))
        hr = last_error();
    return hr;
}

static HRESULT make_folder(WCHAR *path)
{
    SECURITY_ATTRIBUTES security = {.nLength = sizeof(security)};
    HRESULT hr;

    if (fault_hit(FAULT_OPEN))
        hr = HRESULT_FROM_WIN32(fault_error(FAULT_OPEN));
    else if (SUCCEEDED(hr = private_descriptor(&security.lpSecurityDescriptor)))
    {
        hr = create(path, &security);
        LocalFree(security.lpSecurityDescriptor);
    }
    if (FAILED(hr))
        ERR("cannot make %s, 0x%08lx", LOG_WIDE(path), hr);
    return hr;
}

HRESULT places_queue_folder(WCHAR **folder)
{
    WCHAR *configured, *full = NULL;
    HRESULT hr;

    if (FAILED(hr = configured_folder(&configured)))
        return hr;
    hr = full_path(configured, &full);
    mem_free(configured);
    if (SUCCEEDED(hr) && !is_folder(full))
        hr = make_folder(full);
    if (SUCCEEDED(hr))
        *folder = full;
    else
        mem_free(full);
    return hr;
}
