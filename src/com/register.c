#include "com/register.h"
#include "com/classes.h"
#include "com/unmarshaler.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/module.h"
#include "base/str.h"
#include <stdio.h>
#include <wchar.h>

#define PATH_ROOM 4096        /* characters of the DLL's path, the final 0 included */
#define RECORD L"DosvcServer" /* the value that says a key is ours */
#define KEY_ROOM 128
#define SERVER_NAME L"dosvc.exe"
#define CATEGORIES L"Implemented Categories"
#define MARSHALER L"{00000003-0000-0000-C000-000000000046}" /* CATID_Marshaler */

/* What a class key is to this copy of the DLL. */
enum key_owner
{
    KEY_FREE,
    KEY_OURS,    /* this copy's */
    KEY_ANOTHER, /* another copy's */
    KEY_FOREIGN
};

static HKEY scope_root(enum register_scope scope)
{
    return scope == REGISTER_USER ? HKEY_CURRENT_USER : HKEY_LOCAL_MACHINE;
}

static void class_key(const struct class_entry *entry, WCHAR key[KEY_ROOM])
{
    WCHAR guid[STR_GUID_SIZE];

    str_wide_from_guid(entry->clsid, guid);
    swprintf(key, KEY_ROOM, L"Software\\Classes\\CLSID\\%ls", guid);
}

/* The full path of this DLL. */
static HRESULT own_path(WCHAR path[PATH_ROOM])
{
    DWORD length = GetModuleFileNameW(module_handle(), path, PATH_ROOM);

    if (!length)
        return HRESULT_FROM_WIN32(GetLastError());
    return length < PATH_ROOM ? S_OK : HRESULT_FROM_WIN32(ERROR_FILENAME_EXCED_RANGE);
}

static enum key_owner key_owner(HKEY root, const WCHAR *key, const WCHAR *path)
{
    WCHAR recorded[PATH_ROOM];
    DWORD size = sizeof(recorded);
    LSTATUS status;

    status = RegGetValueW(root, key, RECORD, RRF_RT_REG_SZ, NULL, recorded, &size);
    if (!status)
        return str_equal_nocase_wide(recorded, path) ? KEY_OURS : KEY_ANOTHER;
    if (status == ERROR_MORE_DATA)
        return KEY_ANOTHER;
    /* A record that is missing or unreadable makes a key that exists somebody else's. */
    status = RegGetValueW(root, key, NULL, RRF_RT_ANY, NULL, NULL, NULL);
    if (status == ERROR_FILE_NOT_FOUND)
    {
        HKEY handle;

        status = RegOpenKeyExW(root, key, 0, KEY_READ, &handle);
        if (!status)
            RegCloseKey(handle);
    }
    return status == ERROR_FILE_NOT_FOUND || status == ERROR_PATH_NOT_FOUND ? KEY_FREE
                                                                            : KEY_FOREIGN;
}

/* Whether the class may be registered. A shared id is taken if the machine has it, even where only
 * the user's keys are written: those would hide the machine's. */
static bool is_available(enum register_scope scope, const struct class_entry *entry,
                         const WCHAR *path)
{
    WCHAR key[KEY_ROOM];

    class_key(entry, key);
    if (key_owner(scope_root(scope), key, path) == KEY_FOREIGN)
        return false;
    return entry->owner == CLASS_OURS || scope == REGISTER_MACHINE ||
           key_owner(HKEY_LOCAL_MACHINE, key, path) != KEY_FOREIGN;
}

static LSTATUS set_text(HKEY root, const WCHAR *key, const WCHAR *name, const WCHAR *text)
{
    return RegSetKeyValueW(root, key, name, REG_SZ, text,
                           (DWORD)((wcslen(text) + 1) * sizeof(*text)));
}

/* The local server stands beside this DLL; false: it is not installed. */
static bool server_path(const WCHAR *path, WCHAR quoted[PATH_ROOM + 2])
{
    const WCHAR *slash = wcsrchr(path, '\\');
    int folder = slash ? (int)(slash - path) : 0;

    if (folder + wcslen(SERVER_NAME) + 4 > PATH_ROOM)
        return false;
    swprintf(quoted, PATH_ROOM + 2, L"%.*ls\\" SERVER_NAME, folder, path);
    if (GetFileAttributesW(quoted) == INVALID_FILE_ATTRIBUTES)
        return false;
    swprintf(quoted, PATH_ROOM + 2, L"\"%.*ls\\" SERVER_NAME L"\"", folder, path);
    return true;
}

/* Removes the key unless there is something in it. */
static void delete_if_empty(HKEY root, const WCHAR *key)
{
    DWORD keys = 0, values = 0;
    HKEY handle;

    if (RegOpenKeyExW(root, key, 0, KEY_READ, &handle))
        return;
    if (RegQueryInfoKeyW(handle, NULL, NULL, NULL, &keys, NULL, NULL, &values, NULL, NULL, NULL,
                         NULL))
        keys = 1;
    RegCloseKey(handle);
    if (!keys && !values)
        RegDeleteKeyW(root, key);
}

static LSTATUS delete_value(HKEY root, const WCHAR *key, const WCHAR *name)
{
    LSTATUS status = RegDeleteKeyValueW(root, key, name);

    return status == ERROR_FILE_NOT_FOUND ? ERROR_SUCCESS : status;
}

/* A key's only text. */
static LSTATUS remove_text(HKEY root, const WCHAR *key)
{
    LSTATUS status = delete_value(root, key, NULL);

    delete_if_empty(root, key);
    return status;
}

/* What a class has beside InprocServer32. */
static LSTATUS write_extras(HKEY root, const struct class_entry *entry, const WCHAR *key,
                            const WCHAR *path)
{
    WCHAR extra[KEY_ROOM + 96], quoted[PATH_ROOM + 2];

    if (entry->create == unmarshaler_create)
    {
        swprintf(extra, ARRAY_SIZE(extra), L"%ls\\" CATEGORIES L"\\" MARSHALER, key);
        return set_text(root, extra, NULL, L"");
    }
    swprintf(extra, ARRAY_SIZE(extra), L"%ls\\LocalServer32", key);
    if (!entry->served)
        return ERROR_SUCCESS;
    /* Without one, what is there is that of a copy which is taken over. */
    return server_path(path, quoted) ? set_text(root, extra, NULL, quoted)
                                     : remove_text(root, extra);
}

static HRESULT write_class(HKEY root, const struct class_entry *entry, const WCHAR *path)
{
    WCHAR key[KEY_ROOM], server[KEY_ROOM + 16], quoted[PATH_ROOM + 2];
    LSTATUS status;

    class_key(entry, key);
    swprintf(server, ARRAY_SIZE(server), L"%ls\\InprocServer32", key);
    swprintf(quoted, ARRAY_SIZE(quoted), L"\"%ls\"", path);
    /* The record first: whatever comes after can be taken back. */
    status = set_text(root, key, RECORD, path);
    if (!status)
        status = set_text(root, key, NULL, entry->name);
    if (!status)
        status = set_text(root, server, NULL, quoted);
    if (!status)
        status = set_text(root, server, L"ThreadingModel", L"Both");
    if (!status)
        status = write_extras(root, entry, key, path);
    return HRESULT_FROM_WIN32(status);
}

static LSTATUS remove_extras(HKEY root, const struct class_entry *entry, const WCHAR *key)
{
    WCHAR extra[KEY_ROOM + 96];
    LSTATUS status;

    swprintf(extra, ARRAY_SIZE(extra), L"%ls\\LocalServer32", key);
    if (entry->served)
        return remove_text(root, extra);
    if (entry->create != unmarshaler_create)
        return ERROR_SUCCESS;
    swprintf(extra, ARRAY_SIZE(extra), L"%ls\\" CATEGORIES L"\\" MARSHALER, key);
    status = remove_text(root, extra);
    swprintf(extra, ARRAY_SIZE(extra), L"%ls\\" CATEGORIES, key);
    delete_if_empty(root, extra);
    return status;
}

static HRESULT remove_class(HKEY root, const struct class_entry *entry)
{
    WCHAR key[KEY_ROOM], server[KEY_ROOM + 16];
    LSTATUS status;

    class_key(entry, key);
    swprintf(server, ARRAY_SIZE(server), L"%ls\\InprocServer32", key);
    status = delete_value(root, server, L"ThreadingModel");
    if (!status)
        status = delete_value(root, server, NULL);
    delete_if_empty(root, server);
    if (!status)
        status = remove_extras(root, entry, key);
    if (!status)
        status = delete_value(root, key, NULL);
    /* The record last: until then what is left is known to be ours. */
    if (!status)
        status = delete_value(root, key, RECORD);
    delete_if_empty(root, key);
    return HRESULT_FROM_WIN32(status);
}

static HRESULT unregister_set(enum register_scope scope, bool bits_only)
{
    HKEY root = scope_root(scope);
    HRESULT hr, result = S_OK;
    WCHAR *path, key[KEY_ROOM];
    size_t i;

    path = mem_array_alloc(PATH_ROOM, sizeof(*path));
    if (!path)
        return E_OUTOFMEMORY;
    result = own_path(path);
    for (i = 0; i < class_count && SUCCEEDED(result); i++)
    {
        if (bits_only && class_table[i].owner != CLASS_BITS)
            continue;
        class_key(&class_table[i], key);
        if (key_owner(root, key, path) != KEY_OURS)
            continue;
        hr = remove_class(root, &class_table[i]);
        if (FAILED(hr))
            result = hr;
    }
    mem_free(path);
    return result;
}

HRESULT unregister_classes(enum register_scope scope)
{
    return unregister_set(scope, false);
}

HRESULT unregister_bits_classes(enum register_scope scope)
{
    return unregister_set(scope, true);
}

/* Whether an entry is meant at all, and whether its being taken is an error. */
static bool is_wanted(const struct class_entry *entry, bool bits)
{
    return (entry->owner == CLASS_BITS) == bits;
}

static HRESULT write_classes(enum register_scope scope, bool bits, const WCHAR *path)
{
    HRESULT hr = S_OK;
    size_t i;

    for (i = 0; i < class_count; i++)
    {
        if (!is_wanted(&class_table[i], bits) || class_table[i].owner == CLASS_SHARED)
            continue;
        if (is_available(scope, &class_table[i], path))
            continue;
        WARN("%s belongs to somebody else; nothing is registered", LOG_GUID(class_table[i].clsid));
        return HRESULT_FROM_WIN32(ERROR_ALREADY_EXISTS);
    }
    for (i = 0; i < class_count && SUCCEEDED(hr); i++)
    {
        if (!is_wanted(&class_table[i], bits))
            continue;
        if (is_available(scope, &class_table[i], path))
            hr = write_class(scope_root(scope), &class_table[i], path);
        else
            INFO("%s belongs to somebody else and is left alone", LOG_GUID(class_table[i].clsid));
    }
    return hr;
}

static HRESULT register_set(enum register_scope scope, bool bits)
{
    WCHAR *path = mem_array_alloc(PATH_ROOM, sizeof(*path));
    HRESULT hr;

    if (!path)
        return E_OUTOFMEMORY;
    hr = own_path(path);
    if (SUCCEEDED(hr))
        hr = write_classes(scope, bits, path);
    if (SUCCEEDED(hr) && scope == REGISTER_USER)
        INFO("registered for the current user; Wine 8 does not read these keys");
    mem_free(path);
    return hr;
}

HRESULT register_classes(enum register_scope scope)
{
    return register_set(scope, false);
}

HRESULT register_bits_classes(enum register_scope scope)
{
    return register_set(scope, true);
}

bool class_is_registered(const struct class_entry *entry)
{
    WCHAR *path = mem_array_alloc(PATH_ROOM, sizeof(*path)), key[KEY_ROOM];
    bool is = false;

    class_key(entry, key);
    if (path && SUCCEEDED(own_path(path)))
        is = key_owner(HKEY_LOCAL_MACHINE, key, path) == KEY_OURS ||
             key_owner(HKEY_CURRENT_USER, key, path) == KEY_OURS;
    mem_free(path);
    return is;
}
