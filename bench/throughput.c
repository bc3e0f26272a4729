/*
 * One file over http, four ways, in one run: dosvc, a bare recv + WriteFile loop, libcurl's easy
 * interface, and the BITS that the system itself has (Wine's qmgr). Prints medians and ratios.
 *
 *     throughput URL [RUNS [WAY]]
 *
 * The ways alternate, so that a busy moment of the machine hits all of them.
 */
#include "bench.h"

#include <curl/curl.h>
#include <psapi.h>

#define RUNS_MAX 15

static HRESULT by_job(const CLSID *clsid, DWORD context, const struct bench_target *target)
{
    struct bench_waiter waiter;
    IBackgroundCopyManager *manager = NULL;
    IBackgroundCopyJob *job = NULL;
    HRESULT hr;
    GUID id;

    if (FAILED(hr = CoCreateInstance(clsid, NULL, context, &IID_IBackgroundCopyManager,
                                     (void **)&manager)))
        return hr;
    bench_waiter_init(&waiter);
    if (SUCCEEDED(hr = IBackgroundCopyManager_CreateJob(manager, L"bench", BG_JOB_TYPE_DOWNLOAD,
                                                        &id, &job)))
    {
        hr = IBackgroundCopyJob_AddFile(job, target->wide_url, target->path);
        if (SUCCEEDED(hr))
            hr = IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_FOREGROUND);
        if (SUCCEEDED(hr))
            hr = IBackgroundCopyJob_SetNotifyInterface(job, (IUnknown *)&waiter.callback);
        if (SUCCEEDED(hr))
            hr = IBackgroundCopyJob_Resume(job);
        if (SUCCEEDED(hr))
            hr = bench_waiter_wait(&waiter, job, 300000);
        if (SUCCEEDED(hr))
            hr = IBackgroundCopyJob_Complete(job);
        else
            IBackgroundCopyJob_Cancel(job);
        IBackgroundCopyJob_Release(job);
    }
    IBackgroundCopyManager_Release(manager);
    bench_waiter_cleanup(&waiter);
    return hr;
}

static HRESULT by_dosvc(const struct bench_target *target)
{
    return by_job(&CLSID_DosvcManager, CLSCTX_INPROC_SERVER, target);
}

static HRESULT by_bits(const struct bench_target *target)
{
    return by_job(&CLSID_BackgroundCopyManager, CLSCTX_LOCAL_SERVER, target);
}

static HRESULT by_loop(const struct bench_target *target)
{
    const DWORD capacity = 1 << 20;
    char *buffer = malloc(capacity);
    char request[1024];
    HANDLE file = bench_create(target->path);
    SOCKET server = bench_connect(target);
    HRESULT hr = E_FAIL;
    UINT64 left = target->size;
    bool in_body = false;

    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n",
             target->url_path, target->host);
    if (server == INVALID_SOCKET || file == INVALID_HANDLE_VALUE || !buffer)
        goto done;
    if (send(server, request, (int)strlen(request), 0) < 0)
        goto done;
    while (left)
    {
        int got = recv(server, buffer, (int)capacity, 0);
        char *body = buffer;
        DWORD written;

        if (got <= 0)
            goto done;
        if (!in_body)
        {
            buffer[MIN(got, (int)capacity - 1)] = 0;
            if (!(body = strstr(buffer, "\r\n\r\n")))
                goto done;
            body += 4;
            got -= (int)(body - buffer);
            in_body = true;
        }
        if (got && !WriteFile(file, body, (DWORD)got, &written, NULL))
            goto done;
        left -= (UINT64)got;
    }
    hr = FlushFileBuffers(file) ? S_OK : HRESULT_FROM_WIN32(GetLastError());

done:
    if (server != INVALID_SOCKET)
        closesocket(server);
    if (file != INVALID_HANDLE_VALUE)
        CloseHandle(file);
    free(buffer);
    return hr;
}

static size_t curl_body(char *data, size_t size, size_t count, void *file)
{
    DWORD written = 0;

    return WriteFile(file, data, (DWORD)(size * count), &written, NULL) ? written : 0;
}

static HRESULT by_curl(const struct bench_target *target)
{
    HANDLE file = bench_create(target->path);
    CURL *curl = curl_easy_init();
    CURLcode code;

    curl_easy_setopt(curl, CURLOPT_URL, target->url);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, curl_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, file);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    code = curl_easy_perform(curl);
    curl_easy_cleanup(curl);
    CloseHandle(file);
    return code == CURLE_OK ? S_OK : E_FAIL;
}

static const struct way
{
    const char *name;
    HRESULT (*run)(const struct bench_target *target);
} ways[] = {{"dosvc", by_dosvc}, {"loop", by_loop}, {"curl", by_curl}, {"bits", by_bits}};

int main(int argc, char **argv)
{
    static double seconds[ARRAY_SIZE(ways)][RUNS_MAX];
    unsigned int runs = argc > 2 ? (unsigned int)atoi(argv[2]) : 5;
    double median[ARRAY_SIZE(ways)];
    struct bench_target target;
    struct bench_memory memory;
    unsigned int run;
    SIZE_T growth = 0;
    size_t i;

    if (argc < 2 || !runs || runs > RUNS_MAX || !bench_target_init(&target, argv[1]))
    {
        fprintf(stderr, "usage: throughput URL [RUNS, at most %d [WAY]]\n", RUNS_MAX);
        return 2;
    }
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    curl_global_init(CURL_GLOBAL_ALL);
    for (run = 0; run < runs; run++)
        for (i = 0; i < ARRAY_SIZE(ways); i++)
        {
            double start = bench_now();
            HRESULT hr;

            if (argc > 3 && strcmp(argv[3], ways[i].name))
                continue;
            bench_memory_start(&memory);
            hr = ways[i].run(&target);
            seconds[i][run] = bench_now() - start;
            if (!i)
                growth = bench_memory_stop(&memory);
            else
                bench_memory_stop(&memory);
            if (FAILED(hr) || bench_size(target.path) != target.size)
            {
                fprintf(stderr, "%s failed: 0x%08x\n", ways[i].name, (unsigned int)hr);
                if (i < 3)
                    return 1;
                seconds[i][run] = 0;
            }
            DeleteFileW(target.path);
        }
    printf("%llu MiB, %u runs, medians\n", target.size >> 20, runs);
    for (i = 0; i < ARRAY_SIZE(ways); i++)
    {
        median[i] = bench_median(seconds[i], runs);
        printf("%-6s %8.1f MB/s   dosvc is %5.2f times as fast\n", ways[i].name,
               median[i] ? (double)target.size / 1e6 / median[i] : 0.0, median[i] / median[0]);
    }
    printf("memory grew by %.1f MiB during the last run of dosvc\n", (double)growth / (1 << 20));
    CoUninitialize();
    return 0;
}
