#ifndef TESTS_LINE_KIT_H
#define TESTS_LINE_KIT_H

/* Jobs that wait for each other: many files of few scripts, on two servers. */
#include "testkit/kit.h"

#include <stdio.h>
#include <wchar.h>

static struct httpd *other; /* a second server */

static inline int set_up(void **state)
{
    other = httpd_start();
    return other ? kit_setup(state) : -1;
}

static inline int tear_down(void **state)
{
    int result;

    kit_environment(L"DOSVC_SETTINGS", NULL);
    result = kit_teardown(state);
    httpd_stop(other);
    return result;
}

static inline IBackgroundCopyJob *job_of(struct kit *kit, BG_JOB_PRIORITY priority)
{
    IBackgroundCopyJob *job = kit_job(kit, L"line");

    assert_hr(S_OK, IBackgroundCopyJob_SetPriority(job, priority));
    return job;
}

/* So many files of one script, /name-0 and up, each into a file of its own. */
static inline void add_files(struct kit *kit, IBackgroundCopyJob *job, struct httpd *httpd,
                             const char *name, unsigned int count)
{
    wchar_t url[HTTPD_URL_MAX], path[MAX_PATH], local[64];
    char remote[64];
    unsigned int i;

    for (i = 0; i < count; i++)
    {
        snprintf(remote, sizeof(remote), "/%s?%u", name, i);
        swprintf(local, ARRAY_SIZE(local), L"%hs-%u", name, i);
        assert_hr(S_OK, IBackgroundCopyJob_AddFile(job, httpd_wide_url(httpd, remote, url),
                                                   kit_path(kit, local, path)));
    }
}

static inline void resume(IBackgroundCopyJob *job)
{
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
}

static inline void end(IBackgroundCopyJob *job)
{
    IBackgroundCopyJob_Cancel(job);
    IBackgroundCopyJob_Release(job);
}

#endif
