/* The cache of docs/fleet.md, a real nginx, in front of an origin that gives 8 MiB/s: 40 clients
 * that begin at the same moment. They are in four processes, each with ten connections. */
#include "testkit/kit.h"

#include <stdlib.h>
#include <string.h>

#define SIZE ((size_t)64 << 20)
#define RATE ((uint64_t)8 << 20)
#define SEED 7
#define PROCESSES 4
#define CLIENTS 10 /* of a process */
#define FIRST_MS 3000
#define LAST_MS 20000
#define LIMIT_MS 60000

/* ---- a client: a download into a stream that knows what must come ---- */

struct client
{
    ISequentialStream ISequentialStream_iface;
    LONG references;
    const char *expected;
    size_t size;
    volatile LONG wrong;
    volatile ULONGLONG first; /* GetTickCount64() of the first byte; 0: none yet */
    volatile ULONGLONG last;
    IDODownload *download;
};

static struct client *client_from(ISequentialStream *iface)
{
    return CONTAINING_RECORD(iface, struct client, ISequentialStream_iface);
}

static HRESULT STDMETHODCALLTYPE client_QueryInterface(ISequentialStream *iface, REFIID iid,
                                                       void **out)
{
    *out = NULL;
    if (!IsEqualGUID(iid, &IID_IUnknown) && !IsEqualGUID(iid, &IID_ISequentialStream) &&
        !IsEqualGUID(iid, &IID_IStream))
        return E_NOINTERFACE;
    ISequentialStream_AddRef(iface);
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE client_AddRef(ISequentialStream *iface)
{
    return (ULONG)InterlockedIncrement(&client_from(iface)->references);
}

static ULONG STDMETHODCALLTYPE client_Release(ISequentialStream *iface)
{
    return (ULONG)InterlockedDecrement(&client_from(iface)->references);
}

static HRESULT STDMETHODCALLTYPE client_Read(ISequentialStream *iface, void *data, ULONG size,
                                             ULONG *read)
{
    (void)iface;
    (void)data;
    (void)size;
    (void)read;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE client_Write(ISequentialStream *iface, const void *data,
                                              ULONG size, ULONG *written)
{
    struct client *client = client_from(iface);

    if (!client->first)
        client->first = GetTickCount64();
    if (size > SIZE - client->size || memcmp(client->expected + client->size, data, size))
        client->wrong = 1;
    client->size += size;
    if (client->size == SIZE)
        client->last = GetTickCount64();
    if (written)
        *written = size;
    return S_OK;
}

static ISequentialStreamVtbl client_vtbl = {client_QueryInterface, client_AddRef, client_Release,
                                            client_Read, client_Write};

static bool open_client(struct client *client, IDOManager *manager, const wchar_t *url)
{
    VARIANT value;

    client->ISequentialStream_iface.lpVtbl = &client_vtbl;
    client->references = 1;
    V_VT(&value) = VT_UNKNOWN;
    V_UNKNOWN(&value) = (IUnknown *)&client->ISequentialStream_iface;
    return SUCCEEDED(IDOManager_CreateDownload(manager, &client->download)) &&
           SUCCEEDED(kit_set_string(client->download, DODownloadProperty_Uri, url)) &&
           SUCCEEDED(IDODownload_SetProperty(client->download, DODownloadProperty_StreamInterface,
                                             &value));
}

/* ---- a process of clients ---- */

static bool all_are_there(const struct client *clients)
{
    int i;

    for (i = 0; i < CLIENTS; i++)
        if (!clients[i].last && !clients[i].wrong)
            return false;
    return true;
}

/* 0: all was as it must be. */
static int judge(const struct client *clients, ULONGLONG began)
{
    ULONGLONG first = 0, last = 0;
    int i;

    for (i = 0; i < CLIENTS; i++)
    {
        if (clients[i].wrong || !clients[i].last)
        {
            printf("client %d: %u bytes%s\n", i, (unsigned int)clients[i].size,
                   clients[i].wrong ? ", not the right ones" : "");
            return 1;
        }
        if (clients[i].first - began > first)
            first = clients[i].first - began;
        if (clients[i].last - began > last)
            last = clients[i].last - began;
    }
    printf("first byte after %u ms, last after %u ms\n", (unsigned int)first, (unsigned int)last);
    return first > FIRST_MS || last > LAST_MS;
}

/* The parent counts those that are ready, and then says go. */
static int run_clients(const wchar_t *url)
{
    struct client *clients = calloc(CLIENTS, sizeof(*clients));
    HANDLE ready = OpenSemaphoreW(SEMAPHORE_ALL_ACCESS, FALSE, L"dosvc fleet ready");
    HANDLE go = OpenEventW(SYNCHRONIZE, FALSE, L"dosvc fleet go");
    char *expected = malloc(SIZE);
    IBackgroundCopyManager *plain;
    IDOManager *manager = NULL;
    ULONGLONG began;
    int i, code = 1;

    if (!clients || !expected || !ready || !go || FAILED(CoInitializeEx(NULL, 0)) ||
        FAILED(kit_manager(&CLSID_DosvcManager, &plain)))
        return 1;
    content_fill(SEED, 0, expected, SIZE);
    manager = kit_face(plain, &IID_IDOManager);
    for (i = 0; i < CLIENTS; i++)
    {
        clients[i].expected = expected;
        if (!open_client(&clients[i], manager, url))
            return 1;
    }
    ReleaseSemaphore(ready, 1, NULL);
    if (WaitForSingleObject(go, LIMIT_MS))
        return 1;
    began = GetTickCount64();
    for (i = 0; i < CLIENTS; i++)
        if (FAILED(IDODownload_Start(clients[i].download, NULL)))
            return 1;
    while (!all_are_there(clients) && GetTickCount64() - began < LIMIT_MS)
        kit_pass(20);
    code = judge(clients, began);
    for (i = 0; i < CLIENTS; i++)
    {
        IDODownload_Abort(clients[i].download);
        IDODownload_Release(clients[i].download);
    }
    IDOManager_Release(manager);
    IBackgroundCopyManager_Release(plain);
    CoUninitialize();
    return code;
}

/* ---- the test ---- */

/* Where the nginx of testkit/fleet.sh listens; 0: it does not run. */
static int cache_port(void)
{
    wchar_t folder[MAX_PATH], path[2 * MAX_PATH];
    int port = 0;
    FILE *file;

    if (!GetEnvironmentVariableW(L"DOSVC_FLEET", folder, MAX_PATH))
        return 0;
    swprintf(path, ARRAY_SIZE(path), L"%ls\\port", folder);
    if (!(file = _wfopen(path, L"r")))
        return 0;
    if (fscanf(file, "%d", &port) != 1)
        port = 0;
    fclose(file);
    return port;
}

static void show(const struct kit_child *child)
{
    FILE *file = _wfopen(child->output, L"r");
    char line[200];

    while (file && fgets(line, sizeof(line), file))
        print_message("%s", line);
    if (file)
        fclose(file);
}

static void forty_clients_cost_the_origin_one_file(void **state)
{
    struct kit *kit = *state;
    struct kit_child children[PROCESSES];
    HANDLE ready, go;
    wchar_t text[200], home[MAX_PATH], url[HTTPD_URL_MAX];
    uint64_t cost;
    int i, port = cache_port(), failed = 0, came = 0;

    if (!port)
        skip();
    HTTPD_SCRIPT(kit->httpd, "/file", {.seed = SEED, .size = SIZE, .rate = RATE, .etag = "\"7\""});
    ready = CreateSemaphoreW(NULL, 0, PROCESSES, L"dosvc fleet ready");
    go = CreateEventW(NULL, TRUE, FALSE, L"dosvc fleet go");
    assert_non_null(ready);
    assert_non_null(go);
    swprintf(text, ARRAY_SIZE(text), L"DOCacheHost=127.0.0.1:%d;MaxTransfersPerHost=%d", port,
             CLIENTS);
    kit_environment(L"DOSVC_SETTINGS", text);
    for (i = 0; i < PROCESSES; i++)
    {
        swprintf(text, ARRAY_SIZE(text), L"home-%d", i);
        kit_path(kit, text, home);
        CreateDirectoryW(home, NULL);
        kit_environment(L"DOSVC_HOME", home);
        kit_child(&children[i], kit, httpd_wide_url(kit->httpd, "/file?client=1", url));
    }
    for (i = 0; i < PROCESSES; i++)
        came += !WaitForSingleObject(ready, LIMIT_MS);
    SetEvent(go);
    for (i = 0; i < PROCESSES; i++)
        failed += kit_child_wait(&children[i], LIMIT_MS + 10000) != 0;
    for (i = 0; i < PROCESSES && !failed; i++)
        show(&children[i]);
    kit_environment(L"DOSVC_SETTINGS", NULL);
    CloseHandle(ready);
    CloseHandle(go);
    cost = httpd_bytes_sent(kit->httpd, "/file");
    print_message("the origin sent %.3f times the file\n", (double)cost / (double)SIZE);
    assert_int_equal(PROCESSES, came);
    assert_int_equal(0, failed);
    assert_true(cost <= SIZE + SIZE / 50);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(forty_clients_cost_the_origin_one_file, kit_setup,
                                        kit_teardown),
    };
    wchar_t url[HTTPD_URL_MAX];

    kit_process(NULL);
    if (argc == 2)
    {
        MultiByteToWideChar(CP_UTF8, 0, argv[1], -1, url, HTTPD_URL_MAX);
        return run_clients(url);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
