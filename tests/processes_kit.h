/* Two puppets (testkit/puppet) on one queue, and what tests of several processes have in common.
 * The test's own process has the queue open only to clean up. */
#ifndef PROCESSES_KIT_H
#define PROCESSES_KIT_H

#include "testkit/puppet.h"

#include <stdlib.h>
#include <string.h>

#define SECOND 1000 /* ms: within so long an order given elsewhere must be obeyed */
#define SLACK 700   /* ... of a machine that builds something meanwhile */
#define SIZE 3000000

struct fixture
{
    struct kit *kit;
    struct puppet a, b;
};

/* ---- fixtures -----------------------------------------------------------------------------------
 */

static inline void cancel_all(void)
{
    IEnumBackgroundCopyJobs *jobs;
    IBackgroundCopyManager *manager;
    IEnumUnknown *downloads;
    IBackgroundCopyJob *job;
    IDODownload *download;
    IDOManager *face;
    IUnknown *unknown;

    if (FAILED(kit_manager(&CLSID_DosvcManager, &manager)))
        return;
    if (IBackgroundCopyManager_EnumJobs(manager, 0, &jobs) == S_OK)
    {
        while (IEnumBackgroundCopyJobs_Next(jobs, 1, &job, NULL) == S_OK)
        {
            IBackgroundCopyJob_Cancel(job);
            IBackgroundCopyJob_Release(job);
        }
        IEnumBackgroundCopyJobs_Release(jobs);
    }
    face = kit_face(manager, &IID_IDOManager);
    if (IDOManager_EnumDownloads(face, NULL, &downloads) == S_OK)
    {
        while (IEnumUnknown_Next(downloads, 1, &unknown, NULL) == S_OK)
        {
            download = kit_face(unknown, &IID_IDODownload);
            IDODownload_Abort(download);
            IDODownload_Release(download);
            IUnknown_Release(unknown);
        }
        IEnumUnknown_Release(downloads);
    }
    IDOManager_Release(face);
    IBackgroundCopyManager_Release(manager);
}

static inline int setup_with(void **state, const wchar_t *faults)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    void *kit;

    if (!fixture || kit_setup(&kit))
        return -1;
    *state = fixture;
    fixture->kit = kit;
    IBackgroundCopyManager_Release(fixture->kit->manager);
    fixture->kit->manager = NULL;
    kit_assert_nothing_lives();
    kit_environment(L"DOSVC_FAULTS", faults);
    puppet_start(&fixture->a, fixture->kit);
    puppet_start(&fixture->b, fixture->kit);
    kit_environment(L"DOSVC_FAULTS", NULL);
    return 0;
}

static inline int setup(void **state)
{
    return setup_with(state, NULL);
}

/* Nobody tells anybody that something was stored: what is left is looking now and then. */
static inline int setup_without_events(void **state)
{
    return setup_with(state, L"ring=*");
}

static inline int setup_fast(void **state)
{
    return setup_with(state, L"clock=60");
}

static inline int teardown(void **state)
{
    struct fixture *fixture = *state;
    void *kit = fixture->kit;

    puppet_kill(&fixture->a);
    puppet_kill(&fixture->b);
    cancel_all();
    kit_assert_nothing_lives();
    free(fixture);
    return kit_teardown(&kit);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define TEST_BOTH(name)                                                                            \
    TEST(name),                                                                                    \
    {                                                                                              \
#name " (without events)", name, setup_without_events, teardown, NULL                      \
    }

/* ---- what tests have in common ------------------------------------------------------------------
 */

static inline void assert_file(const struct fixture *fixture, const wchar_t *name, uint32_t seed)
{
    wchar_t path[MAX_PATH];
    char *expected = malloc(SIZE), *found = malloc(SIZE + 1);
    FILE *file = _wfopen(kit_path(fixture->kit, name, path), L"rb");
    size_t size = file ? fread(found, 1, SIZE + 1, file) : 0;

    if (file)
        fclose(file);
    content_fill(seed, 0, expected, SIZE);
    assert_int_equal(SIZE, size);
    assert_memory_equal(expected, found, SIZE);
    free(expected);
    free(found);
}

static inline unsigned int count_part_files(const struct fixture *fixture)
{
    wchar_t pattern[MAX_PATH];
    WIN32_FIND_DATAW found;
    unsigned int count = 0;
    HANDLE search;

    search = FindFirstFileW(kit_path(fixture->kit, L"DO*.tmp", pattern), &found);
    if (search == INVALID_HANDLE_VALUE)
        return 0;
    do
        count++;
    while (FindNextFileW(search, &found));
    FindClose(search);
    return count;
}

/* About 1 MB a second. */
static inline void script_slow(const struct fixture *fixture, const char *path, uint32_t seed)
{
    HTTPD_SCRIPT(
        fixture->kit->httpd, path,
        {.seed = seed, .size = SIZE, .etag = "\"1\"", .trickle = 20, .trickle_bytes = 20000});
}

static inline void script_fast(const struct fixture *fixture, const char *path, uint32_t seed)
{
    HTTPD_SCRIPT(fixture->kit->httpd, path, {.seed = seed, .size = SIZE, .etag = "\"1\""});
}

/* Within a second or so; then nothing comes any more. */
static inline bool falls_silent(const struct fixture *fixture, const char *path)
{
    uint64_t start = GetTickCount64(), before;

    do
    {
        before = httpd_bytes_sent(fixture->kit->httpd, path);
        kit_pass(300);
        if (httpd_bytes_sent(fixture->kit->httpd, path) == before)
            return true;
    } while (GetTickCount64() - start < SECOND + SLACK);
    return false;
}

static inline bool wait_count(struct puppet *puppet, bool downloads, uint32_t count,
                              unsigned int ms)
{
    uint64_t start = GetTickCount64();
    struct puppet_call call = {.verb = PUPPET_COUNT, .number = downloads};

    do
        call.number = downloads;
    while ((puppet_do(puppet, &call) != S_OK || call.count != count) &&
           GetTickCount64() - start < ms);
    return call.count == count;
}

static inline bool wait_files(struct puppet *puppet, const GUID *job, uint32_t count)
{
    struct puppet_call call = {.verb = PUPPET_PROGRESS, .job = *job};
    uint64_t start = GetTickCount64();

    while ((puppet_do(puppet, &call) != S_OK || call.count < count) &&
           GetTickCount64() - start < KIT_LIMIT)
        kit_pass(10);
    return call.count >= count;
}

static inline GUID running_job(struct fixture *fixture, struct puppet *runner)
{
    GUID job;

    script_slow(fixture, "/slow", 1);
    puppet_create(runner, fixture->kit, "/slow", L"slow.bin", &job);
    assert_hr(S_OK, puppet_order(runner, PUPPET_RESUME, &job));
    assert_true(httpd_wait_sent(fixture->kit->httpd, "/slow", 100000, KIT_LIMIT));
    return job;
}

/* The first process makes the download that `call` tells of and lets it run; the other one sees it.
 */
static inline void run_download(struct fixture *fixture, struct puppet_call *call)
{
    httpd_wide_url(fixture->kit->httpd, "/slow", call->url);
    assert_hr(S_OK, puppet_do(&fixture->a, call));
    call->download = true;
    call->verb = PUPPET_RESUME;
    assert_hr(S_OK, puppet_do(&fixture->a, call));
    assert_true(httpd_wait_sent(fixture->kit->httpd, "/slow", 100000, KIT_LIMIT));
    assert_true(wait_count(&fixture->b, true, 1, SECOND + SLACK));
}

#endif
