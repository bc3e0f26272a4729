/* Rows of the store: what is committed comes back as it was, also after the store was opened again.
 */
#include "store_kit.h"

struct expected
{
    const struct store_job *job;
    const struct store_file *file;
    const struct store_progress *progress;
    const struct store_change *values; /* in the order in which they come */
    size_t value_count, values_seen;
    bool right; /* so far */
};

#define HOLD(expected, condition) ((expected)->right = (expected)->right && (condition))

static bool same_text(const WCHAR *a, const WCHAR *b)
{
    return a && b ? !wcscmp(a, b) : a == b;
}

static bool same_bytes(const void *a, size_t a_size, const void *b, size_t b_size)
{
    return a_size == b_size && (!a_size || !memcmp(a, b, a_size));
}

static HRESULT match_job(void *context, const struct store_job *job)
{
    struct expected *expected = context;
    const struct store_job *wanted = expected->job;

    HOLD(expected, job->id == wanted->id && job->revision == wanted->revision);
    HOLD(expected, IsEqualGUID(&job->guid, &wanted->guid));
    HOLD(expected, job->face == wanted->face && job->state == wanted->state);
    HOLD(expected, job->resumed == wanted->resumed && job->streamed == wanted->streamed);
    HOLD(expected, job->home == wanted->home && job->claimant == wanted->claimant);
    HOLD(expected, job->created == wanted->created && job->modified == wanted->modified);
    HOLD(expected, job->completed == wanted->completed);
    HOLD(expected, job->error_count == wanted->error_count);
    HOLD(expected, !memcmp(&job->error, &wanted->error, sizeof(job->error)));
    HOLD(expected, !memcmp(&job->cause, &wanted->cause, sizeof(job->cause)));
    HOLD(expected, job->error_file == wanted->error_file);
    HOLD(expected,
         job->detail ? wanted->detail && !strcmp(job->detail, wanted->detail) : !wanted->detail);
    HOLD(expected, same_text(job->name, wanted->name));
    return S_OK;
}

static HRESULT match_file(void *context, const struct store_file *file,
                          const struct store_progress *progress)
{
    struct expected *expected = context;
    const struct store_file *wanted = expected->file;
    const struct store_progress *done = expected->progress;

    HOLD(expected, file->job == expected->job->id && file->index == wanted->index);
    HOLD(expected, same_text(file->remote_name, wanted->remote_name));
    HOLD(expected, same_text(file->local_name, wanted->local_name));
    HOLD(expected, same_text(file->part_name, wanted->part_name));
    HOLD(expected, same_text(file->file_id, wanted->file_id));
    HOLD(expected, file->size_hint == wanted->size_hint && file->mandatory == wanted->mandatory);
    HOLD(expected,
         same_bytes(file->ranges, file->ranges_size, wanted->ranges, wanted->ranges_size));
    HOLD(expected, progress->job == expected->job->id && progress->index == done->index);
    HOLD(expected, progress->phase == done->phase && progress->valid == done->valid);
    HOLD(expected, progress->total == done->total && progress->remote == done->remote);
    HOLD(expected, progress->received == done->received && progress->highest == done->highest);
    HOLD(expected, same_bytes(progress->validator, progress->validator_size, done->validator,
                              done->validator_size));
    HOLD(expected,
         same_bytes(progress->spans, progress->spans_size, done->spans, done->spans_size));
    HOLD(expected, !progress->spans == !done->spans);
    HOLD(expected, progress->body_bytes == done->body_bytes &&
                       progress->duration_ms == done->duration_ms &&
                       progress->connections == done->connections);
    HOLD(expected, progress->cache_bytes == done->cache_bytes &&
                       progress->cache_connections == done->cache_connections);
    HOLD(expected, same_text(progress->effective_url, done->effective_url));
    HOLD(expected, same_text(progress->server_ip, done->server_ip));
    HOLD(expected, same_text(progress->response_headers, done->response_headers));
    return S_OK;
}

static HRESULT match_value(void *context, INT64 job, INT64 file, const char *name,
                           const struct store_value *value)
{
    struct expected *expected = context;
    const struct store_change *wanted = &expected->values[expected->values_seen];
    const struct store_value *it = &wanted->value;

    if (!HOLD(expected, expected->values_seen < expected->value_count))
        return S_OK;
    expected->values_seen++;
    HOLD(expected, job == expected->job->id && file == wanted->file);
    HOLD(expected, !strcmp(name, wanted->name) && value->type == it->type);
    if (value->type == STORE_NUMBER)
        HOLD(expected, value->number == it->number);
    else if (value->type == STORE_TEXT)
        HOLD(expected,
             same_text(value->data, it->data) && value->size == wcslen(it->data) * sizeof(WCHAR));
    else
        HOLD(expected, same_bytes(value->data, value->size, it->data, it->size));
    return S_OK;
}

static const struct store_visitor match_visitor = {match_job, match_value, match_file, NULL};

/* Exactly that, now and after the store was opened again. */
static void assert_stored(struct store_kit *kit, struct expected *expected)
{
    INT64 sequence;
    int i;

    for (i = 0; i < 2; i++, store_kit_reopen(kit))
    {
        expected->right = true;
        expected->values_seen = 0;
        assert_hr(S_OK, store_read_job(kit->store, expected->job->id, &match_visitor, expected));
        assert_int_equal(expected->value_count, expected->values_seen);
        assert_true(expected->right);
        sequence = 0;
        expected->values_seen = 0;
        assert_hr(S_OK, store_read(kit->store, &sequence, &match_visitor, expected));
        assert_int_equal(expected->value_count, expected->values_seen);
        assert_true(expected->right);
    }
}

static const WCHAR unpaired[] = {'a', 0xd800, 'b', 0xdc00, 0};

static void a_job_comes_back_as_it_was(void **state)
{
    struct store_job job = {.guid = {1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 255}},
                            .face = -2,
                            .state = 0x7fffffff,
                            .resumed = true,
                            .streamed = true,
                            .home = 17,
                            .claimant = INT64_MAX,
                            .created = UINT64_MAX,
                            .modified = 0,
                            .completed = (UINT64)INT64_MAX + 1,
                            .error_count = 0xffffffff,
                            .error = {3, 0xffffffff, 0x80070005},
                            .cause = {-1, 404, 0x80190194},
                            .error_file = 12,
                            .detail = "caf\xc3\xa9",
                            .name = unpaired};
    struct store_change change = {.verb = STORE_ADD_JOB, .job = &job};
    struct expected expected = {.job = &job};
    struct store_kit *kit = *state;

    assert_hr(S_OK, store_kit_commit(kit, &change, 1));
    assert_true(job.id > 0);
    assert_int_equal(1, job.revision);
    assert_stored(kit, &expected);

    job = (struct store_job){.id = job.id,
                             .revision = 1,
                             .guid = job.guid,
                             .face = job.face,
                             .error_file = -1,
                             .name = L""};
    assert_hr(S_OK, store_kit_do(kit, STORE_SET_JOB, &job));
    assert_int_equal(2, job.revision);
    assert_stored(kit, &expected);
}

static void a_file_comes_back_with_its_progress(void **state)
{
    struct store_kit *kit = *state;
    struct store_job job = store_kit_job(L"x");
    struct store_file file = {.index = 0xffffffff,
                              .remote_name = L"http://h/\x4e2d",
                              .local_name = unpaired,
                              .part_name = L"",
                              .size_hint = STORE_UNKNOWN,
                              .mandatory = true,
                              .ranges = "\0\1\2",
                              .ranges_size = 3};
    struct store_progress progress = {
        .index = file.index, .total = STORE_UNKNOWN, .remote = STORE_UNKNOWN};
    struct store_change changes[] = {{.verb = STORE_ADD_JOB, .job = &job},
                                     {.verb = STORE_ADD_FILE, .of_file = &file}};
    struct store_change advance = {.verb = STORE_SET_PROGRESS, .progress = &progress};
    struct store_change set = {.verb = STORE_SET_FILE, .of_file = &file};
    struct expected expected = {.job = &job, .file = &file, .progress = &progress};

    assert_hr(S_OK, store_kit_commit(kit, changes, 2));
    assert_stored(kit, &expected);

    file.job = progress.job = job.id;
    progress = (struct store_progress){job.id, file.index, STORE_PLACING,
                                       true,   5,          6,
                                       7,      8,          "v",
                                       1,      "",         0,
                                       9,      UINT64_MAX, 11,
                                       12,     13,         L"http://h/",
                                       L"::1", L"A: b"};
    progress.spans = NULL;
    assert_hr(S_OK, store_kit_commit(kit, &advance, 1));
    assert_stored(kit, &expected);

    /* what clients say of it leaves its progress, and the runner's silence what it said before */
    file = (struct store_file){.job = job.id, .index = file.index, .file_id = L"id"};
    assert_hr(S_OK, store_kit_commit(kit, &set, 1));
    progress.effective_url = progress.server_ip = progress.response_headers = NULL;
    progress.validator = NULL;
    progress.validator_size = 0;
    progress.spans = "12345678";
    progress.spans_size = 8;
    assert_hr(S_OK, store_kit_commit(kit, &advance, 1));
    progress.effective_url = L"http://h/";
    progress.server_ip = L"::1";
    progress.response_headers = L"A: b";
    assert_stored(kit, &expected);
}

static void a_file_can_be_added_with_its_progress(void **state)
{
    struct store_kit *kit = *state;
    struct store_job job = store_kit_job(NULL);
    struct store_file file = {.index = 0};
    struct store_progress progress = {.phase = STORE_DONE, .total = 3, .remote = 3, .received = 3};
    struct store_change changes[] = {
        {.verb = STORE_ADD_JOB, .job = &job},
        {.verb = STORE_ADD_FILE, .of_file = &file, .progress = &progress}};
    struct expected expected = {.job = &job, .file = &file, .progress = &progress};

    assert_hr(S_OK, store_kit_commit(kit, changes, 2));
    assert_stored(kit, &expected);
}

static void values_come_back_in_order_and_can_be_replaced(void **state)
{
    struct store_kit *kit = *state;
    struct store_job job = store_kit_job(L"x");
    struct store_file file = {.index = 7};
    struct store_progress progress = {.index = 7, .total = STORE_UNKNOWN, .remote = STORE_UNKNOWN};
    struct store_change make[] = {{.verb = STORE_ADD_JOB, .job = &job},
                                  {.verb = STORE_ADD_FILE, .of_file = &file}};
    struct store_change values[] = {
        STORE_VALUE(STORE_OF_JOB, "blob", STORE_BLOB, .data = "\0\xff", .size = 2),
        STORE_VALUE(STORE_OF_JOB, "empty", STORE_BLOB, .data = NULL, .size = 0),
        STORE_VALUE(STORE_OF_JOB, "number", STORE_NUMBER, .number = UINT64_MAX),
        STORE_VALUE(STORE_OF_JOB, "text", STORE_TEXT, .data = unpaired),
        STORE_VALUE(7, "number", STORE_NUMBER, .number = 0),
        STORE_VALUE(7, "text", STORE_TEXT, .data = L""),
    };
    struct expected expected = {&job, &file, &progress, values, ARRAY_SIZE(values), 0, true};
    struct store_change mixed[ARRAY_SIZE(values)];
    size_t i;

    assert_hr(S_OK, store_kit_commit(kit, make, 2));
    for (i = 0; i < ARRAY_SIZE(values); i++)
    {
        values[i].job_id = job.id;
        mixed[ARRAY_SIZE(values) - 1 - i] = values[i];
    }
    assert_hr(S_OK, store_kit_commit(kit, mixed, ARRAY_SIZE(mixed)));
    assert_stored(kit, &expected);

    values[0].value = (struct store_value){STORE_TEXT, .data = L"a text now"};
    values[5].value = (struct store_value){STORE_NOTHING};
    assert_hr(S_OK, store_kit_commit(kit, values, ARRAY_SIZE(values)));
    expected.value_count--;
    assert_stored(kit, &expected);
    assert_hr(S_OK, store_kit_commit(kit, &values[5], 1)); /* nothing is there already */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_case(a_job_comes_back_as_it_was),
        store_case(a_file_comes_back_with_its_progress),
        store_case(a_file_can_be_added_with_its_progress),
        store_case(values_come_back_in_order_and_can_be_replaced),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
