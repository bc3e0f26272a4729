/*
 * What the tests of the store share: a store in a fresh folder, rows to put into it, and a visitor
 * that counts and keeps what it is shown.
 */
#ifndef TESTS_STORE_KIT_H
#define TESTS_STORE_KIT_H

#include "unit.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "io/store.h"
#include "testkit/sick_vfs.h"

#define WIN32_HR(code) HRESULT_FROM_WIN32(code)
#define store_case(name) cmocka_unit_test_setup_teardown(name, store_kit_setup, store_kit_teardown)

struct store_kit
{
    struct kit kit; /* its folder, and its children */
    struct queue_lock *lock;
    struct store *store;
};

static inline void store_kit_open(struct store_kit *kit)
{
    assert_hr(S_OK, store_open(kit->kit.folder, kit->lock, false, &kit->store));
}

static inline void store_kit_close(struct store_kit *kit)
{
    store_close(kit->store);
    kit->store = NULL;
}

static inline void store_kit_reopen(struct store_kit *kit)
{
    store_kit_close(kit);
    store_kit_open(kit);
}

static int store_kit_setup(void **state)
{
    struct store_kit *kit = calloc(1, sizeof(*kit));

    unit_setup(state);
    *state = kit;
    sick_vfs_register();
    store_use_vfs(SICK_VFS);
    if (!kit || !kit_make_folder(L"store", kit->kit.folder))
        return -1;
    assert_hr(S_OK, queue_lock_open(kit->kit.folder, &kit->lock));
    store_kit_open(kit);
    return 0;
}

static int store_kit_teardown(void **state)
{
    struct store_kit *kit = *state;

    sick_vfs_heal();
    store_close(kit->store);
    queue_lock_close(kit->lock);
    kit_remove_folder(kit->kit.folder);
    assert_int_equal(INVALID_FILE_ATTRIBUTES, GetFileAttributesW(kit->kit.folder));
    free(kit);
    return unit_teardown(state);
}

/* ---- writing ---- */

static inline HRESULT store_kit_commit(struct store_kit *kit, struct store_change *changes,
                                       size_t count)
{
    struct store_request request = {.changes = changes, .count = count, .result = E_PENDING};
    HRESULT hr = store_commit(kit->store, &request);

    assert_hr(hr, request.result);
    return hr;
}

static inline struct store_job store_kit_job(const WCHAR *name)
{
    return (struct store_job){.face = 1, .state = 1, .error_file = -1, .name = name};
}

/* One that is stored, with no files; asserts success. */
static inline struct store_job store_kit_add(struct store_kit *kit, const WCHAR *name)
{
    struct store_job job = store_kit_job(name);
    struct store_change change = {.verb = STORE_ADD_JOB, .job = &job};

    assert_hr(S_OK, store_kit_commit(kit, &change, 1));
    assert_int_equal(1, job.revision);
    return job;
}

static inline HRESULT store_kit_do(struct store_kit *kit, enum store_verb verb,
                                   struct store_job *job)
{
    struct store_change change = {.verb = verb, .job = job};

    return store_kit_commit(kit, &change, 1);
}

/* An initialiser of a struct store_change. */
#define STORE_VALUE(where, key, ...)                                                               \
    {                                                                                              \
        .verb = STORE_SET_VALUE, .file = (where), .name = (key), .value = { __VA_ARGS__ }          \
    }

/* ---- reading ---- */

#define SEEN_MAX 64

struct seen
{
    unsigned int jobs, files, values, gone;
    INT64 ids[SEEN_MAX]; /* of the jobs */
    int states[SEEN_MAX];
    INT64 revisions[SEEN_MAX];
    INT64 gone_id;
    GUID gone_guid;
    int gone_face, gone_state;
    bool parts_missing; /* a job whose name is "whole" has no file */
    bool last_is_whole;
    unsigned int fail_at; /* the visit of this job fails; 0: none */
};

static inline void seen_end_job(struct seen *seen)
{
    seen->parts_missing |= seen->last_is_whole;
    seen->last_is_whole = false;
}

static inline HRESULT seen_job(void *context, const struct store_job *job)
{
    struct seen *seen = context;

    seen_end_job(seen);
    if (seen->jobs < SEEN_MAX)
    {
        seen->ids[seen->jobs] = job->id;
        seen->states[seen->jobs] = job->state;
        seen->revisions[seen->jobs] = job->revision;
    }
    seen->jobs++;
    seen->last_is_whole = job->name && !wcscmp(job->name, L"whole");
    return seen->jobs == seen->fail_at ? E_ABORT : S_OK;
}

static inline HRESULT seen_file(void *context, const struct store_file *file,
                                const struct store_progress *progress)
{
    struct seen *seen = context;

    (void)file;
    (void)progress;
    seen->files++;
    seen->last_is_whole = false;
    return S_OK;
}

static inline HRESULT seen_value(void *context, INT64 job, INT64 file, const char *name,
                                 const struct store_value *value)
{
    struct seen *seen = context;

    (void)job;
    (void)file;
    (void)name;
    (void)value;
    seen->values++;
    return S_OK;
}

static inline HRESULT seen_gone(void *context, INT64 id, const GUID *guid, int face, int state)
{
    struct seen *seen = context;

    seen->gone++;
    seen->gone_id = id;
    seen->gone_guid = *guid;
    seen->gone_face = face;
    seen->gone_state = state;
    return S_OK;
}

static const struct store_visitor seen_visitor = {seen_job, seen_value, seen_file, seen_gone};

/* What changed after *sequence. */
static inline struct seen store_kit_read(struct store_kit *kit, INT64 *sequence)
{
    struct seen seen = {0};

    assert_hr(S_OK, store_read(kit->store, sequence, &seen_visitor, &seen));
    seen_end_job(&seen);
    return seen;
}

/* All there is. */
static inline struct seen store_kit_all(struct store_kit *kit)
{
    INT64 sequence = 0;

    return store_kit_read(kit, &sequence);
}

/* ---- the database behind the store's back ---- */

/* A connection of somebody else's; asserts success. */
static inline sqlite3 *store_kit_stranger(struct store_kit *kit)
{
    sqlite3 *db = NULL;
    char path[MAX_PATH];

    snprintf(path, sizeof(path), "%ls\\queue.db", kit->kit.folder);
    assert_int_equal(SQLITE_OK, sqlite3_open(path, &db));
    return db;
}

static inline void store_kit_sql(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
}

#endif
