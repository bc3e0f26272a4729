/* Whatever a client changes while the queue cannot be written, or memory is short: the call says
 * so, nothing has changed and nothing is lost; once it is possible again, the same call works. Runs
 * on the objects linked into this program. */
#include "testkit/kit.h"

#include "base/fault.h"
#include "com/factory.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define FULL HRESULT_FROM_WIN32(ERROR_DISK_FULL)
#define URL L"http://127.0.0.1:9/file"
#define SIZE 5000
#define HELD 1000000

enum scene
{
    RESTING, /* job and download have never run */
    RUNNING, /* both run, and wait for the server */
    DONE     /* both are transferred */
};

struct world
{
    struct kit kit; /* of the test, with the manager below */
    IBackgroundCopyManager *manager;
    IDOManager *downloads;
    IBackgroundCopyJob5 *job; /* with one file, "a" */
    IBackgroundCopyJobHttpOptions3 *options;
    IDeliveryOptimizationJob2 *job2;
    IBackgroundCopyFile6 *file;
    IDeliveryOptimizationFile2 *file2;
    IDODownload *download; /* into "b" */
};

/* ---- the world ----------------------------------------------------------------------------------
 */

static IBackgroundCopyFile6 *first_file(IBackgroundCopyJob5 *job)
{
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyFile6 *six;
    IBackgroundCopyFile *file;

    assert_hr(S_OK, IBackgroundCopyJob5_EnumFiles(job, &files));
    assert_hr(S_OK, IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL));
    IEnumBackgroundCopyFiles_Release(files);
    six = kit_face(file, &IID_IBackgroundCopyFile6);
    IBackgroundCopyFile_Release(file);
    return six;
}

static void run(struct world *world, enum scene scene)
{
    IBackgroundCopyJob *job = (IBackgroundCopyJob *)world->job;

    if (scene == RESTING)
        return;
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_hr(S_OK, IDODownload_Start(world->download, NULL));
    if (scene == DONE)
    {
        assert_true(kit_wait_state(job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
        assert_true(kit_wait_download(world->download, DODownloadState_Transferred, KIT_LIMIT));
        return;
    }
    assert_true(kit_wait_state(job, BG_JOB_STATE_TRANSFERRING, KIT_LIMIT));
    assert_true(httpd_wait_request(world->kit.httpd, "/file", 2, KIT_LIMIT));
}

static void world_init(struct world *world, const struct kit *kit, enum scene scene)
{
    IBackgroundCopyJob *job;

    HTTPD_SCRIPT(kit->httpd, "/file", {.seed = 1, .size = SIZE, .hold = scene == RUNNING});
    memset(world, 0, sizeof(*world));
    world->kit = *kit;
    assert_hr(S_OK, factory_create_instance(&CLSID_DosvcManager, &IID_IBackgroundCopyManager,
                                            (void **)&world->manager));
    world->kit.manager = world->manager;
    world->downloads = kit_face(world->manager, &IID_IDOManager);
    job = kit_job_of(&world->kit, "/file", L"a");
    world->job = kit_face(job, &IID_IBackgroundCopyJob5);
    world->options = kit_face(job, &IID_IBackgroundCopyJobHttpOptions3);
    world->job2 = kit_face(job, &IID_IDeliveryOptimizationJob2);
    IBackgroundCopyJob_Release(job);
    world->file = first_file(world->job);
    world->file2 = kit_face(world->file, &IID_IDeliveryOptimizationFile2);
    world->download = kit_download_of(&world->kit, "/file", L"b");
    run(world, scene);
}

static void world_cleanup(struct world *world)
{
    httpd_release(world->kit.httpd, "/file");
    IBackgroundCopyJob5_Cancel(world->job);
    IDODownload_Abort(world->download);
    IDODownload_Release(world->download);
    IDeliveryOptimizationFile2_Release(world->file2);
    IBackgroundCopyFile6_Release(world->file);
    IDeliveryOptimizationJob2_Release(world->job2);
    IBackgroundCopyJobHttpOptions3_Release(world->options);
    IBackgroundCopyJob5_Release(world->job);
    IDOManager_Release(world->downloads);
    IBackgroundCopyManager_Release(world->manager);
}

/* ---- all that can be seen -----------------------------------------------------------------------
 */

struct text
{
    wchar_t words[8192];
    size_t length;
};

static void say(struct text *text, const wchar_t *name, uint64_t number)
{
    text->length +=
        (size_t)swprintf(text->words + text->length, ARRAY_SIZE(text->words) - text->length,
                         L"%ls=%llu\n", name, (unsigned long long)number);
}

/* Takes the words. */
static void tell(struct text *text, const wchar_t *name, wchar_t *words)
{
    text->length +=
        (size_t)swprintf(text->words + text->length, ARRAY_SIZE(text->words) - text->length,
                         L"%ls=%ls\n", name, words ? words : L"(none)");
    CoTaskMemFree(words);
}

#define SAY(type, name, call)                                                                      \
    do                                                                                             \
    {                                                                                              \
        type value = (type)0;                                                                      \
        assert_true(SUCCEEDED(call));                                                              \
        say(text, name, (uint64_t)value);                                                          \
    } while (0)

#define TELL(name, call)                                                                           \
    do                                                                                             \
    {                                                                                              \
        wchar_t *value = NULL;                                                                     \
        assert_true(SUCCEEDED(call));                                                              \
        tell(text, name, value);                                                                   \
    } while (0)

static void describe_settings(struct text *text, IBackgroundCopyJob5 *job)
{
    wchar_t *list = NULL, *bypass = NULL, *program = NULL, *parameters = NULL;
    BITS_JOB_PROPERTY_VALUE cost = {0};

    SAY(BG_JOB_STATE, L"state", IBackgroundCopyJob5_GetState(job, &value));
    SAY(BG_JOB_PRIORITY, L"priority", IBackgroundCopyJob5_GetPriority(job, &value));
    SAY(ULONG, L"flags", IBackgroundCopyJob5_GetNotifyFlags(job, &value));
    SAY(ULONG, L"delay", IBackgroundCopyJob5_GetMinimumRetryDelay(job, &value));
    SAY(ULONG, L"timeout", IBackgroundCopyJob5_GetNoProgressTimeout(job, &value));
    SAY(ULONG, L"errors", IBackgroundCopyJob5_GetErrorCount(job, &value));
    SAY(DWORD, L"acl", IBackgroundCopyJob5_GetFileACLFlags(job, &value));
    SAY(DWORD, L"peers", IBackgroundCopyJob5_GetPeerCachingFlags(job, &value));
    SAY(ULONG, L"time", IBackgroundCopyJob5_GetMaximumDownloadTime(job, &value));
    SAY(BG_JOB_PROXY_USAGE, L"proxy",
        IBackgroundCopyJob5_GetProxySettings(job, &value, &list, &bypass));
    tell(text, L"proxies", list);
    tell(text, L"bypass", bypass);
    assert_hr(S_OK, IBackgroundCopyJob5_GetNotifyCmdLine(job, &program, &parameters));
    tell(text, L"program", program);
    tell(text, L"parameters", parameters);
    assert_hr(S_OK, IBackgroundCopyJob5_GetProperty(job, BITS_JOB_PROPERTY_ID_COST_FLAGS, &cost));
    say(text, L"cost", cost.Dword);
    TELL(L"name", IBackgroundCopyJob5_GetDisplayName(job, &value));
    TELL(L"description", IBackgroundCopyJob5_GetDescription(job, &value));
    TELL(L"owner", IBackgroundCopyJob5_GetOwner(job, &value));
}

static void describe_options(struct text *text, IBackgroundCopyJobHttpOptions3 *options)
{
    wchar_t *headers = NULL;

    if (SUCCEEDED(IBackgroundCopyJobHttpOptions3_GetCustomHeaders(options, &headers)))
        tell(text, L"headers", headers);
    SAY(ULONG, L"security", IBackgroundCopyJobHttpOptions3_GetSecurityFlags(options, &value));
    TELL(L"method", IBackgroundCopyJobHttpOptions3_GetHttpMethod(options, &value));
}

static void describe_file(struct text *text, const struct world *world)
{
    BG_FILE_PROGRESS progress;
    VARIANT mandatory;

    TELL(L"remote", IBackgroundCopyFile6_GetRemoteName(world->file, &value));
    TELL(L"local", IBackgroundCopyFile6_GetLocalName(world->file, &value));
    assert_hr(S_OK, IBackgroundCopyFile6_GetProgress(world->file, &progress));
    say(text, L"total", progress.BytesTotal);
    say(text, L"bytes", progress.BytesTransferred);
    say(text, L"in place", (uint64_t)progress.Completed);
    VariantInit(&mandatory);
    IDeliveryOptimizationFile2_GetProperty(world->file2, DOFilePropertyId_IntegrityCheckMandatory,
                                           &mandatory);
    say(text, L"mandatory", (uint64_t)V_BOOL(&mandatory));
    SAY(BOOL, L"valid", (IBackgroundCopyFile6_GetValidationState(world->file, &value), S_OK));
}

static void describe_download(struct text *text, IDODownload *download)
{
    static const DODownloadProperty words[] = {
        DODownloadProperty_Uri, DODownloadProperty_DisplayName, DODownloadProperty_LocalPath,
        DODownloadProperty_HttpCustomHeaders};
    DO_DOWNLOAD_STATUS status;
    VARIANT value;
    size_t i;

    assert_hr(S_OK, IDODownload_GetStatus(download, &status));
    say(text, L"download", (uint64_t)status.State);
    say(text, L"fetched", status.BytesTransferred);
    for (i = 0; i < ARRAY_SIZE(words); i++)
    {
        VariantInit(&value);
        if (SUCCEEDED(IDODownload_GetProperty(download, words[i], &value)) && V_BSTR(&value))
            text->length +=
                (size_t)swprintf(text->words + text->length, ARRAY_SIZE(text->words) - text->length,
                                 L"%ls\n", V_BSTR(&value));
        VariantClear(&value);
    }
    VariantInit(&value);
    IDODownload_GetProperty(download, DODownloadProperty_ForegroundPriority, &value);
    say(text, L"foreground", (uint64_t)V_BOOL(&value));
}

static void describe(struct world *world, struct text *text)
{
    IEnumBackgroundCopyJobs *jobs;
    IEnumUnknown *downloads;
    BG_JOB_PROGRESS progress;
    IUnknown *unknown;
    ULONG count = 0;

    text->length = 0;
    describe_settings(text, world->job);
    describe_options(text, world->options);
    describe_file(text, world);
    describe_download(text, world->download);
    assert_hr(S_OK, IBackgroundCopyJob5_GetProgress(world->job, &progress));
    say(text, L"files", progress.FilesTotal);
    assert_hr(S_OK, IBackgroundCopyManager_EnumJobs(world->manager, 0, &jobs));
    assert_hr(S_OK, IEnumBackgroundCopyJobs_GetCount(jobs, &count));
    IEnumBackgroundCopyJobs_Release(jobs);
    say(text, L"jobs", count);
    assert_hr(S_OK, IDOManager_EnumDownloads(world->downloads, NULL, &downloads));
    for (count = 0; IEnumUnknown_Next(downloads, 1, &unknown, NULL) == S_OK; count++)
        IUnknown_Release(unknown);
    IEnumUnknown_Release(downloads);
    say(text, L"downloads", count);
}

/* ---- calls --------------------------------------------------------------------------------------
 */

#include "store_refuses_calls.h"

/* ---- the loop -----------------------------------------------------------------------------------
 */

/* What the disk's state may change meanwhile is nothing. */
static bool refused(struct world *world, const struct call *call)
{
    struct text before, after;
    HRESULT hr;

    describe(world, &before);
    assert_true(fault_configure("store=*"));
    hr = call->make(world);
    describe(world, &after);
    assert_true(fault_configure(NULL));
    if (hr != FULL)
        print_error("%s: 0x%08lx\n", call->name, (unsigned long)hr);
    if (wcscmp(before.words, after.words))
        print_error("%s: before:\n%ls\nafter:\n%ls\n", call->name, before.words, after.words);
    return hr == FULL && !wcscmp(before.words, after.words);
}

/* The same call works, and what it changes can be seen, or else it tells nothing that it could not
 * be seen before. */
static bool works(struct world *world, const struct call *call)
{
    struct text before, after;
    bool changed;
    HRESULT hr;

    describe(world, &before);
    hr = call->make(world);
    if (call->hidden)
        return SUCCEEDED(hr);
    describe(world, &after);
    changed = wcscmp(before.words, after.words) != 0;
    if (FAILED(hr) || !changed)
        print_error("%s, later: 0x%08lx, %s\n", call->name, (unsigned long)hr,
                    changed ? "changed" : "not changed");
    return SUCCEEDED(hr) && changed;
}

static void a_call_that_cannot_be_stored_changes_nothing(void **state)
{
    struct world world;
    unsigned int wrong = 0;
    size_t i;

    for (i = 0; i < ARRAY_SIZE(calls); i++)
    {
        world_init(&world, *state, calls[i].scene);
        wrong += !refused(&world, &calls[i]) || !works(&world, &calls[i]);
        world_cleanup(&world);
    }
    assert_int_equal(0, wrong);
}

/* True: the call failed for want of memory, and nothing has changed. */
static bool lacks_memory(struct world *world, const struct call *call, unsigned int n,
                         unsigned int *wrong)
{
    struct text before, after;
    char script[32];
    HRESULT hr;

    describe(world, &before);
    snprintf(script, sizeof(script), "alloc=%u", n);
    assert_true(fault_configure(script));
    hr = call->make(world);
    assert_true(fault_configure(NULL));
    if (SUCCEEDED(hr))
        return false;
    describe(world, &after);
    /* a policy that cannot be read allows nothing */
    if ((hr == E_OUTOFMEMORY || hr == BG_E_BLOCKED_BY_POLICY) && !wcscmp(before.words, after.words))
        return true;
    print_error("%s, allocation %u: 0x%08lx, before:\n%ls\nafter:\n%ls\n", call->name, n,
                (unsigned long)hr, before.words, after.words);
    ++*wrong;
    return false;
}

/* One after the other, until none is left that could fail. */
static void an_allocation_that_fails_changes_nothing(void **state)
{
    unsigned int wrong = 0, n;
    struct world world;
    size_t i;

    for (i = 0; i < ARRAY_SIZE(calls); i++)
    {
        if (calls[i].scene == RUNNING)
            continue; /* somebody else might meet the failure */
        world_init(&world, *state, calls[i].scene);
        for (n = 1; lacks_memory(&world, &calls[i], n, &wrong); n++)
            ;
        world_cleanup(&world);
    }
    assert_int_equal(0, wrong);
}

/* Its first commit says that the renames are about to happen, the second that the job is over. */
static void complete_may_be_called_again(void **state)
{
    static const char *const scripts[] = {"store=1", "store=2", "store=3", "store=2-3"};
    struct kit *kit = *state;
    wchar_t path[MAX_PATH];
    struct world world;
    size_t i;

    for (i = 0; i < ARRAY_SIZE(scripts); i++)
    {
        world_init(&world, kit, DONE);
        kit_path(kit, L"a", path);
        assert_true(fault_configure(scripts[i]));
        if (IBackgroundCopyJob5_Complete(world.job) != S_OK)
        {
            assert_state(BG_JOB_STATE_TRANSFERRED, (IBackgroundCopyJob *)world.job);
            assert_true(fault_configure(NULL));
            assert_hr(S_OK, IBackgroundCopyJob5_Complete(world.job));
        }
        assert_true(fault_configure(NULL));
        assert_state(BG_JOB_STATE_ACKNOWLEDGED, (IBackgroundCopyJob *)world.job);
        assert_true(content_check_file(path, 1, SIZE));
        world_cleanup(&world);
        DeleteFileW(path);
    }
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
        cmocka_unit_test_setup_teardown(a_call_that_cannot_be_stored_changes_nothing, setup,
                                        kit_teardown),
        cmocka_unit_test_setup_teardown(an_allocation_that_fails_changes_nothing, setup,
                                        kit_teardown),
        cmocka_unit_test_setup_teardown(complete_may_be_called_again, setup, kit_teardown),
    };

    kit_environment(L"DOSVC_SETTINGS", L"AllowNotifyCmdLine=1");
    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
