/* What GetStats tells of a file is what the server has sent. Time runs 60 times faster. */
#include "testkit/flow.h"

#include <string.h>

#define KIB 1024ull
#define SIZE (640 * KIB)
#define ETAG .etag = "\"one\""

/* Waits for the file, and holds its numbers against the server's. */
static void assert_stats(struct flow *flow, uint64_t size, uint64_t sent)
{
    IDeliveryOptimizationFile *counted;
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyFile *file;
    DOSwarmStats stats;

    assert_true(kit_wait_state(flow->job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_hr(S_OK, IBackgroundCopyJob_EnumFiles(flow->job, &files));
    assert_hr(S_OK, IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL));
    IEnumBackgroundCopyFiles_Release(files);
    counted = kit_face(file, &IID_IDeliveryOptimizationFile);
    assert_hr(S_OK, IDeliveryOptimizationFile_GetStats(counted, &stats));
    assert_int_equal(size, stats.fileSize);
    assert_int_equal(size, stats.totalBytesDownloaded);
    assert_int_equal(sent, stats.bytesFromHttp);
    assert_int_equal(httpd_bytes_sent(flow->httpd, NULL), stats.bytesFromHttp);
    assert_int_equal(httpd_connections(flow->httpd), stats.httpConnectionCount);
    assert_int_equal(SwarmStatus_Complete, stats.status);
    CoTaskMemFree(stats.fileId);
    CoTaskMemFree(stats.sourceURL);
    IDeliveryOptimizationFile_Release(counted);
    IBackgroundCopyFile_Release(file);
}

static void a_plain_file_counts_once(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = SIZE});
    flow_get(flow, "/a");
    assert_stats(flow, SIZE, SIZE);
}

static void a_chunked_file_counts_without_its_frames(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = SIZE, .chunked = true});
    flow_get(flow, "/a");
    assert_stats(flow, SIZE, SIZE);
}

static void steps_add_up(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 1, .size = SIZE, ETAG, .cut = true, .cut_after = 64 * KIB});
    flow_get(flow, "/a");
    assert_stats(flow, SIZE, SIZE);
    assert_true(httpd_connections(flow->httpd) >= 10);
}

static void what_came_in_vain_counts(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 1, .size = SIZE, ETAG, .cut = true, .cut_after = 100 * KIB},
                 {.seed = 2, .size = SIZE, .etag = "\"two\""});
    flow_get(flow, "/a");
    assert_stats(flow, SIZE, SIZE + 100 * KIB);
}

static void the_way_to_another_address_counts(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.status = 302, .location = "/b"});
    HTTPD_SCRIPT(flow->httpd, "/b", {.seed = 1, .size = SIZE});
    flow_get(flow, "/a");
    assert_stats(flow, SIZE, SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_JOB(a_plain_file_counts_once),
        FLOW_JOB(a_chunked_file_counts_without_its_frames),
        FLOW_JOB(steps_add_up),
        FLOW_JOB(what_came_in_vain_counts),
        FLOW_JOB(the_way_to_another_address_counts),
    };

    kit_process(L"clock=60");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
