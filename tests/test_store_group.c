/* The store under several writers: threads share transactions, other connections are waited for,
 * readers hold nobody up. */
#include "store_kit.h"

#include "io/store_parts.h"

#define THREADS 8

/* ---- threads ---- */

struct writer
{
    struct store *store;
    struct store_job job; /* each time a new one */
    unsigned int commits;
    HRESULT result;
    HANDLE thread;
};

static void write_jobs(void *context)
{
    struct writer *writer = context;
    struct store_change change = {.verb = STORE_ADD_JOB, .job = &writer->job};
    struct store_request request = {.changes = &change, .count = 1};
    unsigned int i;

    for (i = 0; i < writer->commits && SUCCEEDED(writer->result); i++)
    {
        writer->job = store_kit_job(L"x");
        writer->result = store_commit(writer->store, &request);
    }
}

static void start(struct writer *writers, struct store_kit *kit, unsigned int commits)
{
    size_t i;

    for (i = 0; i < THREADS; i++)
    {
        writers[i] = (struct writer){.store = kit->store, .commits = commits, .result = S_OK};
        assert_hr(S_OK, thread_start("writer", write_jobs, &writers[i], &writers[i].thread));
    }
}

static void join(struct writer *writers)
{
    size_t i;

    for (i = 0; i < THREADS; i++)
    {
        assert_int_equal(WAIT_OBJECT_0, WaitForSingleObject(writers[i].thread, UNIT_LIMIT));
        handle_close(writers[i].thread);
    }
}

static unsigned int waiting(struct store *store)
{
    struct store_request *request;
    unsigned int count = 0;

    lock_take(&store->lock);
    for (request = store->first; request; request = request->next)
        count++;
    lock_drop(&store->lock);
    return count;
}

/* While the connection is taken requests gather; what is returned, they are there. */
static void gather(struct store_kit *kit, struct writer *writers)
{
    ULONGLONG deadline = GetTickCount64() + UNIT_LIMIT;

    store_take_connection(kit->store);
    start(writers, kit, 1);
    while (waiting(kit->store) < THREADS && GetTickCount64() < deadline)
        kit_pass(1);
    assert_int_equal(THREADS, waiting(kit->store));
}

static void requests_that_wait_share_a_transaction(void **state)
{
    struct store_kit *kit = *state;
    struct writer writers[THREADS];
    UINT64 before = store_transactions(kit->store);
    size_t i;

    gather(kit, writers);
    sick_vfs_heal();
    store_give_connection(kit->store);
    join(writers);
    for (i = 0; i < THREADS; i++)
        assert_hr(S_OK, writers[i].result);
    assert_int_equal(before + 1, store_transactions(kit->store));
    assert_true(sick_vfs_calls(SICK_SYNC) <= 2); /* the log's beginning, the commit */
    assert_int_equal(THREADS, store_kit_all(kit).jobs);
}

static void threads_in_a_hurry_need_few_transactions(void **state)
{
    struct store_kit *kit = *state;
    struct writer writers[THREADS];
    UINT64 before = store_transactions(kit->store);
    size_t i;

    start(writers, kit, 50);
    join(writers);
    for (i = 0; i < THREADS; i++)
        assert_hr(S_OK, writers[i].result);
    assert_int_equal(THREADS * 50, store_kit_all(kit).jobs);
    assert_true(store_transactions(kit->store) - before < THREADS * 50 / 2);
}

static void a_commit_that_fails_fails_for_all_of_it(void **state)
{
    struct store_kit *kit = *state;
    struct writer writers[THREADS];
    size_t i;

    store_kit_add(kit, L"x");
    gather(kit, writers);
    sick_vfs_fail(SICK_SYNC, 1, SQLITE_IOERR_FSYNC, ERROR_IO_DEVICE);
    store_give_connection(kit->store);
    join(writers);
    sick_vfs_heal();
    for (i = 0; i < THREADS; i++)
    {
        assert_hr(WIN32_HR(ERROR_IO_DEVICE), writers[i].result);
        assert_int_equal(0, writers[i].job.id);
    }
    assert_int_equal(1, store_kit_all(kit).jobs);
    store_kit_add(kit, L"y");
    assert_int_equal(2, store_kit_all(kit).jobs);
}

/* ---- other connections ---- */

struct holder
{
    sqlite3 *db;
    DWORD ms;
};

static void let_go(void *context)
{
    struct holder *holder = context;

    kit_pass(holder->ms);
    sqlite3_exec(holder->db, "COMMIT", NULL, NULL, NULL);
}

static void a_busy_writer_is_waited_for(void **state)
{
    struct store_kit *kit = *state;
    struct holder holder = {store_kit_stranger(kit), 300};
    ULONGLONG begin = GetTickCount64();
    HANDLE thread;

    store_kit_sql(holder.db, "BEGIN IMMEDIATE");
    assert_hr(S_OK, thread_start("holder", let_go, &holder, &thread));
    store_kit_add(kit, L"x");
    assert_true(GetTickCount64() - begin >= 250);
    assert_int_equal(WAIT_OBJECT_0, WaitForSingleObject(thread, UNIT_LIMIT));
    handle_close(thread);
    sqlite3_close(holder.db);
}

static void a_writer_that_stays_is_waited_for_5_seconds(void **state)
{
    struct store_kit *kit = *state;
    struct store_job job = store_kit_job(L"x"), other = store_kit_add(kit, L"y");
    sqlite3 *stranger = store_kit_stranger(kit);
    ULONGLONG begin = GetTickCount64(), took;

    store_kit_sql(stranger, "BEGIN IMMEDIATE");
    assert_hr(WIN32_HR(ERROR_BUSY), store_kit_do(kit, STORE_ADD_JOB, &job));
    took = GetTickCount64() - begin;
    assert_true(took >= 4900 && took < 15000);
    assert_int_equal(0, job.id);
    assert_int_equal(1, store_kit_all(kit).jobs); /* readers need not wait */
    store_kit_sql(stranger, "COMMIT");
    sqlite3_close(stranger);
    assert_hr(S_OK, store_kit_do(kit, STORE_ADD_JOB, &job));
    assert_hr(S_OK, store_kit_do(kit, STORE_REMOVE_JOB, &other));
}

static int stranger_counts(sqlite3 *stranger)
{
    sqlite3_stmt *count;
    int jobs;

    assert_int_equal(SQLITE_OK,
                     sqlite3_prepare_v2(stranger, "SELECT count(*) FROM job", -1, &count, NULL));
    assert_int_equal(SQLITE_ROW, sqlite3_step(count));
    jobs = sqlite3_column_int(count, 0);
    sqlite3_finalize(count);
    return jobs;
}

static void a_long_reader_holds_nobody_up(void **state)
{
    struct store_kit *kit = *state;
    struct writer writers[THREADS];
    sqlite3 *stranger = store_kit_stranger(kit);
    ULONGLONG begin;

    store_kit_add(kit, L"x");
    store_kit_sql(stranger, "BEGIN");
    assert_int_equal(1, stranger_counts(stranger));
    begin = GetTickCount64();
    start(writers, kit, 200); /* the log grows past what is written back at a time */
    join(writers);
    assert_true(GetTickCount64() - begin < UNIT_LIMIT);
    assert_int_equal(1, stranger_counts(stranger));
    store_kit_sql(stranger, "COMMIT");
    assert_int_equal(1 + THREADS * 200, stranger_counts(stranger));
    sqlite3_close(stranger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_case(requests_that_wait_share_a_transaction),
        store_case(threads_in_a_hurry_need_few_transactions),
        store_case(a_commit_that_fails_fails_for_all_of_it),
        store_case(a_busy_writer_is_waited_for),
        store_case(a_writer_that_stays_is_waited_for_5_seconds),
        store_case(a_long_reader_holds_nobody_up),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
