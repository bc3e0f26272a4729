/* Transfers that break, stop and go on. Time runs 30 times faster. */
#include "testkit/flow.h"

#define KIB 1024u
#define MIB (1024u * 1024u)

#define ETAG .etag = "\"one\""

static void a_chunked_body_that_was_cut_is_fetched_again(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 1, .size = 300000, .chunked = true, .cut = true, .cut_after = 200000},
                 {.seed = 1, .size = 300000, .chunked = true});
    flow_get(flow, "/a");
    flow_assert_identical(flow, 1, 300000);
    assert_int_equal(2, httpd_requests(flow->httpd, "/a"));
}

/* The second request asks for what is missing, and no more. */
static void resumes_after_a_cut_at(struct flow *flow, uint64_t size, uint64_t cut)
{
    const struct httpd_request *request;
    char if_range[64];

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = size, ETAG, .cut = true, .cut_after = cut},
                 {.seed = 1, .size = size, ETAG});
    flow_get(flow, "/a");
    flow_assert_identical(flow, 1, size);
    request = httpd_request(flow->httpd, "/a", 1);
    assert_non_null(request);
    assert_true(request->ranged);
    assert_int_equal(cut, request->first);
    assert_true(httpd_header(request, "If-Range", if_range, sizeof(if_range)));
    assert_string_equal("\"one\"", if_range);
}

static void a_body_cut_after_one_byte_is_resumed(void **state)
{
    resumes_after_a_cut_at(*state, 3 * MIB, 1);
}

static void a_body_cut_half_way_is_resumed(void **state)
{
    resumes_after_a_cut_at(*state, 3 * MIB, 3 * MIB / 2);
}

static void a_body_cut_before_its_last_byte_is_resumed(void **state)
{
    resumes_after_a_cut_at(*state, 3 * MIB, 3 * MIB - 1);
}

static void a_connection_that_is_reset_is_replaced(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 1, .size = MIB, ETAG, .cut = true, .cut_after = 600000, .reset = true},
                 {.seed = 1, .size = MIB, ETAG});
    flow_get(flow, "/a");
    flow_assert_identical(flow, 1, MIB);
}

static void a_file_arrives_in_steps_of_64_kib(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 2, .size = 640 * KIB, ETAG, .cut = true, .cut_after = 64 * KIB});
    flow_get(flow, "/a");
    flow_assert_identical(flow, 2, 640 * KIB);
    assert_true(httpd_bytes_sent(flow->httpd, "/a") <= 704 * KIB);
}

static void steps_that_lead_nowhere_end_at_the_no_progress_limit(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(
        flow->httpd, "/a",
        {.seed = 2, .size = 640 * KIB, .ignore_range = true, .cut = true, .cut_after = 64 * KIB});
    flow_open(flow, "/a");
    flow_set_no_progress(flow, 60);
    flow_start(flow);
    flow_assert_error(flow, DO_E_DOWNLOAD_NO_PROGRESS);
    assert_true(httpd_requests(flow->httpd, "/a") > 2);
}

static void parts_shorter_than_asked_are_put_together(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 3, .size = 500000, ETAG, .cut = true, .cut_after = 100000},
                 {.seed = 3, .size = 500000, ETAG, .most = 100000});
    flow_get(flow, "/a");
    flow_assert_identical(flow, 3, 500000);
}

static void a_part_longer_than_asked_does_no_harm(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 3, .size = 500000, ETAG, .cut = true, .cut_after = 100000},
                 {.seed = 3, .size = 500000, ETAG, .extra = 5000});
    flow_get(flow, "/a");
    flow_assert_identical(flow, 3, 500000);
}

static void a_part_from_another_place_is_not_written(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(
        flow->httpd, "/a", {.seed = 3, .size = 500000, ETAG, .cut = true, .cut_after = 100000},
        {.seed = 3, .size = 500000, ETAG, .shift_range = 7}, {.seed = 3, .size = 500000, ETAG});
    flow_get(flow, "/a");
    flow_assert_identical(flow, 3, 500000);
}

static void a_server_that_always_answers_with_another_part_is_given_up(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 3, .size = 500000, ETAG, .cut = true, .cut_after = 100000},
                 {.seed = 3, .size = 500000, ETAG, .shift_range = 7});
    flow_get(flow, "/a");
    flow_assert_error(flow, DO_E_HTTP_BLOCKSIZE_MISMATCH);
    assert_true(httpd_requests(flow->httpd, "/a") > 2);
    assert_true(content_file_size(flow->target) == UINT64_MAX);
}

/* ---- suspend and resume -------------------------------------------------------------------------
 */

/* Opens "/a", suspends it when `bytes` have gone out, sets what the server answers from then on. */
static void suspend_at(struct flow *flow, uint64_t bytes)
{
    flow_get(flow, "/a");
    assert_true(httpd_wait_sent(flow->httpd, "/a", bytes, KIT_LIMIT));
    assert_true(flow_wait_bytes(flow, bytes));
    flow_pause(flow);
    httpd_disconnect(flow->httpd); /* or a quick start would just go on with this connection */
}

static void a_suspended_transfer_goes_on_where_it_was(void **state)
{
    struct flow *flow = *state;
    const struct httpd_request *request;

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 4, .size = 4 * MIB, ETAG, .hold_body = true, .hold_at = 2 * MIB});
    suspend_at(flow, 2 * MIB);
    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 4, .size = 4 * MIB, ETAG});
    flow_start(flow);
    flow_assert_identical(flow, 4, 4 * MIB);
    request = httpd_request(flow->httpd, "/a", 1);
    assert_true(request->ranged);
    assert_int_equal(2 * MIB, request->first);
}

static void a_suspended_transfer_asks_nothing(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 4, .size = 4 * MIB, ETAG, .hold_body = true, .hold_at = 2 * MIB});
    suspend_at(flow, 2 * MIB);
    kit_pass(300);
    assert_int_equal(1, httpd_requests(flow->httpd, "/a"));
}

static void a_200_to_a_resume_starts_over(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 5, .size = 4 * MIB, ETAG, .hold_body = true, .hold_at = 2 * MIB});
    suspend_at(flow, 2 * MIB);
    HTTPD_SCRIPT(
        flow->httpd, "/a",
        {.seed = 5, .size = 4 * MIB, .ignore_range = true, .hold_body = true, .hold_at = 1 * MIB});
    flow_start(flow);
    assert_true(httpd_wait_sent(flow->httpd, "/a", 3 * MIB, KIT_LIMIT));
    kit_pass(100);
    assert_true(flow_bytes(flow) <= 1 * MIB);
    httpd_release(flow->httpd, "/a");
    flow_assert_identical(flow, 5, 4 * MIB);
}

static void changed_content_is_fetched_whole(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 6, .size = 4 * MIB, ETAG, .hold_body = true, .hold_at = 2 * MIB});
    suspend_at(flow, 2 * MIB);
    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 7, .size = 4 * MIB, .etag = "\"two\""});
    flow_start(flow);
    flow_assert_identical(flow, 7, 4 * MIB);
}

static void a_later_modification_is_fetched_whole(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 6,
                  .size = 4 * MIB,
                  .last_modified = "Mon, 01 Jan 2024 00:00:00 GMT",
                  .hold_body = true,
                  .hold_at = 2 * MIB});
    suspend_at(flow, 2 * MIB);
    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 7, .size = 4 * MIB, .last_modified = "Tue, 02 Jan 2024 00:00:00 GMT"});
    flow_start(flow);
    flow_assert_identical(flow, 7, 4 * MIB);
}

/* The server ignores If-Range, so only the total in Content-Range gives the change away. */
static void a_total_that_changes_starts_over(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 6, .size = 4 * MIB, .hold_body = true, .hold_at = 2 * MIB});
    suspend_at(flow, 2 * MIB);
    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 7, .size = 4 * MIB + 1});
    flow_start(flow);
    flow_assert_identical(flow, 7, 4 * MIB + 1);
}

static void without_a_validator_changed_bytes_are_noticed(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(
        flow->httpd, "/a",
        {.seed = 6, .size = 4 * MIB, .etag = "W/\"x\"", .hold_body = true, .hold_at = 2 * MIB});
    suspend_at(flow, 2 * MIB);
    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 7, .size = 4 * MIB, .etag = "W/\"x\""});
    flow_start(flow);
    flow_assert_identical(flow, 7, 4 * MIB);
}

static void a_weak_validator_goes_back_64_kib(void **state)
{
    struct flow *flow = *state;
    const struct httpd_request *request;
    char if_range[64];

    HTTPD_SCRIPT(
        flow->httpd, "/a",
        {.seed = 6, .size = 4 * MIB, .etag = "W/\"x\"", .hold_body = true, .hold_at = 2 * MIB});
    suspend_at(flow, 2 * MIB);
    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 6, .size = 4 * MIB, .etag = "W/\"x\""});
    flow_start(flow);
    flow_assert_identical(flow, 6, 4 * MIB);
    request = httpd_request(flow->httpd, "/a", 1);
    assert_int_equal(2 * MIB - 64 * KIB, request->first);
    assert_false(httpd_header(request, "If-Range", if_range, sizeof(if_range)));
    assert_int_equal(2, httpd_requests(flow->httpd, "/a"));
}

/* A second in which it was sent is no proof that it did not change again in that second. */
static void a_date_as_young_as_the_answer_goes_back_64_kib(void **state)
{
    struct flow *flow = *state;
    const struct httpd_request *request;
    const char *date = "Mon, 01 Jan 2024 00:00:00 GMT";
    char if_range[64];

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 6,
                  .size = 4 * MIB,
                  .last_modified = date,
                  .date = date,
                  .hold_body = true,
                  .hold_at = 2 * MIB});
    suspend_at(flow, 2 * MIB);
    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 6, .size = 4 * MIB, .last_modified = date});
    flow_start(flow);
    flow_assert_identical(flow, 6, 4 * MIB);
    request = httpd_request(flow->httpd, "/a", 1);
    assert_int_equal(2 * MIB - 64 * KIB, request->first);
    assert_false(httpd_header(request, "If-Range", if_range, sizeof(if_range)));
}

static void a_cancelled_transfer_leaves_nothing(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 8, .size = 4 * MIB, ETAG, .hold_body = true, .hold_at = 2 * MIB});
    flow_get(flow, "/a");
    assert_true(httpd_wait_sent(flow->httpd, "/a", 2 * MIB, KIT_LIMIT));
    flow_cancel(flow);
    flow_assert_folder_empty(flow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_BOTH(a_chunked_body_that_was_cut_is_fetched_again),
        FLOW_BOTH(a_body_cut_after_one_byte_is_resumed),
        FLOW_BOTH(a_body_cut_half_way_is_resumed),
        FLOW_BOTH(a_body_cut_before_its_last_byte_is_resumed),
        FLOW_BOTH(a_connection_that_is_reset_is_replaced),
        FLOW_BOTH(a_file_arrives_in_steps_of_64_kib),
        FLOW_BOTH(steps_that_lead_nowhere_end_at_the_no_progress_limit),
        FLOW_BOTH(parts_shorter_than_asked_are_put_together),
        FLOW_BOTH(a_part_longer_than_asked_does_no_harm),
        FLOW_BOTH(a_part_from_another_place_is_not_written),
        FLOW_BOTH(a_server_that_always_answers_with_another_part_is_given_up),
        FLOW_BOTH(a_suspended_transfer_goes_on_where_it_was),
        FLOW_BOTH(a_suspended_transfer_asks_nothing),
        FLOW_BOTH(a_200_to_a_resume_starts_over),
        FLOW_BOTH(changed_content_is_fetched_whole),
        FLOW_BOTH(a_later_modification_is_fetched_whole),
        FLOW_BOTH(a_total_that_changes_starts_over),
        FLOW_BOTH(without_a_validator_changed_bytes_are_noticed),
        FLOW_BOTH(a_weak_validator_goes_back_64_kib),
        FLOW_BOTH(a_date_as_young_as_the_answer_goes_back_64_kib),
        FLOW_BOTH(a_cancelled_transfer_leaves_nothing),
    };

    kit_process(L"clock=30");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
