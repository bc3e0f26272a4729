/* Files that arrive in several parts at a time, when something goes wrong with one of them. */
#include "connections_kit.h"
#include "restart_kit.h"

#include "core/pieces.h"

/* Bytes that the server sent beyond those that were needed once. */
static uint64_t sent_twice(struct flow *flow, uint64_t size)
{
    uint64_t sent = httpd_bytes_sent(flow->httpd, "/a");

    return sent > size ? sent - size : 0;
}

/* ---- answers that do not fit --------------------------------------------------------------------
 */

static void a_server_that_ignores_the_range_gets_one(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {SHORT, ETAG}, {SHORT, ETAG, .ignore_range = true},
                 {SHORT, ETAG});
    get(flow);
    flow_assert_identical(flow, 1, SHORT_SIZE);
    assert_int_equal(2, httpd_requests(flow->httpd, "/a"));
}

static void another_part_than_was_asked_is_not_written(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {SHORT, ETAG}, {SHORT, ETAG, .shift_range = 7}, {SHORT, ETAG});
    get(flow);
    flow_assert_identical(flow, 1, SHORT_SIZE);
    assert_int_equal(2, httpd_requests(flow->httpd, "/a"));
}

static void a_part_that_says_it_is_another_is_not_written(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {SHORT, ETAG},
                 {SHORT, ETAG, .content_range = "bytes 0-99/3145728"}, {SHORT, ETAG});
    get(flow);
    flow_assert_identical(flow, 1, SHORT_SIZE);
    assert_int_equal(2, httpd_requests(flow->httpd, "/a"));
}

/* The first connection still gets all of the version that it began with. */
static void changed_content_leaves_one(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {FILE_ONE, ETAG},
                 {.seed = 2, .size = 5 * MIB, .etag = "\"two\""});
    get(flow);
    flow_assert_identical(flow, 1, SIZE);
    assert_int_equal(2, httpd_requests(flow->httpd, "/a"));
}

static void changed_content_is_fetched_whole(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {FILE_ONE, ETAG, .cut = true, .cut_after = 5 * MIB},
                 {.seed = 2, .size = 5 * MIB, .etag = "\"two\""});
    get(flow);
    flow_assert_identical(flow, 2, 5 * MIB);
}

/* It says so only when several connections have brought something. */
static void content_that_changes_later_is_fetched_whole(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {FILE_ONE, ETAG}, {FILE_ONE, ETAG}, {FILE_ONE, ETAG},
                 {.seed = 2, .size = SIZE, .etag = "\"two\""});
    get(flow);
    flow_assert_identical(flow, 2, SIZE);
}

/* As if If-Range were not known there. */
static void a_part_of_other_content_is_not_written(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {FILE_ONE, ETAG},
                 {.status = 206,
                  .seed = 2,
                  .size = 100,
                  .etag = "\"two\"",
                  .content_range = "bytes 6000000-6000099/12582912"},
                 {.seed = 2, .size = 5 * MIB, .etag = "\"two\""});
    get(flow);
    flow_assert_identical(flow, 1, SIZE);
}

/* ---- cuts ---------------------------------------------------------------------------------------
 */

static void one_of_four_that_is_cut_does_no_harm(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {FILE_ONE, ETAG}, {FILE_ONE, ETAG},
                 {FILE_ONE, ETAG, .cut = true, .cut_after = MIB}, {FILE_ONE, ETAG});
    get(flow);
    flow_assert_identical(flow, 1, SIZE);
}

static void the_first_of_four_that_is_cut_does_no_harm(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {FILE_ONE, ETAG, .cut = true, .cut_after = 3 * MIB},
                 {FILE_ONE, ETAG});
    get(flow);
    flow_assert_identical(flow, 1, SIZE);
    assert_true(sent_twice(flow, SIZE) < 8 * MIB);
}

static void a_part_that_is_cut_soon_is_not_tried_again(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {SHORT, ETAG},
                 {SHORT, ETAG, .cut = true, .cut_after = 64 * KIB}, {SHORT, ETAG});
    get(flow);
    flow_assert_identical(flow, 1, SHORT_SIZE);
    assert_int_equal(3, httpd_requests(flow->httpd, "/a")); /* the first goes on behind it */
}

/* The first connection drips: others fetch nearly all that is left to it. */
static void the_last_part_gets_help(void **state)
{
    struct flow *flow = *state;

    kit_environment(L"DOSVC_SETTINGS", NULL); /* it is silent for too long */
    HTTPD_SCRIPT(flow->httpd, "/a", {FILE_ONE, ETAG},
                 {FILE_ONE, ETAG, .hold_body = true, .hold_at = MIB}, {FILE_ONE, ETAG});
    get(flow);
    flow_assert_identical(flow, 1, SIZE);
    httpd_release(flow->httpd, "/a");
    kit_environment(L"DOSVC_SETTINGS", PATIENT);
}

/* ---- suspend, cancel ----------------------------------------------------------------------------
 */

static void grow_and_pause(struct flow *flow)
{
    HTTPD_SCRIPT(flow->httpd, "/a", {FILE_ONE, ETAG});
    get(flow);
    assert_true(httpd_wait_request(flow->httpd, "/a", 3, KIT_LIMIT));
    assert_true(flow_wait_bytes(flow, 3 * MIB));
    flow_pause(flow);
}

static void a_suspended_file_goes_on_with_all_that_is_here(void **state)
{
    struct flow *flow = *state;
    uint64_t before;

    grow_and_pause(flow);
    before = flow_bytes(flow);
    assert_true(before >= 3 * MIB);
    httpd_disconnect(flow->httpd);
    flow_start(flow);
    assert_true(flow_bytes(flow) >= before);
    flow_assert_identical(flow, 1, SIZE);
    /* what was on its way when it was suspended, four times, and nothing else */
    assert_true(sent_twice(flow, SIZE) < 40 * MIB);
}

static void a_suspended_file_whose_content_changed_is_fetched_whole(void **state)
{
    struct flow *flow = *state;

    grow_and_pause(flow);
    httpd_disconnect(flow->httpd);
    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 2, .size = SIZE, .etag = "\"two\""});
    flow_start(flow);
    flow_assert_identical(flow, 2, SIZE);
}

static void a_server_that_forgot_ranges_is_asked_for_all_of_it(void **state)
{
    struct flow *flow = *state;

    grow_and_pause(flow);
    httpd_disconnect(flow->httpd);
    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = SIZE, ETAG, .ignore_range = true});
    flow_start(flow);
    flow_assert_identical(flow, 1, SIZE);
}

static void suspended_again_and_again_it_arrives(void **state)
{
    struct flow *flow = *state;
    unsigned int i;

    grow_and_pause(flow);
    for (i = 2; i < 5; i++)
    {
        flow_start(flow);
        assert_true(flow_wait_bytes(flow, i * 2 * MIB));
        flow_pause(flow);
    }
    flow_start(flow);
    flow_assert_identical(flow, 1, SIZE);
}

static void a_cancelled_file_leaves_nothing(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {FILE_ONE, ETAG});
    get(flow);
    assert_true(httpd_wait_request(flow->httpd, "/a", 3, KIT_LIMIT));
    flow_cancel(flow);
    flow_assert_folder_empty(flow);
}

/* ---- the disk -----------------------------------------------------------------------------------
 */

/* Fails once, and goes on with what is sure to be there. */
static void fail_and_go_on(struct flow *flow, DWORD error)
{
    uint64_t before;
    unsigned int i;

    get(flow);
    flow_assert_error(flow, HRESULT_FROM_WIN32(error));
    before = flow_bytes(flow);
    assert_true(before);
    flow_start(flow);
    assert_true(flow_bytes(flow) >= before);
    flow_finish(flow);
    assert_true(content_check_file(flow->target, 1, SIZE));
    for (i = 1; i < httpd_requests(flow->httpd, "/a"); i++)
        assert_true(httpd_request(flow->httpd, "/a", i)->ranged);
}

static int disk_full_once(void **state)
{
    return connections_setup(state, L"clock=5;write=8");
}

static void a_disk_that_was_full_loses_nothing(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {FILE_ONE, ETAG});
    fail_and_go_on(flow, ERROR_DISK_FULL);
}

static int second_flush_fails(void **state)
{
    return connections_setup(state, L"clock=1;flush=2");
}

/* The first flush is of two parts that are apart. The second connection stops, the first one goes
 * on and reaches what that has brought; nobody knows what the flush that fails then has left. */
static void after_a_flush_that_failed_only_what_was_flushed_counts(void **state)
{
    struct flow *flow = *state;

    kit_environment(L"DOSVC_SETTINGS", PATIENT L";MaxConnectionsPerFile=2");
    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 1, .size = SIZE, ETAG, .trickle = 20, .trickle_bytes = 44 * KIB},
                 {.seed = 1,
                  .size = SIZE,
                  ETAG,
                  .trickle = 4,
                  .trickle_bytes = 10 * KIB,
                  .hold_body = true,
                  .hold_at = 2 * MIB},
                 {.seed = 1, .size = SIZE, ETAG});
    fail_and_go_on(flow, ERROR_IO_DEVICE);
    kit_environment(L"DOSVC_SETTINGS", PATIENT);
}

/* ---- digests ------------------------------------------------------------------------------------
 */

static void set_digest(struct flow *flow, uint32_t seed)
{
    struct digest *digest;
    char hex[DIGEST_HEX_SIZE];
    wchar_t text[200];
    BYTE value[DIGEST_SIZE], *bytes = malloc(SIZE);

    assert_non_null(bytes);
    content_fill(seed, 0, bytes, SIZE);
    assert_hr(S_OK, digest_open(&digest));
    assert_hr(S_OK, digest_update(digest, bytes, SIZE));
    assert_hr(S_OK, digest_finish(digest, value));
    digest_close(digest);
    free(bytes);
    digest_to_hex(value, hex);
    swprintf(text, ARRAY_SIZE(text), L"{\"FileDigest\":\"%hs\"}", hex);
    assert_hr(S_OK, kit_set_string(flow->download, DODownloadProperty_IntegrityCheckInfo, text));
}

static void a_file_in_parts_is_held_against_its_digest(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {FILE_ONE, ETAG});
    flow_open(flow, "/a");
    set_foreground(flow);
    set_digest(flow, 1);
    flow_start(flow);
    flow_assert_identical(flow, 1, SIZE);
    assert_true(httpd_requests(flow->httpd, "/a") > 3);
}

static void a_damaged_part_is_not_delivered(void **state)
{
    struct flow *flow = *state;

    /* the same tag and length, and other bytes */
    HTTPD_SCRIPT(flow->httpd, "/a", {FILE_ONE, ETAG}, {.seed = 2, .size = SIZE, LIMITED, ETAG});
    flow_open(flow, "/a");
    set_foreground(flow);
    set_digest(flow, 1);
    flow_start(flow);
    flow_assert_error(flow, DO_E_BAD_PIECE_HASH);
}

/* ---- a process that ends ------------------------------------------------------------------------
 */

static void fetch(void)
{
    IBackgroundCopyJob *job = child_job(&CLSID_DosvcManager, L"a", L"a");

    assert_hr(S_OK, IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_FOREGROUND));
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    kit_wait_state(job, BG_JOB_STATE_TRANSFERRED, CHILD_LIMIT);
}

/* Four connections have brought 2 MiB each, and the queue says so, when the process is killed. Who
 * goes on asks for what is missing, and nothing else. */
static void what_a_killed_process_fetched_is_kept(void **state)
{
    struct kit *kit = *state;
    struct kit_child child;
    IBackgroundCopyJob *job;
    wchar_t target[MAX_PATH];

    HTTPD_SCRIPT(kit->httpd, "/a", {FILE_ONE, ETAG, .hold_body = true, .hold_at = 2 * MIB});
    kit_offer(kit, "/", L"", target);
    kit_child(&child, kit, L"fetch");
    assert_true(httpd_wait_request(kit->httpd, "/a", 4, KIT_LIMIT));
    restart_open(kit);
    job = restart_job(L"a");
    assert_true(kit_wait_bytes(job, 8 * MIB, KIT_LIMIT));
    kit_child_kill(&child);
    httpd_release(kit->httpd, "/a");
    finish(job);
    assert_target(kit, L"a", 1, SIZE);
    assert_true(httpd_bytes_sent(kit->httpd, "/a") < SIZE + MIB);
}

int main(int argc, char **argv)
{
    static const struct child_story stories[] = {{"fetch", fetch}, {NULL, NULL}};
    const struct CMUnitTest tests[] = {
        FLOW_JOB(a_server_that_ignores_the_range_gets_one),
        FLOW_JOB(another_part_than_was_asked_is_not_written),
        FLOW_JOB(a_part_that_says_it_is_another_is_not_written),
        FLOW_JOB(changed_content_leaves_one),
        FLOW_BOTH(changed_content_is_fetched_whole),
        FLOW_JOB(content_that_changes_later_is_fetched_whole),
        FLOW_JOB(a_part_of_other_content_is_not_written),
        FLOW_BOTH(one_of_four_that_is_cut_does_no_harm),
        FLOW_JOB(the_first_of_four_that_is_cut_does_no_harm),
        FLOW_JOB(a_part_that_is_cut_soon_is_not_tried_again),
        FLOW_JOB(the_last_part_gets_help),
        FLOW_BOTH(a_suspended_file_goes_on_with_all_that_is_here),
        FLOW_JOB(a_suspended_file_whose_content_changed_is_fetched_whole),
        FLOW_JOB(a_server_that_forgot_ranges_is_asked_for_all_of_it),
        FLOW_JOB(suspended_again_and_again_it_arrives),
        FLOW_BOTH(a_cancelled_file_leaves_nothing),
        cmocka_unit_test_setup_teardown(a_disk_that_was_full_loses_nothing, disk_full_once,
                                        connections_teardown),
        cmocka_unit_test_setup_teardown(after_a_flush_that_failed_only_what_was_flushed_counts,
                                        second_flush_fails, connections_teardown),
        FLOW_DOWNLOAD(a_file_in_parts_is_held_against_its_digest),
        FLOW_DOWNLOAD(a_damaged_part_is_not_delivered),
        RESTART(what_a_killed_process_fetched_is_kept),
    };

    if (argc > 1)
        return child_main(stories, argv[1]);
    kit_process(L"clock=5");
    kit_environment(L"DOSVC_SETTINGS", PATIENT);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
