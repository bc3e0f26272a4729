/* Files that arrive: how servers frame them, and what sizes they have. */
#include "testkit/flow.h"

#include <stdlib.h>

#define MIB (1024u * 1024u)

static void a_plain_file_arrives(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 3 * MIB + 17});
    flow_get(flow, "/a");
    flow_assert_identical(flow, 1, 3 * MIB + 17);
    assert_int_equal(3 * MIB + 17, httpd_bytes_sent(flow->httpd, "/a"));
    assert_false(httpd_request(flow->httpd, "/a", 0)->ranged);
}

static void progress_ends_at_the_size(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 100000});
    flow_get(flow, "/a");
    flow_finish(flow);
    assert_int_equal(100000, flow_total(flow));
    assert_int_equal(100000, flow_bytes(flow));
}

static void nothing_is_at_the_target_before_the_last_byte(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 1, .size = 100000, .hold_body = true, .hold_at = 99999});
    flow_get(flow, "/a");
    assert_true(httpd_wait_sent(flow->httpd, "/a", 99999, KIT_LIMIT));
    assert_true(content_file_size(flow->target) == UINT64_MAX);
    httpd_release(flow->httpd, "/a");
    flow_assert_identical(flow, 1, 100000);
}

static void a_server_without_ranges_is_good_enough(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 1, .size = 24 * MIB, .ignore_range = true, .no_accept_ranges = true});
    flow_get(flow, "/a");
    flow_assert_identical(flow, 1, 24 * MIB);
    assert_int_equal(1, httpd_requests(flow->httpd, "/a"));
}

static void a_server_that_lies_about_ranges_is_good_enough(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(
        flow->httpd, "/a",
        {.seed = 1, .size = 24 * MIB, .ignore_range = true, .headers = "Accept-Ranges: bytes\r\n"});
    flow_get(flow, "/a");
    flow_assert_identical(flow, 1, 24 * MIB);
}

static void a_body_without_length_is_taken_to_its_end(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 2,
                  .size = 2 * MIB + 1,
                  .no_content_length = true,
                  .hold_body = true,
                  .hold_at = 70000});
    flow_get(flow, "/a");
    assert_true(httpd_wait_sent(flow->httpd, "/a", 70000, KIT_LIMIT));
    assert_true(flow_total(flow) == UINT64_MAX);
    httpd_release(flow->httpd, "/a");
    flow_assert_identical(flow, 2, 2 * MIB + 1);
    assert_int_equal(2 * MIB + 1, flow_total(flow));
}

static void chunks_are_put_together(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 3, .size = 2 * MIB + 1, .chunked = true});
    flow_get(flow, "/a");
    flow_assert_identical(flow, 3, 2 * MIB + 1);
}

static void bytes_beyond_the_length_are_dropped(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 4, .size = 100000, .extra = 70000});
    flow_get(flow, "/a");
    flow_assert_identical(flow, 4, 100000);
}

static void encoded_content_is_stored_as_it_was_sent(void **state)
{
    struct flow *flow = *state;
    char accepted[64] = "";

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 5, .size = 5000, .headers = "Content-Encoding: gzip\r\n"});
    flow_get(flow, "/a");
    flow_assert_identical(flow, 5, 5000);
    httpd_header(httpd_request(flow->httpd, "/a", 0), "Accept-Encoding", accepted,
                 sizeof(accepted));
    assert_string_equal("identity", accepted);
}

static void an_empty_file_arrives(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.size = 0});
    flow_get(flow, "/a");
    flow_assert_identical(flow, 0, 0);
}

static void an_empty_chunked_file_arrives(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.size = 0, .chunked = true});
    flow_get(flow, "/a");
    flow_assert_identical(flow, 0, 0);
}

static void one_byte_arrives(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 6, .size = 1});
    flow_get(flow, "/a");
    flow_assert_identical(flow, 6, 1);
}

static void exactly_one_piece_arrives(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 7, .size = MIB});
    flow_get(flow, "/a");
    flow_assert_identical(flow, 7, MIB);
}

static void a_file_of_many_checkpoints_arrives(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 8, .size = 40 * MIB + 1});
    flow_get(flow, "/a");
    flow_assert_identical(flow, 8, 40 * MIB + 1);
}

/* Writes 5 GiB: only when asked for. */
static void five_gigabytes_arrive(void **state)
{
    struct flow *flow = *state;
    uint64_t size = 5ull << 30;

    if (!GetEnvironmentVariableW(L"DOSVC_SLOW_TESTS", NULL, 0))
        skip();
    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 9, .size = size});
    flow_get(flow, "/a");
    while (flow_bytes(flow) < size)
        assert_true(flow_wait_bytes(flow, flow_bytes(flow) + 1));
    flow_assert_identical(flow, 9, size);
}

/* ---- ranges -------------------------------------------------------------------------------------
 */

/* In the order given, one of them beyond 4 GiB. */
static const struct
{
    uint64_t offset, length;
} parts[] = {{(4ull << 30) + 5, 100000}, {10, 100}, {3 * MIB, 70001}};

static void ask_for_parts_of_job(struct flow *flow)
{
    wchar_t url[HTTPD_URL_MAX];
    BG_FILE_RANGE ranges[ARRAY_SIZE(parts)];
    IBackgroundCopyJob3 *job;

    for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
    {
        ranges[i].InitialOffset = parts[i].offset;
        ranges[i].Length = parts[i].length;
    }
    flow->job = kit_job(flow->kit, L"ranges");
    assert_hr(S_OK, IBackgroundCopyJob_QueryInterface(flow->job, &IID_IBackgroundCopyJob3,
                                                      (void **)&job));
    assert_hr(S_OK,
              IBackgroundCopyJob3_AddFileWithRanges(job, httpd_wide_url(flow->httpd, "/a", url),
                                                    flow->target, ARRAY_SIZE(parts), ranges));
    IBackgroundCopyJob3_Release(job);
    recorder_attach(flow->recorder, flow->job, BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR);
    assert_hr(S_OK, IBackgroundCopyJob_Resume(flow->job));
}

static void ask_for_parts_of_download(struct flow *flow)
{
    size_t size = sizeof(DO_DOWNLOAD_RANGES_INFO) + ARRAY_SIZE(parts) * sizeof(DO_DOWNLOAD_RANGE);
    DO_DOWNLOAD_RANGES_INFO *ranges = calloc(1, size);

    flow->download = kit_download_of(flow->kit, "/a", L"target.bin");
    assert_hr(S_OK, recorder_attach_download(flow->recorder, flow->download));
    ranges->RangeCount = ARRAY_SIZE(parts);
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
    {
        ranges->Ranges[i].Offset = parts[i].offset;
        ranges->Ranges[i].Length = parts[i].length;
    }
    assert_hr(S_OK, IDODownload_Start(flow->download, ranges));
    free(ranges);
}

static void parts_are_written_back_to_back(void **state)
{
    struct flow *flow = *state;
    uint64_t position = 0;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 10, .size = 5ull << 30});
    flow->recorder = recorder_create();
    kit_path(flow->kit, L"target.bin", flow->target);
    if (flow->is_download)
        ask_for_parts_of_download(flow);
    else
        ask_for_parts_of_job(flow);
    flow_finish(flow);
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
    {
        assert_true(
            content_check_part(flow->target, position, 10, parts[i].offset, parts[i].length));
        position += parts[i].length;
    }
    assert_true(content_file_size(flow->target) == position);
    assert_true(httpd_bytes_sent(flow->httpd, "/a") < position + MIB);
    assert_int_equal(position, flow_total(flow));
}

/* ---- several files ------------------------------------------------------------------------------
 */

/* Also with a server that ends each connection without a word (between two requests). */
static void a_job_of_many_files_arrives(void **state)
{
    struct flow *flow = *state;
    wchar_t name[32], path[MAX_PATH];
    unsigned int i;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 11, .size = 5000, .silent_close = true});
    flow->recorder = recorder_create();
    flow->job = kit_job(flow->kit, L"many");
    for (i = 0; i < 12; i++)
    {
        swprintf(name, ARRAY_SIZE(name), L"file-%u", i);
        kit_add_file(flow->kit, flow->job, "/a", name);
    }
    recorder_attach(flow->recorder, flow->job,
                    BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_FILE_TRANSFERRED | BG_NOTIFY_JOB_ERROR);
    flow_start(flow);
    flow_finish(flow);
    assert_int_equal(0, recorder_count(flow->recorder, RECORD_ERROR));
    assert_int_equal(12, recorder_count(flow->recorder, RECORD_FILE_TRANSFERRED));
    for (i = 0; i < 12; i++)
    {
        swprintf(name, ARRAY_SIZE(name), L"file-%u", i);
        assert_true(content_check_file(kit_path(flow->kit, name, path), 11, 5000));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_BOTH(a_plain_file_arrives),
        FLOW_BOTH(progress_ends_at_the_size),
        FLOW_BOTH(nothing_is_at_the_target_before_the_last_byte),
        FLOW_BOTH(a_server_without_ranges_is_good_enough),
        FLOW_BOTH(a_server_that_lies_about_ranges_is_good_enough),
        FLOW_BOTH(a_body_without_length_is_taken_to_its_end),
        FLOW_BOTH(chunks_are_put_together),
        FLOW_BOTH(bytes_beyond_the_length_are_dropped),
        FLOW_BOTH(encoded_content_is_stored_as_it_was_sent),
        FLOW_BOTH(an_empty_file_arrives),
        FLOW_BOTH(an_empty_chunked_file_arrives),
        FLOW_BOTH(one_byte_arrives),
        FLOW_BOTH(exactly_one_piece_arrives),
        FLOW_BOTH(a_file_of_many_checkpoints_arrives),
        FLOW_BOTH(five_gigabytes_arrive),
        FLOW_BOTH(parts_are_written_back_to_back),
        FLOW_JOB(a_job_of_many_files_arrives),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
