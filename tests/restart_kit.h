/*
 * For tests in which a child process of this program makes jobs and is ended where it stands, and
 * the test then opens the queue that it left. The child asserts as a test does: a failed assertion
 * is its exit code.
 */
#ifndef TESTS_RESTART_KIT_H
#define TESTS_RESTART_KIT_H

#include "testkit/flow.h"

#include <stdlib.h>
#include <string.h>

#define CHILD_LIMIT 20000 /* ms */

/* ---- in the child ---- */

static wchar_t *child_url(const wchar_t *path, wchar_t url[HTTPD_URL_MAX])
{
    assert_true(GetEnvironmentVariableW(L"TESTKIT_URL", url, HTTPD_URL_MAX));
    return wcscat(url, path);
}

static wchar_t *child_path(const wchar_t *name, wchar_t path[MAX_PATH])
{
    assert_true(GetEnvironmentVariableW(L"TESTKIT_TARGET", path, MAX_PATH));
    return wcscat(path, name);
}

static inline IBackgroundCopyJob *child_job(REFCLSID clsid, const wchar_t *name,
                                            const wchar_t *path)
{
    wchar_t url[HTTPD_URL_MAX], target[MAX_PATH];
    IBackgroundCopyJob *job = kit_job_of_class(clsid, name);

    if (path)
        assert_hr(S_OK,
                  IBackgroundCopyJob_AddFile(job, child_url(path, url), child_path(name, target)));
    return job;
}

static inline IBackgroundCopyJob *child_run(REFCLSID clsid, const wchar_t *name,
                                            const wchar_t *path, BG_JOB_STATE until)
{
    IBackgroundCopyJob *job = child_job(clsid, name, path);

    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_true(kit_wait_state(job, until, CHILD_LIMIT / 2));
    return job;
}

static inline IDODownload *child_download(const wchar_t *name, const wchar_t *path)
{
    wchar_t url[HTTPD_URL_MAX], target[MAX_PATH];
    IDODownload *download;
    struct kit kit = {0};

    assert_hr(S_OK, kit_manager(&CLSID_DosvcManager, &kit.manager));
    download = kit_download(&kit);
    IBackgroundCopyManager_Release(kit.manager);
    assert_hr(S_OK, kit_set_string(download, DODownloadProperty_DisplayName, name));
    assert_hr(S_OK, kit_set_string(download, DODownloadProperty_Uri, child_url(path, url)));
    assert_hr(S_OK,
              kit_set_string(download, DODownloadProperty_LocalPath, child_path(name, target)));
    return download;
}

static inline IDODownload *child_stream(const wchar_t *name, const wchar_t *path)
{
    wchar_t url[HTTPD_URL_MAX];
    IDODownload *download;
    struct kit kit = {0};
    IStream *stream;
    VARIANT value;

    assert_hr(S_OK, kit_manager(&CLSID_DosvcManager, &kit.manager));
    download = kit_download(&kit);
    IBackgroundCopyManager_Release(kit.manager);
    assert_hr(S_OK, CreateStreamOnHGlobal(NULL, TRUE, &stream));
    V_VT(&value) = VT_UNKNOWN;
    V_UNKNOWN(&value) = (IUnknown *)stream;
    assert_hr(S_OK, kit_set_string(download, DODownloadProperty_DisplayName, name));
    assert_hr(S_OK, kit_set_string(download, DODownloadProperty_Uri, child_url(path, url)));
    assert_hr(S_OK, IDODownload_SetProperty(download, DODownloadProperty_StreamInterface, &value));
    IStream_Release(stream);
    return download;
}

struct child_story
{
    const char *name;
    void (*tell)(void);
};

/* Tells the story, and is gone without a word. */
static inline int child_main(const struct child_story *stories, const char *name)
{
    for (; stories->name; stories++)
        if (!strcmp(stories->name, name))
        {
            CoInitializeEx(NULL, COINIT_MULTITHREADED);
            stories->tell();
            TerminateProcess(GetCurrentProcess(), 0);
        }
    return 77;
}

/* ---- in the test ---- */

/* Nobody has the queue open. */
static inline int restart_setup(void **state)
{
    int result = kit_setup(state);
    struct kit *kit = *state;

    if (result)
        return result;
    IBackgroundCopyManager_Release(kit->manager);
    kit->manager = NULL;
    kit_assert_nothing_lives();
    return 0;
}

static inline void restart_child(struct kit *kit, const wchar_t *story)
{
    struct kit_child child;
    wchar_t target[MAX_PATH];

    kit_offer(kit, "/", L"", target);
    kit_child(&child, kit, story);
    assert_int_equal(0, kit_child_wait(&child, CHILD_LIMIT));
}

static inline void restart_open(struct kit *kit)
{
    assert_hr(S_OK, kit_manager(&CLSID_DosvcManager, &kit->manager));
}

/* Closes the queue again. */
static inline void restart_close(struct kit *kit)
{
    IBackgroundCopyManager_Release(kit->manager);
    kit->manager = NULL;
    kit_assert_nothing_lives();
}

static inline bool restart_has_name(IBackgroundCopyJob *job, const wchar_t *name)
{
    LPWSTR text;
    bool same;

    assert_hr(S_OK, IBackgroundCopyJob_GetDisplayName(job, &text));
    same = !wcscmp(text, name);
    CoTaskMemFree(text);
    return same;
}

/* The class's job of that name, counted, or NULL. */
static inline IBackgroundCopyJob *restart_find(REFCLSID clsid, const wchar_t *name)
{
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job, *found = NULL;
    IEnumBackgroundCopyJobs *jobs;

    assert_hr(S_OK, kit_manager(clsid, &manager));
    assert_hr(S_OK, IBackgroundCopyManager_EnumJobs(manager, 0, &jobs));
    while (!found && IEnumBackgroundCopyJobs_Next(jobs, 1, &job, NULL) == S_OK)
        if (restart_has_name(job, name))
            found = job;
        else
            IBackgroundCopyJob_Release(job);
    IEnumBackgroundCopyJobs_Release(jobs);
    IBackgroundCopyManager_Release(manager);
    return found;
}

static inline IBackgroundCopyJob *restart_job(const wchar_t *name)
{
    IBackgroundCopyJob *job = restart_find(&CLSID_DosvcManager, name);

    assert_non_null(job);
    return job;
}

static inline IDODownload *restart_download(struct kit *kit, const wchar_t *name)
{
    DO_DOWNLOAD_ENUM_CATEGORY category = {DODownloadProperty_DisplayName, name};
    IDOManager *manager = kit_face(kit->manager, &IID_IDOManager);
    IEnumUnknown *downloads;
    IDODownload *download;
    IUnknown *unknown;

    assert_hr(S_OK, IDOManager_EnumDownloads(manager, &category, &downloads));
    assert_hr(S_OK, IEnumUnknown_Next(downloads, 1, &unknown, NULL));
    download = kit_face(unknown, &IID_IDODownload);
    IUnknown_Release(unknown);
    IEnumUnknown_Release(downloads);
    IDOManager_Release(manager);
    return download;
}

/* How many files of ours, or others, are in the test's folder, output of children aside. */
static inline unsigned int restart_files(const struct kit *kit, const wchar_t *pattern)
{
    wchar_t path[MAX_PATH];
    WIN32_FIND_DATAW found;
    unsigned int count = 0;
    HANDLE search;

    search = FindFirstFileW(kit_path(kit, pattern, path), &found);
    if (search == INVALID_HANDLE_VALUE)
        return 0;
    do
        count += !(found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY);
    while (FindNextFileW(search, &found));
    FindClose(search);
    return count;
}

#define RESTART_HELD                                                                               \
    {                                                                                              \
        .seed = 2, .size = 1000000, .etag = "\"x\"", .hold_body = true, .hold_at = 400000          \
    }
#define RESTART_REST                                                                               \
    {                                                                                              \
        .seed = 2, .size = 1000000, .etag = "\"x\""                                                \
    }

static inline void finish(IBackgroundCopyJob *job)
{
    assert_true(kit_wait_state(job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_hr(S_OK, IBackgroundCopyJob_Complete(job));
    IBackgroundCopyJob_Release(job);
}

static inline void assert_target(struct kit *kit, const wchar_t *name, uint32_t seed, uint64_t size)
{
    wchar_t path[MAX_PATH];

    assert_true(content_check_file(kit_path(kit, name, path), seed, size));
}

#define RESTART(test) cmocka_unit_test_setup_teardown(test, restart_setup, kit_teardown)

#endif
