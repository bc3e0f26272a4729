/*
 * The store by itself: durable jobs a second beside SQLite's own commits, alone and from 8 threads,
 * and the loading of a long queue.
 *
 *     store [JOBS]
 *
 * Works in the folder store-bench of the present one, where a queue is deleted first.
 */
#include "lib/measure.h"
#include "lib/report.h"

#include "base/thread.h"
#include "io/store.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define ROUNDS 5
#define SHARE 400 /* jobs in a round */
#define THREADS 8

struct filler
{
    struct store *store;
    unsigned int jobs;
    HRESULT result;
};

static const WCHAR *folder = L"store-bench";

static void fail(const char *what, HRESULT hr)
{
    fprintf(stderr, "%s: 0x%08lx\n", what, hr);
    exit(1);
}

static void path_of(const WCHAR *name, WCHAR path[MAX_PATH])
{
    swprintf(path, MAX_PATH, L"%ls\\%ls", folder, name);
}

static void clear(void)
{
    static const WCHAR *const names[] = {L"queue.db", L"queue.db-wal", L"queue.db-shm",
                                         L"bare.db",  L"bare.db-wal",  L"bare.db-shm"};
    WCHAR path[MAX_PATH];
    size_t i;

    CreateDirectoryW(folder, NULL);
    for (i = 0; i < ARRAY_SIZE(names); i++)
    {
        path_of(names[i], path);
        DeleteFileW(path);
    }
}

/* ---- a durable job: made, given a file, resumed; a commit each ---- */

static HRESULT commit(struct store *store, struct store_change *changes, size_t count)
{
    struct store_request request = {.changes = changes, .count = count};

    return store_commit(store, &request);
}

static HRESULT add_job(struct store *store, unsigned int number)
{
    struct store_job job = {.face = 1, .state = 1, .error_file = -1, .name = L"a job of the bench"};
    struct store_file file = {.size_hint = STORE_UNKNOWN};
    struct store_change make = {.verb = STORE_ADD_JOB, .job = &job};
    struct store_change touch = {.verb = STORE_TOUCH_JOB, .job = &job};
    struct store_change add = {.verb = STORE_ADD_FILE, .of_file = &file};
    struct store_change set = {.verb = STORE_SET_JOB, .job = &job};
    struct store_change file_rows[2];
    WCHAR url[128], path[128];
    HRESULT hr;

    swprintf(url, ARRAY_SIZE(url), L"http://localhost:8080/a/folder/of/it/file-%u.bin", number);
    swprintf(path, ARRAY_SIZE(path), L"C:\\users\\somebody\\Downloads\\a folder\\%u.bin", number);
    file.remote_name = url;
    file.local_name = path;
    job.guid.Data1 = number;
    if (FAILED(hr = commit(store, &make, 1)))
        return hr;
    file.job = job.id;
    file_rows[0] = touch;
    file_rows[1] = add;
    if (FAILED(hr = commit(store, file_rows, 2)))
        return hr;
    job.state = 2;
    return commit(store, &set, 1);
}

static void fill(void *context)
{
    struct filler *filler = context;
    unsigned int i;

    for (i = 0; i < filler->jobs && SUCCEEDED(filler->result); i++)
        filler->result = add_job(filler->store, i);
}

/* ---- measurements ---- */

/* One row a commit, durable: what the disk and SQLite allow. */
static double bare_rate(unsigned int commits)
{
    sqlite3_stmt *insert = NULL;
    char name[MAX_PATH];
    sqlite3 *db = NULL;
    unsigned int i;
    double begin;

    snprintf(name, sizeof(name), "%ls\\bare.db", folder);
    if (sqlite3_open(name, &db) ||
        sqlite3_exec(db,
                     "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;"
                     "CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, a TEXT)",
                     NULL, NULL, NULL) ||
        sqlite3_prepare_v2(db, "INSERT INTO t(a) VALUES('a row of the bench')", -1, &insert, NULL))
        fail("bare", E_FAIL);
    begin = measure_now();
    for (i = 0; i < commits; i++)
    {
        if (sqlite3_step(insert) != SQLITE_DONE)
            fail("bare", E_FAIL);
        sqlite3_reset(insert);
    }
    begin = measure_now() - begin;
    sqlite3_finalize(insert);
    sqlite3_close(db);
    return commits / begin;
}

static double one_by_one(struct store *store, unsigned int jobs)
{
    struct filler filler = {store, jobs, S_OK};
    double begin = measure_now();

    fill(&filler);
    if (FAILED(filler.result))
        fail("job", filler.result);
    return jobs / (measure_now() - begin);
}

static double together(struct store *store, unsigned int jobs)
{
    struct filler fillers[THREADS];
    HANDLE threads[THREADS];
    double begin = measure_now();
    size_t i;

    for (i = 0; i < THREADS; i++)
    {
        fillers[i] = (struct filler){store, jobs, S_OK};
        if (FAILED(thread_start("filler", fill, &fillers[i], &threads[i])))
            fail("thread", E_FAIL);
    }
    WaitForMultipleObjects(THREADS, threads, TRUE, INFINITE);
    begin = measure_now() - begin;
    for (i = 0; i < THREADS; i++)
    {
        CloseHandle(threads[i]);
        if (FAILED(fillers[i].result))
            fail("job", fillers[i].result);
    }
    return jobs * THREADS / begin;
}

static HRESULT count_job(void *context, const struct store_job *job)
{
    (void)job;
    ++*(unsigned int *)context;
    return S_OK;
}

static struct store *open_store(struct queue_lock *lock)
{
    struct store *store;
    HRESULT hr = store_open(folder, lock, false, &store);

    if (FAILED(hr))
        fail("open", hr);
    return store;
}

static void measure_commits(struct queue_lock *lock)
{
    double bare[ROUNDS], alone[ROUNDS], all[ROUNDS], share[ROUNDS], times[ROUNDS];
    struct store *store = open_store(lock);
    UINT64 before;
    size_t i;

    for (i = 0; i < ROUNDS; i++)
    {
        bare[i] = bare_rate(SHARE * 3);
        alone[i] = one_by_one(store, SHARE);
        before = store_transactions(store);
        all[i] = together(store, SHARE / 2);
        printf("round %zu: %.0f commits/s bare, %.0f jobs/s, %.0f jobs/s from %d threads"
               " (%.1f requests a transaction)\n",
               i + 1, bare[i], alone[i], all[i], THREADS,
               SHARE / 2.0 * THREADS * 3 / (double)(store_transactions(store) - before));
        share[i] = alone[i] / bare[i];
        times[i] = all[i] / alone[i];
    }
    printf("median: %.2f jobs for each bare commit; %d threads are %.2f times as fast\n",
           report_quantile(share, ROUNDS, 0.5), THREADS, report_quantile(times, ROUNDS, 0.5));
    store_close(store);
}

static void measure_loading(struct queue_lock *lock, unsigned int jobs)
{
    struct store_visitor visitor = {.job = count_job};
    struct store *store;
    double begin, opened, loaded;
    unsigned int count = 0;
    INT64 sequence = 0;
    HRESULT hr;

    clear();
    if (FAILED(hr = store_open(folder, lock, true, &store)))
        fail("open", hr);
    together(store, jobs / THREADS);
    store_close(store);
    begin = measure_now();
    store = open_store(lock);
    opened = measure_now();
    if (FAILED(hr = store_read(store, &sequence, &visitor, &count)))
        fail("read", hr);
    loaded = measure_now();
    printf("%u jobs: opened (and checked) in %.0f ms, read in %.0f ms", count,
           (opened - begin) * 1000, (loaded - opened) * 1000);
    begin = measure_now();
    store_close(store);
    printf(", closed in %.0f ms\n", (measure_now() - begin) * 1000);
}

int main(int argc, char **argv)
{
    struct queue_lock *lock;
    HRESULT hr;

    clear();
    if (FAILED(hr = queue_lock_open(folder, &lock)))
        fail("lock", hr);
    measure_commits(lock);
    measure_loading(lock, argc > 1 ? (unsigned int)atoi(argv[1]) : 10000);
    queue_lock_close(lock);
    return 0;
}
