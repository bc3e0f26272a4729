/* The store: all of a request happens or none of it, and what changed can be read. */
#include "store_kit.h"

/* ---- requests ---- */

static void a_whole_job_is_one_request(void **state)
{
    struct store_kit *kit = *state;
    struct store_job jobs[2] = {store_kit_job(L"whole"), store_kit_job(L"whole")};
    struct store_file files[2] = {{.index = 0}, {.index = 1}};
    struct store_change value = STORE_VALUE(1, "a", STORE_NUMBER, .number = 1);
    struct store_change changes[] = {{.verb = STORE_ADD_JOB, .job = &jobs[0]},
                                     {.verb = STORE_ADD_FILE, .of_file = &files[0]},
                                     {.verb = STORE_ADD_JOB, .job = &jobs[1]},
                                     {.verb = STORE_ADD_FILE, .of_file = &files[0]},
                                     {.verb = STORE_ADD_FILE, .of_file = &files[1]},
                                     value};
    struct seen seen;

    assert_hr(S_OK, store_kit_commit(kit, changes, ARRAY_SIZE(changes)));
    assert_true(jobs[1].id > jobs[0].id);
    seen = store_kit_all(kit);
    assert_int_equal(2, seen.jobs);
    assert_int_equal(3, seen.files);
    assert_int_equal(1, seen.values);
    assert_false(seen.parts_missing);
    assert_int_equal(1, store_transactions(kit->store));
}

/* ---- refusals ---- */

static void a_change_of_an_older_revision_is_refused(void **state)
{
    static const enum store_verb verbs[] = {STORE_SET_JOB, STORE_TOUCH_JOB, STORE_REMOVE_JOB};
    struct store_kit *kit = *state;
    struct store_job job = store_kit_add(kit, L"x"), old = job;
    struct seen seen;
    size_t i;

    assert_hr(S_OK, store_kit_do(kit, STORE_TOUCH_JOB, &job));
    assert_int_equal(2, job.revision);
    for (i = 0; i < ARRAY_SIZE(verbs); i++)
    {
        old.state = 77;
        assert_hr(STORE_E_CONFLICT, store_kit_do(kit, verbs[i], &old));
        assert_int_equal(1, old.revision);
    }
    seen = store_kit_all(kit);
    assert_int_equal(1, seen.jobs);
    assert_int_equal(2, seen.revisions[0]);
    assert_int_equal(1, seen.states[0]);
}

static HRESULT note_modified(void *context, const struct store_job *job)
{
    *(UINT64 *)context = job->modified;
    return S_OK;
}

static void a_touch_tells_when(void **state)
{
    static const struct store_visitor visitor = {.job = note_modified};
    struct store_kit *kit = *state;
    struct store_job job = store_kit_add(kit, L"x");
    UINT64 modified = 0;

    job.modified = 4711;
    assert_hr(S_OK, store_kit_do(kit, STORE_TOUCH_JOB, &job));
    assert_hr(S_OK, store_read_job(kit->store, job.id, &visitor, &modified));
    assert_int_equal(4711, modified);
}

static void a_state_is_shown_only_over_the_revision_it_is_of(void **state)
{
    struct store_kit *kit = *state;
    struct store_job job = store_kit_add(kit, L"x"), old = job;

    job.state = 5;
    assert_hr(S_OK, store_kit_do(kit, STORE_SHOW_JOB, &job));
    assert_int_equal(1, job.revision);
    assert_int_equal(5, store_kit_all(kit).states[0]);
    job.state = 6;
    assert_hr(S_OK, store_kit_do(kit, STORE_SET_JOB, &job));
    old.state = 7;
    assert_hr(S_OK, store_kit_do(kit, STORE_SHOW_JOB, &old));
    assert_int_equal(6, store_kit_all(kit).states[0]);
}

static void what_is_not_there_cannot_be_changed(void **state)
{
    struct store_kit *kit = *state;
    struct store_job job = store_kit_add(kit, L"x"), none = {.id = 4711, .revision = 1};
    struct store_file nobodys = {.job = 4711}, no_file = {.job = job.id, .index = 3}, own = {0};
    struct store_progress progress = {.job = job.id, .index = 3};
    struct store_change value = STORE_VALUE(STORE_OF_JOB, "a", STORE_NUMBER, .number = 1);
    struct store_change changes[] = {
        {.verb = STORE_SET_JOB, .job = &none},
        {.verb = STORE_TOUCH_JOB, .job = &none},
        {.verb = STORE_REMOVE_JOB, .job = &none},
        {.verb = STORE_ADD_FILE, .of_file = &nobodys},
        {.verb = STORE_ADD_FILE, .of_file = &own}, /* no job is added before */
        {.verb = STORE_SET_FILE, .of_file = &no_file},
        {.verb = STORE_SET_PROGRESS, .progress = &progress},
        value,
        value,
    };
    size_t i;

    changes[ARRAY_SIZE(changes) - 1].job_id = 4711;
    for (i = 0; i < ARRAY_SIZE(changes); i++)
        assert_hr(STORE_E_CONFLICT, store_kit_commit(kit, &changes[i], 1));
    assert_int_equal(1, store_kit_all(kit).jobs);
    assert_int_equal(0, store_kit_all(kit).files + store_kit_all(kit).values);
}

static void a_file_is_not_added_twice(void **state)
{
    struct store_kit *kit = *state;
    struct store_job job = store_kit_add(kit, L"x");
    struct store_file file = {.job = job.id};
    struct store_change change = {.verb = STORE_ADD_FILE, .of_file = &file};

    assert_hr(S_OK, store_kit_commit(kit, &change, 1));
    assert_hr(STORE_E_CONFLICT, store_kit_commit(kit, &change, 1));
}

static void a_request_happens_as_a_whole_or_not_at_all(void **state)
{
    struct store_kit *kit = *state;
    struct store_job job = store_kit_add(kit, L"x"), added = store_kit_job(L"y"), old = job;
    struct store_file file = {.index = 0};
    struct store_change changes[] = {{.verb = STORE_TOUCH_JOB, .job = &job},
                                     {.verb = STORE_ADD_JOB, .job = &added},
                                     {.verb = STORE_ADD_FILE, .of_file = &file},
                                     {.verb = STORE_REMOVE_JOB, .job = &old}};

    old.revision = 9;
    assert_hr(STORE_E_CONFLICT, store_kit_commit(kit, changes, ARRAY_SIZE(changes)));
    assert_int_equal(1, job.revision);
    assert_int_equal(0, added.id);
    assert_int_equal(1, store_kit_all(kit).jobs);
    assert_int_equal(1, store_kit_all(kit).revisions[0]);
    assert_hr(S_OK, store_kit_commit(kit, changes, 3));
    assert_int_equal(2, job.revision);
    assert_int_equal(2, store_kit_all(kit).jobs);
}

static void one_of_several_requests_fails_alone(void **state)
{
    struct store_kit *kit = *state;
    struct store_job jobs[3] = {store_kit_add(kit, L"a"), store_kit_add(kit, L"b"),
                                store_kit_add(kit, L"c")};
    struct store_change changes[3][2];
    struct store_job added = store_kit_job(L"d");
    struct store_request requests[3];
    UINT64 before = store_transactions(kit->store);
    size_t i;

    for (i = 0; i < 3; i++)
    {
        changes[i][0] = (struct store_change){.verb = STORE_ADD_JOB, .job = &added};
        changes[i][1] = (struct store_change){.verb = STORE_TOUCH_JOB, .job = &jobs[i]};
        requests[i] =
            (struct store_request){.changes = changes[i] + (i != 1), .count = 1 + (i == 1)};
    }
    jobs[1].revision = 5;
    assert_hr(STORE_E_CONFLICT, store_commit_all(kit->store, requests, 3));
    assert_hr(S_OK, requests[0].result);
    assert_hr(STORE_E_CONFLICT, requests[1].result);
    assert_hr(S_OK, requests[2].result);
    assert_int_equal(2, jobs[0].revision);
    assert_int_equal(5, jobs[1].revision);
    assert_int_equal(2, jobs[2].revision);
    assert_int_equal(0, added.id);
    assert_int_equal(3, store_kit_all(kit).jobs);
    assert_int_equal(before + 1, store_transactions(kit->store));
    assert_hr(S_OK, store_commit_all(kit->store, requests, 0));
}

static void an_injected_failure_changes_nothing(void **state)
{
    struct store_kit *kit = *state;
    struct store_job jobs[3] = {store_kit_job(L"a"), store_kit_job(L"b"), store_kit_job(L"c")};
    struct store_request requests[3];
    struct store_change changes[3];
    size_t i;

    for (i = 0; i < 3; i++)
    {
        changes[i] = (struct store_change){.verb = STORE_ADD_JOB, .job = &jobs[i]};
        requests[i] = (struct store_request){.changes = &changes[i], .count = 1};
    }
    fault_configure("store=2");
    assert_hr(WIN32_HR(ERROR_DISK_FULL), store_commit_all(kit->store, requests, 3));
    assert_int_equal(2, store_kit_all(kit).jobs);
    assert_int_equal(0, jobs[1].id);
    fault_configure("store=*:5");
    assert_hr(E_ACCESSDENIED, store_kit_commit(kit, &changes[1], 1));
    assert_int_equal(2, store_kit_all(kit).jobs);
}

/* ---- reading ---- */

static void ids_are_never_used_again(void **state)
{
    struct store_kit *kit = *state;
    INT64 last = 0;
    int i;

    for (i = 0; i < 4; i++)
    {
        struct store_job job = store_kit_add(kit, L"x");

        assert_true(job.id > last);
        last = job.id;
        assert_hr(S_OK, store_kit_do(kit, STORE_REMOVE_JOB, &job));
        store_kit_reopen(kit);
    }
}

static void what_changed_is_read(void **state)
{
    struct store_kit *kit = *state;
    struct store_job first = store_kit_add(kit, L"first"), second = store_kit_add(kit, L"second");
    struct store_file file = {.job = second.id};
    struct store_change add[] = {{.verb = STORE_TOUCH_JOB, .job = &second},
                                 {.verb = STORE_ADD_FILE, .of_file = &file}};
    struct store_progress progress = {.job = second.id};
    struct store_change advance = {.verb = STORE_SET_PROGRESS, .progress = &progress};
    struct store_change value = STORE_VALUE(STORE_OF_JOB, "a", STORE_NUMBER, .number = 1);
    INT64 sequence = 0, unmoved;
    struct seen seen = store_kit_read(kit, &sequence);

    assert_int_equal(2, seen.jobs);
    unmoved = sequence;
    seen = store_kit_read(kit, &sequence);
    assert_int_equal(0, seen.jobs + seen.gone);
    assert_int_equal(unmoved, sequence);

    assert_hr(S_OK, store_kit_commit(kit, add, 2));
    seen = store_kit_read(kit, &sequence);
    assert_int_equal(1, seen.jobs);
    assert_int_equal(second.id, seen.ids[0]);
    assert_int_equal(1, seen.files);

    assert_hr(S_OK, store_kit_commit(kit, &advance, 1));
    assert_int_equal(1, store_kit_read(kit, &sequence).jobs);
    value.job_id = first.id;
    assert_hr(S_OK, store_kit_commit(kit, &value, 1));
    seen = store_kit_read(kit, &sequence);
    assert_int_equal(1, seen.jobs);
    assert_int_equal(first.id, seen.ids[0]);
    assert_int_equal(1, seen.values);

    first.state = 9;
    assert_hr(S_OK, store_kit_do(kit, STORE_SHOW_JOB, &first));
    assert_hr(S_OK, store_kit_do(kit, STORE_SET_JOB, &second));
    seen = store_kit_read(kit, &sequence); /* by id, not by time */
    assert_int_equal(2, seen.jobs);
    assert_int_equal(first.id, seen.ids[0]);
    assert_int_equal(0, store_kit_read(kit, &sequence).jobs);
}

static void a_job_that_went_is_told(void **state)
{
    static const GUID guid = {9, 8, 7, {6, 5, 4, 3, 2, 1, 0, 255}};
    struct store_kit *kit = *state;
    struct store_job job = store_kit_job(L"x");
    struct store_file file = {.index = 0};
    struct store_change value = STORE_VALUE(0, "a", STORE_NUMBER, .number = 1);
    struct store_change make[] = {
        {.verb = STORE_ADD_JOB, .job = &job}, {.verb = STORE_ADD_FILE, .of_file = &file}, value};
    INT64 sequence = 0;
    struct seen seen;

    job.guid = guid;
    job.face = 3;
    job.state = 4;
    assert_hr(S_OK, store_kit_commit(kit, make, 3));
    store_kit_read(kit, &sequence);
    job.state = 8; /* how it ends, which its row never said */
    assert_hr(S_OK, store_kit_do(kit, STORE_REMOVE_JOB, &job));
    seen = store_kit_read(kit, &sequence);
    assert_int_equal(0, seen.jobs + seen.files + seen.values);
    assert_int_equal(1, seen.gone);
    assert_int_equal(job.id, seen.gone_id);
    assert_true(IsEqualGUID(&guid, &seen.gone_guid));
    assert_int_equal(3, seen.gone_face);
    assert_int_equal(8, seen.gone_state);
    assert_int_equal(0, store_kit_read(kit, &sequence).gone);
    assert_int_equal(0, store_kit_all(kit).gone); /* one who reads all knew none of them */

    job.revision = 0;
    file.job = 0;
    assert_hr(S_OK, store_kit_commit(kit, make, 2)); /* nothing of the old one is in the way */
    assert_int_equal(0, store_kit_all(kit).values);
}

static void one_job_is_read(void **state)
{
    struct store_kit *kit = *state;
    struct store_job first = store_kit_add(kit, L"first"), second = store_kit_add(kit, L"second");
    struct seen seen = {0};

    assert_hr(S_OK, store_read_job(kit->store, second.id, &seen_visitor, &seen));
    assert_int_equal(1, seen.jobs);
    assert_int_equal(second.id, seen.ids[0]);
    assert_hr(S_OK, store_kit_do(kit, STORE_REMOVE_JOB, &first));
    assert_hr(S_FALSE, store_read_job(kit->store, first.id, &seen_visitor, &seen));
    assert_int_equal(1, seen.jobs);
}

static void a_visit_may_end_the_reading(void **state)
{
    static const struct store_visitor blind = {NULL, NULL, NULL, NULL};
    struct seen seen = {.fail_at = 2};
    struct store_kit *kit = *state;
    INT64 sequence = 0;
    int i;

    for (i = 0; i < 3; i++)
        store_kit_add(kit, L"x");
    assert_hr(E_ABORT, store_read(kit->store, &sequence, &seen_visitor, &seen));
    assert_int_equal(0, sequence);
    assert_int_equal(2, seen.jobs);
    assert_int_equal(3, store_kit_read(kit, &sequence).jobs);
    sequence = 0;
    assert_hr(S_OK, store_read(kit->store, &sequence, &blind, NULL));
    assert_int_not_equal(0, sequence);
    store_kit_add(kit, L"x");
}

/* ---- its life ---- */

static void a_relaxed_store_keeps_its_rows_too(void **state)
{
    struct store_kit *kit = *state;

    store_kit_close(kit);
    assert_hr(S_OK, store_open(kit->kit.folder, kit->lock, true, &kit->store));
    store_kit_add(kit, L"x"); /* begins the log */
    sick_vfs_heal();
    store_kit_add(kit, L"x");
    assert_int_equal(0, sick_vfs_calls(SICK_SYNC));
    store_kit_reopen(kit);
    assert_int_equal(2, store_kit_all(kit).jobs);
    store_kit_add(kit, L"x");
    sick_vfs_heal();
    store_kit_add(kit, L"x");
    assert_true(sick_vfs_calls(SICK_SYNC) >= 1);
}

static void no_memory_is_said_and_leaves_nothing(void **state)
{
    struct store_kit *kit = *state;
    HRESULT hr = E_OUTOFMEMORY;
    char script[32];
    HANDLE event;
    INT64 process;
    int n;

    store_kit_add(kit, L"x");
    store_kit_close(kit);
    for (n = 1; hr == E_OUTOFMEMORY; n++)
    {
        snprintf(script, sizeof(script), "alloc=%d", n);
        fault_configure(script);
        hr = store_open(kit->kit.folder, kit->lock, false, &kit->store);
        if (SUCCEEDED(hr))
            hr = store_enter(kit->store, &process, &event);
        if (FAILED(hr))
            store_kit_close(kit);
    }
    fault_configure(NULL);
    assert_hr(S_OK, hr);
    assert_true(n > 3);
    assert_int_equal(1, store_kit_all(kit).jobs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_case(a_whole_job_is_one_request),
        store_case(a_change_of_an_older_revision_is_refused),
        store_case(a_touch_tells_when),
        store_case(a_state_is_shown_only_over_the_revision_it_is_of),
        store_case(what_is_not_there_cannot_be_changed),
        store_case(a_file_is_not_added_twice),
        store_case(a_request_happens_as_a_whole_or_not_at_all),
        store_case(one_of_several_requests_fails_alone),
        store_case(an_injected_failure_changes_nothing),
        store_case(ids_are_never_used_again),
        store_case(what_changed_is_read),
        store_case(a_job_that_went_is_told),
        store_case(one_job_is_read),
        store_case(a_visit_may_end_the_reading),
        store_case(a_relaxed_store_keeps_its_rows_too),
        store_case(no_memory_is_said_and_leaves_nothing),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
