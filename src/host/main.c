/*
 * dosvc.exe: the local server. COM starts it for programs that ask for CLSCTX_LOCAL_SERVER; by hand
 * it runs what is in the queue. What it does is DosvcServe, of the dosvc.dll beside it; it ends by
 * itself. No window and no output; the exit code is an HRESULT.
 */
#include <windows.h>

#include <stdlib.h>
#include <wchar.h>

#define PATH_CHARS 32768

/* By its full path: Windows has a dosvc.dll of its own. NULL with the last error set. */
static HMODULE load_beside_us(void)
{
    static const WCHAR name[] = L"dosvc.dll";
    WCHAR *path = malloc(PATH_CHARS * sizeof(*path)), *slash = NULL;
    DWORD length = path ? GetModuleFileNameW(NULL, path, PATH_CHARS) : 0;
    HMODULE module = NULL;

    if (length && length < PATH_CHARS)
        slash = wcsrchr(path, L'\\');
    if (slash && (size_t)(slash + 1 - path) + sizeof(name) / sizeof(name[0]) <= PATH_CHARS)
    {
        wcscpy(slash + 1, name);
        module = LoadLibraryExW(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    }
    else
        SetLastError(path ? ERROR_FILENAME_EXCED_RANGE : ERROR_OUTOFMEMORY);
    free(path);
    return module;
}

int WINAPI wWinMain(HINSTANCE instance, HINSTANCE previous, LPWSTR words, int show);

int WINAPI wWinMain(HINSTANCE instance, HINSTANCE previous, LPWSTR words, int show)
{
    HRESULT(STDAPICALLTYPE * serve)(void);
    HMODULE module = load_beside_us();

    (void)instance;
    (void)previous;
    (void)words; /* COM says -Embedding; there is nothing else to do */
    (void)show;
    if (!module)
        return (int)HRESULT_FROM_WIN32(GetLastError());
    serve = (HRESULT(STDAPICALLTYPE *)(void))(void *)GetProcAddress(module, "DosvcServe");
    return (int)(serve ? serve() : HRESULT_FROM_WIN32(GetLastError()));
}
