/* What is counted of a file, a job and a download is what the servers have sent. Time runs 60 times
 * faster. */
#include "testkit/flow.h"

#include <string.h>
#include <wchar.h>

#define KIB 1024ull
#define SIZE (640 * KIB)
#define ETAG .etag = "\"one\""

static uint64_t own_number(void *object, DOSVC_PROPERTY id)
{
    IDosvcProperties *properties = kit_face(object, &IID_IDosvcProperties);
    VARIANT value;

    assert_hr(S_OK, IDosvcProperties_GetProperty(properties, id, &value));
    assert_int_equal(VT_UI8, value.vt);
    value.ullVal++;
    assert_hr(DO_E_READ_ONLY_PROPERTY, IDosvcProperties_SetProperty(properties, id, &value));
    IDosvcProperties_Release(properties);
    return value.ullVal - 1;
}

/* The properties of our own say the same, of the file, and of its job or download. */
static void assert_own_numbers(void *object, const DOSwarmStats *stats)
{
    assert_int_equal(stats->bytesFromHttp + stats->bytesFromDoinc,
                     own_number(object, DOSVC_PROPERTY_BYTES_RECEIVED));
    assert_int_equal(stats->bytesFromDoinc, own_number(object, DOSVC_PROPERTY_BYTES_FROM_CACHE));
    assert_int_equal(stats->httpConnectionCount + stats->doincConnectionCount,
                     own_number(object, DOSVC_PROPERTY_CONNECTIONS));
    assert_int_equal(stats->downloadDuration, own_number(object, DOSVC_PROPERTY_TRANSFER_TIME));
}

/* Waits for the file, and looks what its numbers are. */
static void get_stats(struct flow *flow, DOSwarmStats *stats)
{
    IDeliveryOptimizationFile *counted;
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyFile *file;

    assert_true(kit_wait_state(flow->job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_hr(S_OK, IBackgroundCopyJob_EnumFiles(flow->job, &files));
    assert_hr(S_OK, IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL));
    IEnumBackgroundCopyFiles_Release(files);
    counted = kit_face(file, &IID_IDeliveryOptimizationFile);
    assert_hr(S_OK, IDeliveryOptimizationFile_GetStats(counted, stats));
    CoTaskMemFree(stats->fileId);
    CoTaskMemFree(stats->sourceURL);
    IDeliveryOptimizationFile_Release(counted);
    assert_own_numbers(file, stats);
    assert_own_numbers(flow->job, stats);
    IBackgroundCopyFile_Release(file);
}

/* They are the server's. */
static void assert_stats(struct flow *flow, uint64_t size, uint64_t sent)
{
    DOSwarmStats stats;

    get_stats(flow, &stats);
    assert_int_equal(size, stats.fileSize);
    assert_int_equal(size, stats.totalBytesDownloaded);
    assert_int_equal(sent, stats.bytesFromHttp);
    assert_int_equal(httpd_bytes_sent(flow->httpd, NULL), stats.bytesFromHttp);
    assert_int_equal(httpd_connections(flow->httpd), stats.httpConnectionCount);
    assert_int_equal(0, stats.bytesFromDoinc);
    assert_int_equal(0, stats.doincConnectionCount);
    assert_int_equal(SwarmStatus_Complete, stats.status);
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

/* Half of it, and the origin has the rest. */
static void what_a_cache_gave_counts_as_its_own(void **state)
{
    struct flow *flow = *state;
    struct httpd *cache = httpd_start();
    wchar_t setting[60];
    DOSwarmStats stats;

    assert_non_null(cache);
    HTTPD_SCRIPT(cache, "/a", {.seed = 1, .size = SIZE, ETAG, .cut = true, .cut_after = SIZE / 2});
    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = SIZE, ETAG});
    swprintf(setting, ARRAY_SIZE(setting), L"DOCacheHost=127.0.0.1:%u", httpd_port(cache));
    kit_environment(L"DOSVC_SETTINGS", setting);
    flow_get(flow, "/a");
    get_stats(flow, &stats);
    kit_environment(L"DOSVC_SETTINGS", NULL);
    assert_int_equal(SIZE / 2, stats.bytesFromDoinc);
    assert_int_equal(1, stats.doincConnectionCount);
    assert_int_equal(httpd_bytes_sent(flow->httpd, NULL), stats.bytesFromHttp);
    assert_in_range(stats.bytesFromHttp, SIZE / 2, SIZE / 2 + 64 * KIB);
    assert_int_equal(1, stats.httpConnectionCount);
    assert_int_equal(SIZE, stats.totalBytesDownloaded);
    httpd_stop(cache);
}

static void a_download_counts_too(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 1, .size = SIZE, ETAG, .cut = true, .cut_after = 64 * KIB});
    flow_get(flow, "/a");
    flow_assert_identical(flow, 1, SIZE);
    assert_int_equal(SIZE, own_number(flow->download, DOSVC_PROPERTY_BYTES_RECEIVED));
    assert_int_equal(0, own_number(flow->download, DOSVC_PROPERTY_BYTES_FROM_CACHE));
    assert_int_equal(httpd_connections(flow->httpd),
                     own_number(flow->download, DOSVC_PROPERTY_CONNECTIONS));
}

static void the_files_of_a_job_add_up(void **state)
{
    struct flow *flow = *state;
    IBackgroundCopyJob *job = kit_job_of_class(&CLSID_DosvcBitsManager, L"two files");
    VARIANT value = {.vt = VT_UI8};
    IDosvcProperties *properties;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = SIZE});
    HTTPD_SCRIPT(flow->httpd, "/b", {.seed = 2, .size = 1000});
    kit_add_file(flow->kit, job, "/a", L"a");
    kit_add_file(flow->kit, job, "/b", L"b");
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_true(kit_wait_state(job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    properties = kit_face(job, &IID_IDosvcProperties);
    assert_hr(S_OK,
              IDosvcProperties_GetProperty(properties, DOSVC_PROPERTY_BYTES_RECEIVED, &value));
    assert_int_equal(SIZE + 1000, value.ullVal);
    assert_hr(BG_E_READ_ONLY_PROPERTY,
              IDosvcProperties_SetProperty(properties, DOSVC_PROPERTY_BYTES_RECEIVED, &value));
    IDosvcProperties_Release(properties);
    kit_cancel(job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_JOB(a_plain_file_counts_once),
        FLOW_JOB(a_chunked_file_counts_without_its_frames),
        FLOW_JOB(steps_add_up),
        FLOW_JOB(what_came_in_vain_counts),
        FLOW_JOB(the_way_to_another_address_counts),
        FLOW_JOB(what_a_cache_gave_counts_as_its_own),
        FLOW_DOWNLOAD(a_download_counts_too),
        FLOW_JOB(the_files_of_a_job_add_up),
    };

    kit_process(L"clock=60");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
