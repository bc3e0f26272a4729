#include "core/settings.h"

#include "base/mem.h"
#include "base/str.h"

#include <wchar.h>

#define POLICIES L"SOFTWARE\\Policies\\Microsoft\\Windows\\DeliveryOptimization"
#define OWN L"Software\\dosvc"
#define VARIABLE L"DOSVC_SETTINGS"
#define TEXT_MAX 8192 /* characters */

/* ---- one place each; false: it is not set there ---- */

static bool number_in(HKEY root, const WCHAR *path, const WCHAR *name, UINT32 *number)
{
    DWORD value, size = sizeof(value);

    if (RegGetValueW(root, path, name, RRF_RT_REG_DWORD, NULL, &value, &size))
        return false;
    *number = value;
    return true;
}

/* *text is NULL where memory is short. */
static bool text_in(HKEY root, const WCHAR *path, const WCHAR *name, WCHAR **text)
{
    DWORD size = 0;

    if (RegGetValueW(root, path, name, RRF_RT_REG_SZ, NULL, NULL, &size) ||
        size > TEXT_MAX * sizeof(WCHAR))
        return false;
    size += sizeof(WCHAR); /* it may have grown by the terminator that it lacked */
    *text = mem_zalloc(size);
    if (*text && RegGetValueW(root, path, name, RRF_RT_REG_SZ, NULL, *text, &size))
    {
        mem_free(*text);
        return false;
    }
    return true;
}

static bool text_in_environment(const WCHAR *name, WCHAR **text)
{
    size_t length = wcslen(name);
    WCHAR *all, *at, *end;
    bool found = false;
    DWORD size = GetEnvironmentVariableW(VARIABLE, NULL, 0);

    if (!size)
        return false;
    all = mem_zalloc((size + 1) * sizeof(*all));
    if (!all || GetEnvironmentVariableW(VARIABLE, all, size) >= size)
        size = 0;
    for (at = all; size && *at; at = *end ? end + 1 : end)
    {
        at += wcsspn(at, L" ");
        end = at + wcscspn(at, L";");
        if (_wcsnicmp(at, name, length) || at[length] != '=')
            continue;
        found = true;
        *end = 0;
        *text = mem_wcsdup(at + length + 1);
        break;
    }
    mem_free(all);
    return found;
}

static bool number_in_environment(const WCHAR *name, UINT32 *number)
{
    WCHAR *text = NULL, *end;
    unsigned long value;

    if (!text_in_environment(name, &text) || !text)
        return false;
    value = wcstoul(text, &end, 0);
    if (end == text || end[wcsspn(end, L" ")])
        end = NULL;
    mem_free(text);
    *number = end ? value : *number;
    return end != NULL;
}

/* ---- all of them ---- */

UINT32 settings_number(const WCHAR *name, UINT32 otherwise)
{
    UINT32 number = otherwise;

    if (!number_in(HKEY_LOCAL_MACHINE, POLICIES, name, &number) &&
        !number_in_environment(name, &number))
        number_in(HKEY_CURRENT_USER, OWN, name, &number);
    return number;
}

HRESULT settings_text(const WCHAR *name, char **text)
{
    WCHAR *wide = NULL;

    *text = NULL;
    if (!text_in(HKEY_LOCAL_MACHINE, POLICIES, name, &wide) && !text_in_environment(name, &wide) &&
        !text_in(HKEY_CURRENT_USER, OWN, name, &wide))
        return S_FALSE;
    if (!wide)
        return E_OUTOFMEMORY;
    *text = str_utf8_from_wide(wide);
    mem_free(wide);
    if (*text)
        return S_OK;
    return GetLastError() == ERROR_OUTOFMEMORY ? E_OUTOFMEMORY : S_FALSE;
}
