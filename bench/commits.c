/*
 * CreateJob + AddFile + Resume, each durable when it returns: how many a second one by one and from
 * 8 threads, beside SQLite's own rate of one-row commits with synchronous=FULL.
 *
 *     commits [RUNS]
 */
#include "lib/jobs.h"
#include "lib/measure.h"
#include "lib/report.h"
#include "lib/ways.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define ROUNDS 1000 /* jobs, or commits, of a run */
#define THREADS 8

struct commits
{
    IBackgroundCopyManager *manager;
    WCHAR folder[MAX_PATH];
    WCHAR url[64];
    sqlite3 *database;
    volatile LONG next;
    volatile LONG result;
    LONG end;
};

static HRESULT by_sqlite(void *context)
{
    struct commits *commits = context;
    sqlite3_stmt *insert = NULL;
    int i, code;

    code = sqlite3_prepare_v2(commits->database, "INSERT INTO rows VALUES (NULL, 'a text')", -1,
                              &insert, NULL);
    for (i = 0; !code && i < ROUNDS; i++)
    {
        if (sqlite3_step(insert) != SQLITE_DONE)
            code = SQLITE_ERROR;
        sqlite3_reset(insert);
    }
    sqlite3_finalize(insert);
    return code ? E_FAIL : S_OK;
}

static DWORD WINAPI add_jobs(void *context)
{
    struct commits *commits = context;
    IBackgroundCopyJob *job;
    WCHAR path[MAX_PATH];
    HRESULT hr = S_OK;
    LONG i;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    while (SUCCEEDED(hr) && (i = InterlockedIncrement(&commits->next)) <= commits->end)
    {
        swprintf(path, MAX_PATH, L"%ls\\%ld.bin", commits->folder, i);
        hr = jobs_create(commits->manager, commits->url, path, &job);
        if (FAILED(hr))
            break;
        hr = IBackgroundCopyJob_Resume(job);
        IBackgroundCopyJob_Release(job);
    }
    if (FAILED(hr))
        commits->result = hr;
    CoUninitialize();
    return 0;
}

static HRESULT by_threads(struct commits *commits, unsigned int count)
{
    HANDLE threads[THREADS];
    unsigned int i;

    commits->end = commits->next + ROUNDS;
    commits->result = S_OK;
    for (i = 0; i < count; i++)
        threads[i] = CreateThread(NULL, 0, add_jobs, commits, 0, NULL);
    WaitForMultipleObjects(count, threads, TRUE, INFINITE);
    for (i = 0; i < count; i++)
        CloseHandle(threads[i]);
    commits->next = commits->end;
    return commits->result;
}

static HRESULT by_one(void *context)
{
    return by_threads(context, 1);
}

static HRESULT by_eight(void *context)
{
    return by_threads(context, THREADS);
}

static HRESULT done(void *context, const struct way *way)
{
    struct commits *commits = context;

    (void)way;
    jobs_cancel_all(commits->manager);
    return S_OK;
}

static const struct way ways[] = {
    {"commits", "sqlite", by_sqlite, false},
    {"commits", "one", by_one, false},
    {"commits", "eight", by_eight, false},
};

static const struct goal goals[] = {
    {"commits", "one", "sqlite", 0.3, 0},
    {"commits", "eight", "one", 3.0, 0},
};

static bool open_database(struct commits *commits)
{
    char path[MAX_PATH];

    snprintf(path, sizeof(path), "%ls\\bare.db", commits->folder);
    return !sqlite3_open(path, &commits->database) &&
           !sqlite3_exec(commits->database,
                         "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                         "CREATE TABLE rows (id INTEGER PRIMARY KEY, content TEXT)",
                         NULL, NULL, NULL);
}

int main(int argc, char **argv)
{
    static struct commits commits;
    struct ways options = {.row = "commits",
                           .ways = ways,
                           .way_count = ARRAY_SIZE(ways),
                           .goals = goals,
                           .goal_count = ARRAY_SIZE(goals),
                           .runs = argc > 1 ? (unsigned int)atoi(argv[1]) : 5,
                           .amount = ROUNDS,
                           .unit = "a second",
                           .done = done,
                           .context = &commits};
    int code;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (!options.runs || options.runs > REPORT_RUNS_MAX || !jobs_own_queue(commits.folder) ||
        !open_database(&commits) || !jobs_silent_url(commits.url, ARRAY_SIZE(commits.url)) ||
        FAILED(jobs_manager(&commits.manager)))
    {
        fprintf(stderr, "usage: commits [RUNS]\n");
        return 2;
    }
    code = ways_run(&options);
    sqlite3_close(commits.database);
    IBackgroundCopyManager_Release(commits.manager);
    CoUninitialize();
    jobs_remove_queue(commits.folder);
    return code;
}
