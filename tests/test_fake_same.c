/*
 * The same stories told to the fake and to the DLL, which has a server on the loopback interface:
 * the clients hear the same. Bytes and files come when the story says so; how often a modification
 * is told in between depends on how fast they are, so that is compared only where the story is
 * about it.
 */
#include "base/platform.h"

#include "dosvc_fake.h"
#include "testkit/kit.h"
#include "testkit/recorder.h"

#include <stdlib.h>
#include <string.h>

#define SPEED 30 /* of the DLL's clock */
#define SIZE 5000
#define SOME 1000
#define TRACE_SIZE 2048
#define BOTH_ENDS (BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR)
#define ALL_FLAGS (BOTH_ENDS | BG_NOTIFY_JOB_MODIFICATION | BG_NOTIFY_FILE_TRANSFERRED)

struct side
{
    struct kit *kit;
    bool real;
    IBackgroundCopyJob *job;
    IDODownload *download; /* one of the two */
    struct recorder *recorder;
    ULONG files;
};

/* ---- what a story is made of ---- */

static const char *const paths[] = {"/a", "/b"};
static const wchar_t *const names[] = {L"a", L"b"};

/* `failures`: the first answer is 404, once the path is released. */
static void script_server(struct kit *kit, unsigned int failures)
{
    const struct httpd_response missing = {.status = 404, .hold = failures != 0};
    const struct httpd_response good = {
        .seed = 1, .size = SIZE, .etag = "\"1\"", .hold_body = true, .hold_at = SOME};
    struct httpd_response responses[2];
    size_t i;

    for (i = 0; i < ARRAY_SIZE(paths); i++)
    {
        responses[0] = failures ? missing : good;
        responses[1] = good;
        httpd_script(kit->httpd, paths[i], responses, 2);
    }
}

static void open_job(struct side *side, ULONG files)
{
    IBackgroundCopyManager *manager;
    GUID id;

    if (side->real)
        assert_hr(S_OK, kit_manager(&CLSID_DosvcManager, &manager));
    else
        assert_hr(S_OK, DosvcFakeCreateInstance(&CLSID_DosvcManager, &IID_IBackgroundCopyManager,
                                                (void **)&manager));
    assert_hr(S_OK, IBackgroundCopyManager_CreateJob(manager, L"same", BG_JOB_TYPE_DOWNLOAD, &id,
                                                     &side->job));
    IBackgroundCopyManager_Release(manager);
    script_server(side->kit, 0);
    for (side->files = 0; side->files < files; side->files++)
        kit_add_file(side->kit, side->job, paths[side->files], names[side->files]);
}

/* Some bytes of each file come, and no more until finish_file. */
static void some(struct side *side)
{
    ULONG i;

    if (side->real && side->job)
        assert_true(kit_wait_bytes(side->job, side->files * SOME, KIT_LIMIT));
    for (i = 0; !side->real && side->job && i < side->files; i++)
        assert_hr(S_OK, DosvcFakeJobReceive(side->job, i, SOME, SIZE));
    if (!side->real && side->download)
        assert_hr(S_OK, DosvcFakeDownloadReceive(side->download, SOME, SIZE));
}

static void finish_file(struct side *side, ULONG index)
{
    if (side->real)
        httpd_release(side->kit->httpd, paths[index]);
    else if (side->job)
        assert_hr(S_OK, DosvcFakeJobFinishFile(side->job, index));
    else
        assert_hr(S_OK, DosvcFakeDownloadTransfer(side->download));
}

/* So many calls of the kind come, sooner or later. */
static void expect_at(struct side *side, struct recorder *recorder, enum record_kind kind,
                      unsigned int count)
{
    unsigned int seconds = 2 * 3600;

    if (side->real)
    {
        assert_true(recorder_wait(recorder, kind, count, KIT_LIMIT));
        return;
    }
    while (recorder_count(recorder, kind) < count && seconds--)
        DosvcFakeAdvance(1000);
    assert_in_range(recorder_count(recorder, kind), count, count + 1000);
}

static void expect(struct side *side, enum record_kind kind, unsigned int count)
{
    expect_at(side, side->recorder, kind, count);
}

/* What is to come has time to come: 4 s of either clock. */
static void settle(struct side *side)
{
    if (side->real)
        kit_pass(4000 / SPEED);
    else
        DosvcFakeAdvance(4000);
}

static HRESULT complete(struct recorder *recorder, const struct record *record, void *context)
{
    (void)recorder;
    (void)context;
    if (record->kind != RECORD_TRANSFERRED)
        return S_OK;
    return IBackgroundCopyJob_Complete((IBackgroundCopyJob *)record->object);
}

/* ---- what was heard ---- */

static const char *const kinds[] = {
    [RECORD_TRANSFERRED] = "JobTransferred",        [RECORD_ERROR] = "JobError",
    [RECORD_MODIFICATION] = "JobModification",      [RECORD_FILE_TRANSFERRED] = "FileTransferred",
    [RECORD_FILE_RANGES] = "FileRangesTransferred", [RECORD_STATUS] = "OnStatusChange",
};
static_assert(ARRAY_SIZE(kinds) == RECORD_KIND_COUNT, "every kind has its name");

static void write_call(const struct record *record, char *text, size_t size)
{
    const wchar_t *name = wcsrchr(record->file, L'\\');

    switch (record->kind)
    {
    case RECORD_TRANSFERRED:
        snprintf(text, size, "%s %u of state %d", kinds[record->kind], (unsigned int)record->bytes,
                 (int)record->job_state);
        break;
    case RECORD_ERROR:
        snprintf(text, size, "%s %08lx %d", kinds[record->kind], (unsigned long)record->code,
                 (int)record->context);
        break;
    case RECORD_STATUS:
        snprintf(text, size, "%s %d %08lx %08lx", kinds[record->kind], (int)record->status.State,
                 (unsigned long)record->status.Error, (unsigned long)record->status.ExtendedError);
        break;
    default:
        snprintf(text, size, "%s %ls", kinds[record->kind], name ? name + 1 : L"");
    }
}

/* One line a call. A status that is told again is one, and modifications count on request. */
static void trace(const struct side *side, bool modifications, char *text)
{
    char line[128], last[128] = "";
    struct record record;
    unsigned int i;
    size_t used = 0;

    text[0] = 0;
    for (i = 0; recorder_get(side->recorder, RECORD_KIND_COUNT, i, &record); i++)
    {
        if (record.kind == RECORD_MODIFICATION && !modifications)
            continue;
        write_call(&record, line, sizeof(line));
        if (record.kind == RECORD_STATUS && !strcmp(line, last))
            continue;
        used += (size_t)snprintf(text + used, TRACE_SIZE - used, "%s\n", line);
        assert_true(used < TRACE_SIZE);
        strcpy(last, line);
    }
}

static void play(struct kit *kit, bool real, void (*story)(struct side *side), bool modifications,
                 char *text)
{
    struct side side = {.kit = kit, .real = real, .recorder = recorder_create()};

    story(&side);
    assert_true(recorder_wait_released(side.recorder, KIT_LIMIT));
    trace(&side, modifications, text);
    recorder_release(side.recorder);
    if (side.job)
        IBackgroundCopyJob_Release(side.job);
    if (side.download)
        IDODownload_Release(side.download);
}

static void both(void **state, void (*story)(struct side *side), bool modifications,
                 const char *expected)
{
    char real[TRACE_SIZE], fake[TRACE_SIZE];
    struct dosvc_live_counts live;

    play(*state, true, story, modifications, real);
    play(*state, false, story, modifications, fake);
    assert_string_equal(expected, real);
    assert_string_equal(expected, fake);
    assert_hr(S_OK, DosvcFakeReset());
    DosvcFakeGetLiveCounts(&live);
    assert_int_equal(0, live.objects + live.blocks + live.threads + live.handles + live.locks);
}

/* ---- stories of jobs ---- */

static void resumed_transferred_completed(struct side *side)
{
    open_job(side, 2);
    recorder_set_hook(side->recorder, complete, NULL);
    recorder_attach(side->recorder, side->job, ALL_FLAGS);
    assert_hr(S_OK, IBackgroundCopyJob_Resume(side->job));
    some(side);
    finish_file(side, 1);
    expect(side, RECORD_FILE_TRANSFERRED, 1);
    finish_file(side, 0);
    expect(side, RECORD_TRANSFERRED, 1);
    settle(side);
    assert_state(BG_JOB_STATE_ACKNOWLEDGED, side->job);
}

static void a_job_is_resumed_transferred_completed(void **state)
{
    both(state, resumed_transferred_completed, false,
         "FileTransferred b\nFileTransferred a\nJobTransferred 10000 of state 6\n");
}

static void error_then_resume(struct side *side)
{
    open_job(side, 1);
    script_server(side->kit, 1);
    recorder_set_hook(side->recorder, complete, NULL);
    recorder_attach(side->recorder, side->job, BOTH_ENDS);
    assert_hr(S_OK, IBackgroundCopyJob_Resume(side->job));
    if (side->real)
        httpd_release(side->kit->httpd, paths[0]);
    else
        assert_hr(S_OK, DosvcFakeJobFail(side->job, BG_ERROR_CONTEXT_NONE, (HRESULT)0x80190194, 0));
    expect(side, RECORD_ERROR, 1);
    settle(side);
    assert_hr(S_OK, IBackgroundCopyJob_Resume(side->job));
    some(side);
    finish_file(side, 0);
    expect(side, RECORD_TRANSFERRED, 1);
    settle(side);
}

static void a_job_in_error_is_resumed(void **state)
{
    both(state, error_then_resume, false, "JobError 80190194 0\nJobTransferred 5000 of state 6\n");
}

static void cancelled(struct side *side)
{
    open_job(side, 1);
    recorder_attach(side->recorder, side->job, ALL_FLAGS);
    assert_hr(S_OK, IBackgroundCopyJob_Resume(side->job));
    some(side);
    expect(side, RECORD_MODIFICATION, 1);
    assert_hr(S_OK, IBackgroundCopyJob_Cancel(side->job));
    settle(side);
    assert_state(BG_JOB_STATE_CANCELLED, side->job);
}

static void a_cancelled_job_is_silent(void **state)
{
    both(state, cancelled, false, "");
}

static void modified(struct side *side)
{
    open_job(side, 1);
    recorder_attach(side->recorder, side->job, BG_NOTIFY_JOB_MODIFICATION);
    settle(side);
    assert_hr(S_OK, IBackgroundCopyJob_SetDisplayName(side->job, L"one"));
    expect(side, RECORD_MODIFICATION, 1);
    settle(side);
    assert_hr(S_OK, IBackgroundCopyJob_SetDescription(side->job, L"two"));
    expect(side, RECORD_MODIFICATION, 2);
    settle(side);
    assert_hr(S_OK, IBackgroundCopyJob_SetNotifyFlags(side->job, BOTH_ENDS));
    assert_hr(S_OK, IBackgroundCopyJob_SetDisplayName(side->job, L"three"));
    settle(side);
    assert_hr(S_OK, IBackgroundCopyJob_Cancel(side->job));
    settle(side);
}

static void each_modification_is_told_once(void **state)
{
    both(state, modified, true, "JobModification \nJobModification \n");
}

static void failing_callback(struct side *side)
{
    const HRESULT transferred[] = {E_FAIL, S_FALSE, E_OUTOFMEMORY};
    const HRESULT file[] = {E_FAIL, E_FAIL};

    open_job(side, 1);
    recorder_script(side->recorder, RECORD_TRANSFERRED, transferred, ARRAY_SIZE(transferred));
    recorder_script(side->recorder, RECORD_FILE_TRANSFERRED, file, ARRAY_SIZE(file));
    recorder_attach(side->recorder, side->job, BOTH_ENDS | BG_NOTIFY_FILE_TRANSFERRED);
    assert_hr(S_OK, IBackgroundCopyJob_Resume(side->job));
    some(side);
    finish_file(side, 0);
    expect(side, RECORD_TRANSFERRED, 4);
    settle(side);
    assert_hr(S_OK, IBackgroundCopyJob_Complete(side->job));
    settle(side);
}

static void a_callback_that_fails_is_called_again(void **state)
{
    both(state, failing_callback, false,
         "FileTransferred a\nFileTransferred a\nFileTransferred a\n"
         "JobTransferred 5000 of state 6\nJobTransferred 5000 of state 6\n"
         "JobTransferred 5000 of state 6\nJobTransferred 5000 of state 6\n");
}

static void silenced(struct side *side)
{
    open_job(side, 1);
    recorder_attach(side->recorder, side->job, ALL_FLAGS | BG_NOTIFY_DISABLE);
    assert_hr(S_OK, IBackgroundCopyJob_Resume(side->job));
    some(side);
    finish_file(side, 0);
    if (side->real)
        assert_true(kit_wait_state(side->job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    settle(side);
    assert_int_equal(0, recorder_count(side->recorder, RECORD_KIND_COUNT));
    assert_hr(S_OK, IBackgroundCopyJob_SetNotifyFlags(side->job, BOTH_ENDS));
    expect(side, RECORD_TRANSFERRED, 1);
    assert_hr(S_OK, IBackgroundCopyJob_Complete(side->job));
}

static void what_is_owed_is_told_once_it_may_be(void **state)
{
    both(state, silenced, false, "JobTransferred 5000 of state 6\n");
}

static void late(struct side *side)
{
    struct recorder *second = recorder_create();

    open_job(side, 1);
    assert_hr(S_OK, IBackgroundCopyJob_Resume(side->job));
    some(side);
    finish_file(side, 0);
    if (side->real)
        assert_true(kit_wait_state(side->job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    recorder_attach(second, side->job, BOTH_ENDS);
    expect_at(side, second, RECORD_TRANSFERRED, 1);
    settle(side);
    assert_int_equal(1, recorder_count(second, RECORD_TRANSFERRED));
    recorder_attach(side->recorder, side->job, BOTH_ENDS);
    assert_true(recorder_wait_released(second, KIT_LIMIT));
    recorder_release(second);
    expect(side, RECORD_TRANSFERRED, 1);
    assert_hr(S_OK, IBackgroundCopyJob_Complete(side->job));
}

static void who_comes_late_is_told_all_the_same(void **state)
{
    both(state, late, false, "JobTransferred 5000 of state 6\n");
}

static void plain(struct side *side)
{
    open_job(side, 2);
    recorder_set_faces(side->recorder, RECORDER_CALLBACK);
    recorder_attach(side->recorder, side->job, BOTH_ENDS | BG_NOTIFY_FILE_TRANSFERRED);
    assert_hr(S_OK, IBackgroundCopyJob_Resume(side->job));
    some(side);
    finish_file(side, 0);
    finish_file(side, 1);
    expect(side, RECORD_TRANSFERRED, 1);
    assert_hr(S_OK, IBackgroundCopyJob_Suspend(side->job)); /* of no effect */
    assert_hr(S_OK, IBackgroundCopyJob_Complete(side->job));
}

static void a_plain_callback_hears_of_no_file(void **state)
{
    both(state, plain, false, "JobTransferred 10000 of state 6\n");
}

/* ---- stories of downloads ---- */

static void open_download(struct side *side, unsigned int failures)
{
    wchar_t url[HTTPD_URL_MAX], path[MAX_PATH];
    IDOManager *manager;

    if (side->real)
        assert_hr(S_OK, kit_create(&CLSID_DosvcManager, &IID_IDOManager, (void **)&manager));
    else
        assert_hr(S_OK,
                  DosvcFakeCreateInstance(&CLSID_DosvcManager, &IID_IDOManager, (void **)&manager));
    assert_hr(S_OK, IDOManager_CreateDownload(manager, &side->download));
    IDOManager_Release(manager);
    script_server(side->kit, failures);
    httpd_wide_url(side->kit->httpd, paths[0], url);
    assert_hr(S_OK, kit_set_string(side->download, DODownloadProperty_Uri, url));
    assert_hr(S_OK, kit_set_string(side->download, DODownloadProperty_LocalPath,
                                   kit_path(side->kit, L"a", path)));
    assert_hr(S_OK, recorder_attach_download(side->recorder, side->download));
    assert_hr(S_OK, IDODownload_Start(side->download, NULL));
}

static bool is_last_status(struct side *side, DODownloadState state)
{
    unsigned int count = recorder_count(side->recorder, RECORD_STATUS);
    struct record record;

    return count && recorder_get(side->recorder, RECORD_STATUS, count - 1, &record) &&
           record.status.State == state;
}

/* The last status that was told becomes this one. */
static void expect_status(struct side *side, DODownloadState state)
{
    unsigned int tries = side->real ? KIT_LIMIT : 100;

    while (!is_last_status(side, state) && tries--)
    {
        if (side->real)
            kit_pass(1);
        else
            DosvcFakeAdvance(100);
    }
    assert_true(is_last_status(side, state));
}

static void downloaded(struct side *side)
{
    open_download(side, 0);
    some(side);
    expect_status(side, DODownloadState_Transferring);
    assert_hr(S_OK, IDODownload_Pause(side->download));
    expect_status(side, DODownloadState_Paused);
    assert_hr(S_OK, IDODownload_Start(side->download, NULL));
    expect_status(side, DODownloadState_Transferring);
    finish_file(side, 0);
    expect_status(side, DODownloadState_Transferred);
    assert_hr(S_OK, IDODownload_Finalize(side->download));
    expect_status(side, DODownloadState_Finalized);
}

static void a_download_is_paused_and_finalized(void **state)
{
    both(state, downloaded, false,
         "OnStatusChange 1 00000000 00000000\nOnStatusChange 5 00000000 00000000\n"
         "OnStatusChange 1 00000000 00000000\nOnStatusChange 2 00000000 00000000\n"
         "OnStatusChange 3 00000000 00000000\n");
}

static void failed_download(struct side *side)
{
    open_download(side, 1);
    expect_status(side, DODownloadState_Transferring);
    if (side->real)
        httpd_release(side->kit->httpd, paths[0]);
    else
        assert_hr(S_OK, DosvcFakeDownloadFail(side->download, (HRESULT)0x80190194, S_OK));
    expect_status(side, DODownloadState_Paused);
    assert_hr(S_OK, IDODownload_Abort(side->download));
    expect_status(side, DODownloadState_Aborted);
}

static void a_download_that_failed_is_paused_with_its_codes(void **state)
{
    both(state, failed_download, false,
         "OnStatusChange 1 00000000 00000000\nOnStatusChange 5 80190194 00000000\n"
         "OnStatusChange 4 00000000 00000000\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_job_is_resumed_transferred_completed),
        TEST(a_job_in_error_is_resumed),
        TEST(a_cancelled_job_is_silent),
        TEST(each_modification_is_told_once),
        TEST(a_callback_that_fails_is_called_again),
        TEST(what_is_owed_is_told_once_it_may_be),
        TEST(who_comes_late_is_told_all_the_same),
        TEST(a_plain_callback_hears_of_no_file),
        TEST(a_download_is_paused_and_finalized),
        TEST(a_download_that_failed_is_paused_with_its_codes),
    };

    kit_process(L"clock=30");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
