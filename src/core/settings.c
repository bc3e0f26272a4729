#include "core/settings.h"

#include "base/lock.h"
#include "base/mem.h"
#include "base/str.h"

#include <wchar.h>

#define POLICIES L"SOFTWARE\\Policies\\Microsoft\\Windows\\DeliveryOptimization"
#define OWN L"Software\\dosvc"
#define VARIABLE L"DOSVC_SETTINGS"
#define TEXT_MAX 8192  /* characters */
#define GOOD_FOR_MS 50 /* real time: what the registry said of a number */
#define REMEMBERED 64

/* ---- numbers in the registry ---- */

struct number
{
    DWORD value;
    bool is_set;
};

/* What both keys say of a name. Clients' calls ask for limits thousands of times a second, and each
 * answer of the registry is several calls into the kernel. */
struct remembered
{
    const WCHAR *name; /* the caller's literal */
    ULONGLONG read_at; /* GetTickCount64() */
    struct number policy, own;
};

static struct lock memory_lock = LOCK_INIT(LOCK_LEAF);
static struct remembered memory[REMEMBERED]; /* in no order; the first without a name ends it */

static struct number read_number(HKEY root, const WCHAR *path, const WCHAR *name)
{
    struct number number = {0, false};
    DWORD size = sizeof(number.value);

    number.is_set = !RegGetValueW(root, path, name, RRF_RT_REG_DWORD, NULL, &number.value, &size);
    return number;
}

/* Where it is remembered, or is to be; NULL: there is no room. */
static struct remembered *find_locked(const WCHAR *name)
{
    size_t i;

    for (i = 0; i < REMEMBERED; i++)
        if (!memory[i].name || !wcscmp(memory[i].name, name))
            return &memory[i];
    return NULL;
}

static struct remembered registry_number(const WCHAR *name)
{
    struct remembered found = {.name = NULL}, *at;
    ULONGLONG now = GetTickCount64();

    lock_take_shared(&memory_lock);
    if ((at = find_locked(name)))
        found = *at;
    lock_drop_shared(&memory_lock);
    if (found.name && now - found.read_at < GOOD_FOR_MS)
        return found;
    found.name = name;
    found.read_at = now;
    found.policy = read_number(HKEY_LOCAL_MACHINE, POLICIES, name);
    found.own = read_number(HKEY_CURRENT_USER, OWN, name);
    lock_take(&memory_lock);
    if ((at = find_locked(name)))
        *at = found;
    lock_drop(&memory_lock);
    return found;
}

/* ---- one place each; false: it is not set there ---- */

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
    struct remembered registry = registry_number(name);
    UINT32 number = otherwise;

    if (registry.policy.is_set)
        return registry.policy.value;
    if (!number_in_environment(name, &number) && registry.own.is_set)
        number = registry.own.value;
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
