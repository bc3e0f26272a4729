/*
 * What the tests of the clients' fake share: a job and a download of it, a recorder, and a teardown
 * that finds that nothing lives on.
 */
#ifndef TESTS_FAKE_KIT_H
#define TESTS_FAKE_KIT_H

#include "base/platform.h"

#include "dosvc_fake.h"
#include "testkit/kit.h"
#include "testkit/recorder.h"

#include <stdlib.h>
#include <string.h>

#define NOT_FOUND HRESULT_FROM_WIN32(ERROR_NOT_FOUND)
#define ALL_FLAGS                                                                                  \
    (BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR | BG_NOTIFY_JOB_MODIFICATION |                \
     BG_NOTIFY_FILE_TRANSFERRED | BG_NOTIFY_FILE_RANGES_TRANSFERRED)

struct fixture
{
    IDOManager *downloads;
    IBackgroundCopyJob *job; /* of one file, resumed; nobody is registered */
    IDODownload *download;   /* not started */
    struct recorder *recorder;
};

static inline IBackgroundCopyJob *make_job(REFCLSID clsid, ULONG files)
{
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job;
    wchar_t path[16];
    GUID id;

    assert_hr(S_OK, DosvcFakeCreateInstance(clsid, &IID_IBackgroundCopyManager, (void **)&manager));
    assert_hr(S_OK,
              IBackgroundCopyManager_CreateJob(manager, L"job", BG_JOB_TYPE_DOWNLOAD, &id, &job));
    IBackgroundCopyManager_Release(manager);
    while (files--)
    {
        swprintf(path, ARRAY_SIZE(path), L"C:\\%u", (unsigned int)files);
        assert_hr(S_OK, IBackgroundCopyJob_AddFile(job, L"http://example.com/a", path));
    }
    return job;
}

static inline int setup_in(void **state, DWORD apartment)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    CoInitializeEx(NULL, apartment);
    fixture->recorder = recorder_create();
    fixture->job = make_job(&CLSID_DosvcManager, 1);
    assert_hr(S_OK, IBackgroundCopyJob_Resume(fixture->job));
    assert_hr(S_OK, DosvcFakeCreateInstance(&CLSID_DosvcManager, &IID_IDOManager,
                                            (void **)&fixture->downloads));
    assert_hr(S_OK, IDOManager_CreateDownload(fixture->downloads, &fixture->download));
    assert_hr(S_OK,
              kit_set_string(fixture->download, DODownloadProperty_Uri, L"http://example.com/a"));
    *state = fixture;
    return 0;
}

static inline int setup(void **state)
{
    return setup_in(state, COINIT_MULTITHREADED);
}

static inline int setup_sta(void **state)
{
    return setup_in(state, COINIT_APARTMENTTHREADED);
}

/* Everything that is left goes with the reset. */
static inline int teardown(void **state)
{
    struct fixture *fixture = *state;
    struct dosvc_live_counts live;

    assert_hr(S_OK, DosvcFakeReset());
    assert_int_equal(1, recorder_references(fixture->recorder));
    recorder_release(fixture->recorder);
    IBackgroundCopyJob_Release(fixture->job);
    IDODownload_Release(fixture->download);
    IDOManager_Release(fixture->downloads);
    DosvcFakeGetLiveCounts(&live);
    assert_int_equal(0, live.objects);
    assert_int_equal(0, live.blocks);
    assert_int_equal(0, live.threads);
    assert_int_equal(0, live.handles);
    assert_int_equal(0, live.locks);
    free(fixture);
    CoUninitialize();
    return 0;
}

static inline unsigned int count(struct fixture *fixture, enum record_kind kind)
{
    return recorder_count(fixture->recorder, kind);
}

static inline struct record last(struct fixture *fixture, enum record_kind kind)
{
    struct record record;

    memset(&record, 0, sizeof(record));
    assert_true(count(fixture, kind));
    assert_true(recorder_get(fixture->recorder, kind, count(fixture, kind) - 1, &record));
    return record;
}

static inline void start_download(struct fixture *fixture)
{
    assert_hr(S_OK, kit_set_string(fixture->download, DODownloadProperty_LocalPath, L"C:\\a"));
    assert_hr(S_OK, recorder_attach_download(fixture->recorder, fixture->download));
    assert_hr(S_OK, IDODownload_Start(fixture->download, NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define TEST_STA(name) cmocka_unit_test_setup_teardown(name, setup_sta, teardown)

#endif
