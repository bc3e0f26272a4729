/* Every n-th allocation of an entry point fails, for each n there is: the answer is E_OUTOFMEMORY,
 * nothing changes and nothing is left behind. Runs on the objects linked into this program. */
#include "testkit/recorder.h"

#include "base/fault.h"
#include "base/handle.h"
#include "base/mem.h"
#include "base/thread.h"
#include "com/factory.h"

#include <stdlib.h>
#include <string.h>

#define ENOUGH 3 /* successes in a row: no allocation is left that could fail */
#define LIMIT 2000

#define URL L"http://127.0.0.1:9/file"

struct world
{
    struct kit kit; /* its folder only */
    struct recorder *recorder;
    IBackgroundCopyManager *manager;
    IDOManager *downloads;
    IBackgroundCopyJob *job; /* with one file */
    IBackgroundCopyFile *file;
    IDODownload *download; /* with Uri and LocalPath */
};

/* What must be the same after a failure. */
struct snapshot
{
    BG_JOB_STATE job_state;
    ULONG files;
    ULONG flags;
    BG_JOB_PRIORITY priority;
    BG_JOB_PROXY_USAGE proxy; /* the lists have no effect without it */
    DODownloadState download_state;
    bool has_callback;
    unsigned int references;
    wchar_t name[64];
    ULONG jobs;
};

/* ---- the world ----------------------------------------------------------------------------------
 */

static void world_init(struct world *world, const struct kit *kit)
{
    IEnumBackgroundCopyFiles *files;
    wchar_t path[MAX_PATH];
    GUID id;

    memset(world, 0, sizeof(*world));
    world->kit = *kit;
    world->recorder = recorder_create();
    assert_hr(S_OK, factory_create_instance(&CLSID_DosvcManager, &IID_IBackgroundCopyManager,
                                            (void **)&world->manager));
    assert_hr(S_OK, IBackgroundCopyManager_QueryInterface(world->manager, &IID_IDOManager,
                                                          (void **)&world->downloads));
    assert_hr(S_OK,
              IBackgroundCopyManager_CreateJob(world->manager, L"before", 0, &id, &world->job));
    assert_hr(S_OK, IBackgroundCopyJob_AddFile(world->job, URL, kit_path(kit, L"a", path)));
    assert_hr(S_OK, IBackgroundCopyJob_EnumFiles(world->job, &files));
    assert_hr(S_OK, IEnumBackgroundCopyFiles_Next(files, 1, &world->file, NULL));
    IEnumBackgroundCopyFiles_Release(files);
    assert_hr(S_OK, IDOManager_CreateDownload(world->downloads, &world->download));
    assert_hr(S_OK, kit_set_string(world->download, DODownloadProperty_Uri, URL));
    assert_hr(S_OK, kit_set_string(world->download, DODownloadProperty_LocalPath,
                                   kit_path(kit, L"b", path)));
}

static void world_cleanup(struct world *world)
{
    IBackgroundCopyJob_Cancel(world->job);
    IDODownload_Abort(world->download);
    IDODownload_Release(world->download);
    IBackgroundCopyFile_Release(world->file);
    IBackgroundCopyJob_Release(world->job);
    IDOManager_Release(world->downloads);
    IBackgroundCopyManager_Release(world->manager);
    assert_true(recorder_wait_released(world->recorder, KIT_LIMIT));
    recorder_release(world->recorder);
}

static void take_snapshot(struct world *world, struct snapshot *snapshot)
{
    IEnumBackgroundCopyJobs *jobs;
    BG_JOB_PROGRESS progress;
    DO_DOWNLOAD_STATUS status;
    IUnknown *callback;
    LPWSTR name, list, bypass;

    memset(snapshot, 0, sizeof(*snapshot));
    assert_hr(S_OK, IBackgroundCopyJob_GetState(world->job, &snapshot->job_state));
    assert_hr(S_OK, IBackgroundCopyJob_GetProgress(world->job, &progress));
    snapshot->files = progress.FilesTotal;
    assert_hr(S_OK, IBackgroundCopyJob_GetNotifyFlags(world->job, &snapshot->flags));
    assert_hr(S_OK, IBackgroundCopyJob_GetPriority(world->job, &snapshot->priority));
    assert_hr(S_OK, IBackgroundCopyJob_GetDisplayName(world->job, &name));
    wcscpy(snapshot->name, name);
    CoTaskMemFree(name);
    assert_hr(S_OK,
              IBackgroundCopyJob_GetProxySettings(world->job, &snapshot->proxy, &list, &bypass));
    CoTaskMemFree(list);
    CoTaskMemFree(bypass);
    assert_hr(S_OK, IBackgroundCopyJob_GetNotifyInterface(world->job, &callback));
    snapshot->has_callback = callback != NULL;
    if (callback)
        IUnknown_Release(callback);
    assert_hr(S_OK, IDODownload_GetStatus(world->download, &status));
    snapshot->download_state = status.State;
    assert_hr(S_OK, IBackgroundCopyManager_EnumJobs(world->manager, 0, &jobs));
    assert_hr(S_OK, IEnumBackgroundCopyJobs_GetCount(jobs, &snapshot->jobs));
    IEnumBackgroundCopyJobs_Release(jobs);
    snapshot->references = recorder_references(world->recorder);
}

/* ---- entry points: each gives back what it got -------------------------------------------------
 */

static HRESULT drop(HRESULT hr, void *pointer)
{
    IUnknown *object = *(IUnknown **)pointer;

    if (SUCCEEDED(hr))
        IUnknown_Release(object);
    return hr;
}

static HRESULT drop_text(HRESULT hr, LPWSTR *text)
{
    if (SUCCEEDED(hr))
        CoTaskMemFree(*text);
    return hr;
}

static HRESULT create_manager(struct world *world)
{
    IUnknown *object = NULL;

    (void)world;
    return drop(factory_create_instance(&CLSID_DosvcManager, &IID_IUnknown, (void **)&object),
                &object);
}

static HRESULT create_callback(struct world *world)
{
    IUnknown *object = NULL;

    (void)world;
    return drop(factory_create_instance(&CLSID_DosvcCallback, &IID_IUnknown, (void **)&object),
                &object);
}

static HRESULT create_job(struct world *world)
{
    IBackgroundCopyJob *job = NULL;
    HRESULT hr;
    GUID id;

    hr = IBackgroundCopyManager_CreateJob(world->manager, L"another", 0, &id, &job);
    if (SUCCEEDED(hr))
        IBackgroundCopyJob_Cancel(job);
    return drop(hr, &job);
}

static HRESULT get_job(struct world *world)
{
    IBackgroundCopyJob *job = NULL;
    GUID id;

    IBackgroundCopyJob_GetId(world->job, &id);
    return drop(IBackgroundCopyManager_GetJob(world->manager, &id, &job), &job);
}

static HRESULT enum_jobs(struct world *world)
{
    IEnumBackgroundCopyJobs *jobs = NULL;

    return drop(IBackgroundCopyManager_EnumJobs(world->manager, 0, &jobs), &jobs);
}

static HRESULT describe_error(struct world *world)
{
    LPWSTR text = NULL;

    return drop_text(
        IBackgroundCopyManager_GetErrorDescription(world->manager, E_FAIL, 0x409, &text), &text);
}

static HRESULT add_file(struct world *world)
{
    wchar_t path[MAX_PATH];

    return IBackgroundCopyJob_AddFile(world->job, URL, kit_path(&world->kit, L"c", path));
}

static HRESULT add_file_set(struct world *world)
{
    wchar_t url[] = URL, c[MAX_PATH], d[MAX_PATH];
    BG_FILE_INFO files[] = {{url, c}, {url, d}};

    kit_path(&world->kit, L"c", c);
    kit_path(&world->kit, L"d", d);
    return IBackgroundCopyJob_AddFileSet(world->job, 2, files);
}

static HRESULT add_file_with_ranges(struct world *world)
{
    BG_FILE_RANGE ranges[] = {{0, 10}, {20, 30}};
    IBackgroundCopyJob3 *job;
    wchar_t path[MAX_PATH];
    HRESULT hr;

    hr = IBackgroundCopyJob_QueryInterface(world->job, &IID_IBackgroundCopyJob3, (void **)&job);
    if (FAILED(hr))
        return hr;
    hr = IBackgroundCopyJob3_AddFileWithRanges(job, URL, kit_path(&world->kit, L"c", path), 2,
                                               ranges);
    IBackgroundCopyJob3_Release(job);
    return hr;
}

static HRESULT enum_files(struct world *world)
{
    IEnumBackgroundCopyFiles *files = NULL;

    return drop(IBackgroundCopyJob_EnumFiles(world->job, &files), &files);
}

static HRESULT get_owner(struct world *world)
{
    LPWSTR text = NULL;

    return drop_text(IBackgroundCopyJob_GetOwner(world->job, &text), &text);
}

static HRESULT get_name(struct world *world)
{
    LPWSTR text = NULL;

    return drop_text(IBackgroundCopyJob_GetDisplayName(world->job, &text), &text);
}

static HRESULT set_name(struct world *world)
{
    return IBackgroundCopyJob_SetDisplayName(world->job, L"after");
}

static HRESULT set_flags(struct world *world)
{
    return IBackgroundCopyJob_SetNotifyFlags(world->job, 0);
}

static HRESULT set_priority(struct world *world)
{
    return IBackgroundCopyJob_SetPriority(world->job, BG_JOB_PRIORITY_LOW);
}

static HRESULT set_proxy(struct world *world)
{
    return IBackgroundCopyJob_SetProxySettings(world->job, BG_JOB_PROXY_USAGE_OVERRIDE, L"proxy:80",
                                               L"<local>");
}

static HRESULT set_callback(struct world *world)
{
    return IBackgroundCopyJob_SetNotifyInterface(world->job, recorder_unknown(world->recorder));
}

static HRESULT resume(struct world *world)
{
    return IBackgroundCopyJob_Resume(world->job);
}

static HRESULT cancel(struct world *world)
{
    return IBackgroundCopyJob_Cancel(world->job);
}

static HRESULT get_url(struct world *world)
{
    LPWSTR text = NULL;

    return drop_text(IBackgroundCopyFile_GetRemoteName(world->file, &text), &text);
}

static HRESULT create_download(struct world *world)
{
    IDODownload *download = NULL;
    HRESULT hr = IDOManager_CreateDownload(world->downloads, &download);

    if (SUCCEEDED(hr))
        IDODownload_Abort(download);
    return drop(hr, &download);
}

static HRESULT enum_downloads(struct world *world)
{
    IEnumUnknown *downloads = NULL;

    return drop(IDOManager_EnumDownloads(world->downloads, NULL, &downloads), &downloads);
}

static HRESULT set_download_name(struct world *world)
{
    return kit_set_string(world->download, DODownloadProperty_DisplayName, L"after");
}

static HRESULT set_download_url(struct world *world)
{
    return kit_set_string(world->download, DODownloadProperty_Uri, L"http://127.0.0.1:9/other");
}

static HRESULT set_download_callback(struct world *world)
{
    return recorder_attach_download(world->recorder, world->download);
}

static HRESULT get_download_id(struct world *world)
{
    VARIANT value;
    HRESULT hr;

    VariantInit(&value);
    hr = IDODownload_GetProperty(world->download, DODownloadProperty_Id, &value);
    VariantClear(&value);
    return hr;
}

static HRESULT start_download(struct world *world)
{
    return IDODownload_Start(world->download, NULL);
}

/* ---- the loop -----------------------------------------------------------------------------------
 */

static const struct
{
    const char *name;
    HRESULT (*call)(struct world *world);
} entries[] = {
    {"create a manager", create_manager},
    {"create a callback", create_callback},
    {"CreateJob", create_job},
    {"GetJob", get_job},
    {"EnumJobs", enum_jobs},
    {"GetErrorDescription", describe_error},
    {"AddFile", add_file},
    {"AddFileSet", add_file_set},
    {"AddFileWithRanges", add_file_with_ranges},
    {"EnumFiles", enum_files},
    {"GetOwner", get_owner},
    {"GetDisplayName", get_name},
    {"SetDisplayName", set_name},
    {"SetNotifyFlags", set_flags},
    {"SetPriority", set_priority},
    {"SetProxySettings", set_proxy},
    {"SetNotifyInterface", set_callback},
    {"Resume", resume},
    {"Cancel", cancel},
    {"GetRemoteName", get_url},
    {"CreateDownload", create_download},
    {"EnumDownloads", enum_downloads},
    {"SetProperty DisplayName", set_download_name},
    {"SetProperty Uri", set_download_url},
    {"SetProperty CallbackInterface", set_download_callback},
    {"GetProperty Id", get_download_id},
    {"Start", start_download},
};

static bool settles_at(LONG blocks, LONG handles)
{
    uint64_t deadline = GetTickCount64() + LIMIT;

    while ((mem_live_blocks() > blocks || handle_live() > handles) && GetTickCount64() < deadline)
        kit_pass(5);
    return mem_live_blocks() <= blocks && handle_live() <= handles;
}

static bool is_unchanged(struct world *world, const struct snapshot *before)
{
    struct snapshot after;

    take_snapshot(world, &after);
    return memcmp(before, &after, sizeof(after)) == 0;
}

/* One call with the n-th allocation failing, in a world of its own; true when it succeeded all the
 * same. What a job makes once and keeps may stay until the world ends. */
static bool attempt(struct kit *kit, size_t entry, unsigned int n, unsigned int *wrong)
{
    LONG blocks = mem_live_blocks(), handles = handle_live();
    struct snapshot before;
    struct world world;
    char script[32];
    bool good;
    HRESULT hr;

    world_init(&world, kit);
    take_snapshot(&world, &before);
    snprintf(script, sizeof(script), "alloc=%u", n);
    assert_true(fault_configure(script));
    hr = entries[entry].call(&world);
    fault_configure(NULL);
    good = SUCCEEDED(hr) || (hr == E_OUTOFMEMORY && is_unchanged(&world, &before));
    if (!good)
        print_error("%s, allocation %u: 0x%08lx, or something has changed\n", entries[entry].name,
                    n, (unsigned long)hr);
    world_cleanup(&world);
    if (!settles_at(blocks, handles))
    {
        print_error("%s, allocation %u: %ld blocks, %ld handles, %ld threads stay\n",
                    entries[entry].name, n, mem_live_blocks() - blocks, handle_live() - handles,
                    thread_live());
        good = false;
    }
    *wrong += !good;
    return SUCCEEDED(hr);
}

static void each_allocation_that_fails_is_told(void **state)
{
    unsigned int wrong = 0;

    for (size_t entry = 0; entry < ARRAY_SIZE(entries); entry++)
    {
        unsigned int successes = 0, n;

        for (n = 1; successes < ENOUGH; n++)
            successes = attempt(*state, entry, n, &wrong) ? successes + 1 : 0;
    }
    assert_int_equal(0, wrong);
}

static int setup(void **state)
{
    int result = kit_setup(state);
    struct kit *kit = *state;

    if (result == 0)
    {
        IBackgroundCopyManager_Release(kit->manager); /* the DLL's is of no use here */
        kit->manager = NULL;
    }
    return result;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_allocation_that_fails_is_told, setup, kit_teardown),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
