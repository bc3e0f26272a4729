#include "com.h"

#include "code_name.h"
#include "print.h"

#include "dosvc.h"

#include <stdlib.h>
#include <wchar.h>

typedef HRESULT(STDAPICALLTYPE *create_instance)(REFCLSID clsid, REFIID iid, void **object);

HRESULT com_open(void)
{
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);

    if (FAILED(hr))
        print_problem(L"COM cannot be used: 0x%08lX", (unsigned long)hr);
    return hr;
}

void com_close(void)
{
    CoUninitialize();
}

/* The full path of `name` in doctl.exe's folder, or NULL. */
static WCHAR *path_beside_us(const WCHAR *name)
{
    const size_t capacity = 32768;
    WCHAR *path = malloc(capacity * sizeof(*path)), *slash;
    DWORD length = path ? GetModuleFileNameW(NULL, path, (DWORD)capacity) : 0;

    slash = length && length < capacity ? wcsrchr(path, L'\\') : NULL;
    if (slash && (size_t)(slash - path) + wcslen(name) + 2 < capacity)
    {
        wcscpy(slash + 1, name);
        return path;
    }
    free(path);
    return NULL;
}

/* The DLL stays loaded: its objects and its threads are in use until the process ends. */
static create_instance load_creator(void)
{
    static create_instance creator;
    WCHAR *path;
    HMODULE module;

    if (creator || !(path = path_beside_us(L"dosvc.dll")))
        return creator;
    module = LoadLibraryExW(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    if (module)
        creator = (create_instance)(void *)GetProcAddress(module, "DosvcCreateInstance");
    if (creator)
        print_detail(L"not registered: using %ls", path);
    else
        print_detail(L"%ls cannot be used: error %lu", path, GetLastError());
    free(path);
    return creator;
}

HRESULT com_create(REFCLSID clsid, REFIID iid, void **object)
{
    HRESULT hr = CoCreateInstance(clsid, NULL, CLSCTX_INPROC_SERVER, iid, object);
    create_instance creator;

    if (SUCCEEDED(hr))
        return hr;
    print_detail(L"CoCreateInstance: 0x%08lX", (unsigned long)hr);
    creator = load_creator();
    return creator ? creator(clsid, iid, object) : hr;
}

HRESULT com_create_or_say(REFCLSID clsid, REFIID iid, void **object)
{
    HRESULT hr = com_create(clsid, iid, object);
    const WCHAR *name;

    if (SUCCEEDED(hr))
        return hr;
    name = code_name(hr);
    print_problem(
        L"dosvc.dll cannot be used: 0x%08lX %ls\n"
        L"Put it beside doctl.exe, or register it by its full path: regsvr32 .\\dosvc.dll",
        (unsigned long)hr, name ? name : L"");
    return hr;
}
