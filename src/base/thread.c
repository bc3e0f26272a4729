#include "base/thread.h"

#include "base/fault.h"
#include "base/handle.h"
#include "base/log.h"
#include "base/mem.h"

/* Reserved, not committed: a client's callback may run here and may expect what a main thread has.
 */
#define STACK_RESERVE (1024 * 1024)

struct thread
{
    const char *name;
    void (*run)(void *);
    void *context;
    HMODULE module; /* counted; given back by the thread's last call */
};

static volatile LONG live;

/* For debuggers and dumps; Windows 10 1607 and later. */
static void show_name(const char *name)
{
    typedef HRESULT(WINAPI * set_description)(HANDLE, PCWSTR);
    HMODULE kernel = GetModuleHandleW(L"kernel32.dll");
    set_description set;
    WCHAR wide[64];

    set = (set_description)(void (*)(void))GetProcAddress(kernel, "SetThreadDescription");
    if (set && MultiByteToWideChar(CP_UTF8, 0, name, -1, wide, ARRAY_SIZE(wide)))
        set(GetCurrentThread(), wide);
}

static DWORD WINAPI thread_main(void *argument)
{
    struct thread thread = *(struct thread *)argument;

    mem_free(argument);
    show_name(thread.name);
    TRACE("%s begins", thread.name);
    thread.run(thread.context);
    TRACE("%s ends", thread.name);
    InterlockedDecrement(&live);
    FreeLibraryAndExitThread(thread.module, 0);
}

static HRESULT pin_module(HMODULE *module)
{
    if (GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, (const WCHAR *)&live, module))
        return S_OK;
    return HRESULT_FROM_WIN32(GetLastError());
}

static HANDLE create(struct thread *thread)
{
    if (fault_hit(FAULT_THREAD))
    {
        SetLastError(fault_error(FAULT_THREAD));
        return NULL;
    }
    return CreateThread(NULL, STACK_RESERVE, thread_main, thread, STACK_SIZE_PARAM_IS_A_RESERVATION,
                        NULL);
}

HRESULT thread_start(const char *name, void (*run)(void *), void *context, HANDLE *joinable)
{
    struct thread *thread;
    HANDLE handle;
    HRESULT hr;

    if (!(thread = mem_alloc(sizeof(*thread))))
        return E_OUTOFMEMORY;
    thread->name = name;
    thread->run = run;
    thread->context = context;
    if (FAILED(hr = pin_module(&thread->module)))
    {
        mem_free(thread);
        return hr;
    }

    InterlockedIncrement(&live);
    if (!(handle = create(thread)))
    {
        hr = HRESULT_FROM_WIN32(GetLastError());
        ERR("cannot start %s, 0x%08lx", name, hr);
        InterlockedDecrement(&live);
        FreeLibrary(thread->module);
        mem_free(thread);
        return hr;
    }
    if (joinable)
        *joinable = handle_adopt(handle);
    else
        CloseHandle(handle);
    return S_OK;
}

LONG thread_live(void)
{
    return live;
}
