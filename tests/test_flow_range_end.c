/* What lies past the end: 416 to a resume and to a client's own ranges. */
#include "testkit/flow.h"

static void a_416_after_the_last_byte_is_the_end(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 1,
                  .size = 50000,
                  .etag = "\"a\"",
                  .chunked = true,
                  .cut = true,
                  .cut_after = 50000},
                 {.seed = 1, .size = 50000, .etag = "\"a\""});
    flow_get(flow, "/a");
    flow_assert_identical(flow, 1, 50000);
    assert_int_equal(2, httpd_requests(flow->httpd, "/a"));
    assert_int_equal(416, httpd_request(flow->httpd, "/a", 1)->status);
}

static void a_416_of_another_length_starts_over(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 1,
                  .size = 50000,
                  .etag = "\"a\"",
                  .chunked = true,
                  .cut = true,
                  .cut_after = 40000},
                 {.status = 416, .content_range = "bytes */30000", .body = ""},
                 {.seed = 2, .size = 30000, .etag = "\"b\""});
    flow_get(flow, "/a");
    flow_assert_identical(flow, 2, 30000);
}

/* ---- a client's ranges ---- */

static void start_with_range(struct flow *flow, uint64_t offset, uint64_t length)
{
    wchar_t url[HTTPD_URL_MAX];
    BG_FILE_RANGE range = {offset, length};
    BYTE room[sizeof(DO_DOWNLOAD_RANGES_INFO) + sizeof(DO_DOWNLOAD_RANGE)] = {0};
    DO_DOWNLOAD_RANGES_INFO *ranges = (DO_DOWNLOAD_RANGES_INFO *)(void *)room;
    IBackgroundCopyJob3 *job;

    kit_path(flow->kit, L"target.bin", flow->target);
    flow->recorder = recorder_create();
    if (flow->is_download)
    {
        ranges->RangeCount = 1;
        ranges->Ranges[0].Offset = offset;
        ranges->Ranges[0].Length = length;
        flow->download = kit_download_of(flow->kit, "/a", L"target.bin");
        assert_hr(S_OK, recorder_attach_download(flow->recorder, flow->download));
        assert_hr(S_OK, IDODownload_Start(flow->download, ranges));
        return;
    }
    flow->job = kit_job(flow->kit, L"range");
    assert_hr(S_OK, IBackgroundCopyJob_QueryInterface(flow->job, &IID_IBackgroundCopyJob3,
                                                      (void **)&job));
    assert_hr(S_OK, IBackgroundCopyJob3_AddFileWithRanges(
                        job, httpd_wide_url(flow->httpd, "/a", url), flow->target, 1, &range));
    IBackgroundCopyJob3_Release(job);
    recorder_attach(flow->recorder, flow->job, BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR);
    flow_start(flow);
}

static void a_range_past_the_end_is_an_error(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 1000});
    start_with_range(flow, 5000, 10);
    flow_assert_error(flow, DO_E_INVALID_RANGE);
    assert_int_equal(416, httpd_request(flow->httpd, "/a", 0)->status);
    assert_int_equal(1, httpd_requests(flow->httpd, "/a"));
}

static void a_range_over_the_end_is_an_error(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 1000});
    start_with_range(flow, 900, 101);
    flow_assert_error(flow, DO_E_INVALID_RANGE);
}

static void a_range_past_the_end_of_a_server_without_ranges_is_an_error(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 1000, .ignore_range = true});
    start_with_range(flow, 5000, 10);
    flow_assert_error(flow, DO_E_INVALID_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_BOTH(a_416_after_the_last_byte_is_the_end),
        FLOW_BOTH(a_416_of_another_length_starts_over),
        FLOW_BOTH(a_range_past_the_end_is_an_error),
        FLOW_BOTH(a_range_over_the_end_is_an_error),
        FLOW_BOTH(a_range_past_the_end_of_a_server_without_ranges_is_an_error),
    };

    kit_process(L"clock=30");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
