#include "bench.h"

#include <psapi.h>
#include <ws2tcpip.h>

/* ---- the target ---- */

SOCKET bench_connect(const struct bench_target *target)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *address = NULL;
    char name[256];
    SOCKET server;

    lstrcpynA(name, target->host, sizeof(name));
    name[strcspn(name, ":")] = 0;
    if (getaddrinfo(name, target->port, &hints, &address))
        return INVALID_SOCKET;
    server = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(server, address->ai_addr, (int)address->ai_addrlen))
    {
        closesocket(server);
        server = INVALID_SOCKET;
    }
    freeaddrinfo(address);
    return server;
}

static bool ask_size(struct bench_target *target)
{
    char text[4096];
    SOCKET server = bench_connect(target);
    const char *field;
    int got, have = 0;

    if (server == INVALID_SOCKET)
        return false;
    snprintf(text, sizeof(text), "HEAD %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n",
             target->url_path, target->host);
    send(server, text, (int)strlen(text), 0);
    while ((got = recv(server, text + have, (int)sizeof(text) - 1 - have, 0)) > 0)
        have += got;
    closesocket(server);
    text[have] = 0;
    if (!(field = strstr(text, "Content-Length: ")))
        return false;
    target->size = strtoull(field + strlen("Content-Length: "), NULL, 10);
    return true;
}

bool bench_target_init(struct bench_target *target, const char *url)
{
    WCHAR folder[MAX_PATH];
    const char *host, *slash, *colon;
    WSADATA data;

    WSAStartup(MAKEWORD(2, 2), &data);
    memset(target, 0, sizeof(*target));
    if (strncmp(url, "http://", 7) || !(slash = strchr(host = url + 7, '/')))
    {
        fprintf(stderr, "not a plain http URL: %s\n", url);
        return false;
    }
    lstrcpynA(target->url, url, sizeof(target->url));
    MultiByteToWideChar(CP_UTF8, 0, url, -1, target->wide_url, ARRAY_SIZE(target->wide_url));
    lstrcpynA(target->host, host, (int)MIN((size_t)(slash - host) + 1, sizeof(target->host)));
    colon = strchr(target->host, ':');
    lstrcpynA(target->port, colon ? colon + 1 : "80", sizeof(target->port));
    lstrcpynA(target->url_path, slash, sizeof(target->url_path));
    GetTempPathW(MAX_PATH, folder);
    swprintf(target->path, MAX_PATH, L"%lsbench-%lu.bin", folder, GetCurrentProcessId());
    if (ask_size(target))
        return true;
    fprintf(stderr, "the server tells no size for %s\n", url);
    return false;
}

HANDLE bench_create(const WCHAR *path)
{
    return CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
}

UINT64 bench_size(const WCHAR *path)
{
    WIN32_FILE_ATTRIBUTE_DATA data;

    if (!GetFileAttributesExW(path, GetFileExInfoStandard, &data))
        return UINT64_MAX;
    return (UINT64)data.nFileSizeHigh << 32 | data.nFileSizeLow;
}

/* ---- measuring ---- */

double bench_now(void)
{
    LARGE_INTEGER now, frequency;

    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&frequency);
    return (double)now.QuadPart / (double)frequency.QuadPart;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return (left > right) - (left < right);
}

double bench_median(double *values, size_t count)
{
    qsort(values, count, sizeof(*values), compare);
    return values[count / 2];
}

static SIZE_T working_set(void)
{
    PROCESS_MEMORY_COUNTERS counters = {.cb = sizeof(counters)};

    return GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof(counters))
               ? counters.WorkingSetSize
               : 0;
}

static DWORD WINAPI sample(void *context)
{
    struct bench_memory *memory = context;

    while (WaitForSingleObject(memory->stop, 10) == WAIT_TIMEOUT)
    {
        SIZE_T now = working_set();

        if (now > memory->most)
            memory->most = now;
    }
    return 0;
}

void bench_memory_start(struct bench_memory *memory)
{
    memory->before = memory->most = working_set();
    memory->stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    memory->thread = CreateThread(NULL, 0, sample, memory, 0, NULL);
}

SIZE_T bench_memory_stop(struct bench_memory *memory)
{
    SetEvent(memory->stop);
    WaitForSingleObject(memory->thread, INFINITE);
    CloseHandle(memory->thread);
    CloseHandle(memory->stop);
    return memory->most - memory->before;
}

/* ---- waiting for a job ---- */

static HRESULT STDMETHODCALLTYPE waiter_QueryInterface(IBackgroundCopyCallback *iface, REFIID iid,
                                                       void **object)
{
    *object = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IBackgroundCopyCallback))
        return E_NOINTERFACE;
    *object = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE waiter_AddRef(IBackgroundCopyCallback *iface)
{
    (void)iface;
    return 2; /* lives on the stack of who waits, longer than the job may call it */
}

static HRESULT STDMETHODCALLTYPE waiter_JobTransferred(IBackgroundCopyCallback *iface,
                                                       IBackgroundCopyJob *job)
{
    struct bench_waiter *waiter = CONTAINER_OF(iface, struct bench_waiter, callback);

    (void)job;
    waiter->result = S_OK;
    SetEvent(waiter->event);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE waiter_JobError(IBackgroundCopyCallback *iface,
                                                 IBackgroundCopyJob *job,
                                                 IBackgroundCopyError *error)
{
    struct bench_waiter *waiter = CONTAINER_OF(iface, struct bench_waiter, callback);
    BG_ERROR_CONTEXT context;

    (void)job;
    if (FAILED(IBackgroundCopyError_GetError(error, &context, &waiter->result)))
        waiter->result = E_FAIL;
    SetEvent(waiter->event);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE waiter_JobModification(IBackgroundCopyCallback *iface,
                                                        IBackgroundCopyJob *job, DWORD reserved)
{
    (void)iface;
    (void)job;
    (void)reserved;
    return S_OK;
}

static const IBackgroundCopyCallbackVtbl waiter_vtbl = {
    waiter_QueryInterface, waiter_AddRef,   waiter_AddRef,
    waiter_JobTransferred, waiter_JobError, waiter_JobModification};

void bench_waiter_init(struct bench_waiter *waiter)
{
    waiter->callback.lpVtbl = &waiter_vtbl;
    waiter->event = CreateEventW(NULL, TRUE, FALSE, NULL);
    waiter->result = E_FAIL;
}

HRESULT bench_waiter_wait(struct bench_waiter *waiter, IBackgroundCopyJob *job, DWORD ms)
{
    HRESULT hr = WaitForSingleObject(waiter->event, ms) == WAIT_OBJECT_0
                     ? waiter->result
                     : HRESULT_FROM_WIN32(WAIT_TIMEOUT);

    IBackgroundCopyJob_SetNotifyInterface(job, NULL);
    return hr;
}

void bench_waiter_cleanup(struct bench_waiter *waiter)
{
    CloseHandle(waiter->event);
}
