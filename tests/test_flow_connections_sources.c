/* Files that several connections fetch from a cache or a mirror, and what becomes of them when that
 * fails. The origin is the kit's server; the cache, or the mirror, is one of its own. */
#include "connections_kit.h"

#define SIZE_TWO (6 * MIB)
#define FILE_TWO .seed = 1, .size = SIZE_TWO, LIMITED
/* Slower than the others, so that nobody doubts that those pay. */
#define SLOW_TWO .seed = 1, .size = SIZE_TWO, .trickle = 4, .trickle_bytes = 6 * KIB
#define CUT_AT MIB
#define HELD_AT MIB

#define DATED .last_modified = "Wed, 01 Jan 2020 10:00:00 GMT"
#define OTHER_ETAG .etag = "\"other\""

static struct httpd *other;

static int set_up(void **state, int (*flow_setup)(void **))
{
    other = httpd_start();
    kit_environment(L"DOSVC_SETTINGS", PATIENT L";MaxConnectionsPerFile=2");
    return other ? flow_setup(state) : -1;
}

static int set_up_job(void **state)
{
    return set_up(state, flow_setup_job);
}

static int set_up_download(void **state)
{
    return set_up(state, flow_setup_download);
}

static int tear_down(void **state)
{
    int result = flow_teardown(state);

    httpd_stop(other);
    return result;
}

static const struct httpd_request *request_of(struct httpd *httpd, unsigned int n)
{
    const struct httpd_request *found = httpd_request(httpd, NULL, n);

    assert_non_null(found);
    return found;
}

static bool has_header(struct httpd *httpd, unsigned int n, const char *name, const char *expected)
{
    char value[200];

    return httpd_header(request_of(httpd, n), name, value, sizeof(value)) &&
           !strcmp(expected, value);
}

/* Hardly a byte was asked for twice. */
static void assert_little_twice(struct flow *flow)
{
    assert_true(httpd_bytes_sent(flow->httpd, NULL) + httpd_bytes_sent(other, NULL) <
                SIZE_TWO + MIB);
}

/* ---- caches ------------------------------------------------------------------------------------
 */

static void use_cache(void)
{
    wchar_t text[200];

    swprintf(text, ARRAY_SIZE(text), PATIENT L";MaxConnectionsPerFile=2;DOCacheHost=127.0.0.1:%u",
             httpd_port(other));
    kit_environment(L"DOSVC_SETTINGS", text);
}

static void get_from_cache(struct flow *flow)
{
    use_cache();
    get(flow);
}

static void all_connections_go_to_the_cache(void **state)
{
    struct flow *flow = *state;
    unsigned int i;

    HTTPD_SCRIPT(other, "/a", {FILE_TWO, ETAG});
    get_from_cache(flow);
    flow_assert_identical(flow, 1, SIZE_TWO);
    assert_int_equal(0, httpd_requests(flow->httpd, NULL));
    assert_true(httpd_requests(other, NULL) > 1);
    for (i = 0; i < httpd_requests(other, NULL); i++)
        assert_non_null(strstr(request_of(other, i)->target, "cacheHostOrigin="));
}

static uint64_t number_of(struct flow *flow, DOSVC_PROPERTY id)
{
    IDosvcProperties *properties = kit_face(
        flow->is_download ? (void *)flow->download : (void *)flow->job, &IID_IDosvcProperties);
    VARIANT value;

    assert_hr(S_OK, IDosvcProperties_GetProperty(properties, id, &value));
    IDosvcProperties_Release(properties);
    return value.ullVal;
}

static void all_that_the_cache_brought_is_counted_as_its_own(void **state)
{
    struct flow *flow = *state;
    uint64_t bytes;

    HTTPD_SCRIPT(other, "/a", {FILE_TWO, ETAG});
    get_from_cache(flow);
    if (flow->is_download)
        assert_true(kit_wait_download(flow->download, DODownloadState_Transferred, KIT_LIMIT));
    else
        assert_true(kit_wait_state(flow->job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    bytes = number_of(flow, DOSVC_PROPERTY_BYTES_RECEIVED);
    assert_true(bytes >= SIZE_TWO);
    assert_int_equal(bytes, number_of(flow, DOSVC_PROPERTY_BYTES_FROM_CACHE));
    assert_true(httpd_connections(other) > 1);
    assert_int_equal(httpd_connections(other), number_of(flow, DOSVC_PROPERTY_CONNECTIONS));
    if (!flow->is_download)
    {
        IEnumBackgroundCopyFiles *files;
        IDeliveryOptimizationFile *counted;
        IBackgroundCopyFile *file;
        DOSwarmStats stats;

        assert_hr(S_OK, IBackgroundCopyJob_EnumFiles(flow->job, &files));
        assert_hr(S_OK, IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL));
        counted = kit_face(file, &IID_IDeliveryOptimizationFile);
        assert_hr(S_OK, IDeliveryOptimizationFile_GetStats(counted, &stats));
        assert_int_equal(0, stats.httpConnectionCount);
        assert_int_equal(httpd_connections(other), stats.doincConnectionCount);
        assert_int_equal(0, stats.bytesFromHttp);
        CoTaskMemFree(stats.fileId);
        CoTaskMemFree(stats.sourceURL);
        IDeliveryOptimizationFile_Release(counted);
        IBackgroundCopyFile_Release(file);
        IEnumBackgroundCopyFiles_Release(files);
    }
    flow_assert_identical(flow, 1, SIZE_TWO);
}

static void a_cache_that_refuses_a_part_goes_on_with_one(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(other, "/a", {SHORT, ETAG}, {.status = 503}, {SHORT, ETAG});
    get_from_cache(flow);
    flow_assert_identical(flow, 1, SHORT_SIZE);
    assert_int_equal(2, httpd_requests(other, NULL));
    assert_int_equal(0, httpd_requests(flow->httpd, NULL));
}

/* What two connections brought from the cache is kept: it has the origin's own tags. */
static void the_origin_goes_on_where_the_cache_failed(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(other, "/a", {SLOW_TWO, ETAG, .cut = true, .cut_after = CUT_AT},
                 {FILE_TWO, ETAG, .hold_body = true, .hold_at = HELD_AT}, {.status = 404});
    HTTPD_SCRIPT(flow->httpd, "/a", {FILE_TWO, ETAG});
    get_from_cache(flow);
    assert_true(httpd_wait_request(flow->httpd, "/a", 1, KIT_LIMIT));
    httpd_release(other, "/a");
    flow_assert_identical(flow, 1, SIZE_TWO);
    assert_int_equal(3, httpd_requests(other, NULL));
    assert_int_equal(CUT_AT, request_of(flow->httpd, 0)->first);
    assert_true(has_header(flow->httpd, 0, "If-Range", "\"one\""));
    assert_little_twice(flow);
}

static void an_origin_with_a_newer_version_is_fetched_whole(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(other, "/a", {SLOW_TWO, ETAG, .cut = true, .cut_after = CUT_AT},
                 {FILE_TWO, ETAG, .hold_body = true, .hold_at = HELD_AT}, {.status = 404});
    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 2, .size = SIZE_TWO, .etag = "\"two\""});
    get_from_cache(flow);
    assert_true(httpd_wait_request(flow->httpd, "/a", 1, KIT_LIMIT));
    httpd_release(other, "/a");
    flow_assert_identical(flow, 2, SIZE_TWO);
}

/* ---- mirrors -----------------------------------------------------------------------------------
 */

static void *face_of_file(struct flow *flow, REFIID iid)
{
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyFile *file;
    void *face;

    if (flow->is_download)
        return kit_face(flow->download, iid);
    assert_hr(S_OK, IBackgroundCopyJob_EnumFiles(flow->job, &files));
    assert_hr(S_OK, IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL));
    face = kit_face(file, iid);
    IBackgroundCopyFile_Release(file);
    IEnumBackgroundCopyFiles_Release(files);
    return face;
}

/* The other server's /a is the mirror of the origin's. */
static void get_with_mirror(struct flow *flow)
{
    IDosvcProperties *properties;
    wchar_t url[HTTPD_URL_MAX];
    VARIANT value;

    flow_open(flow, "/a");
    set_foreground(flow);
    properties = face_of_file(flow, &IID_IDosvcProperties);
    V_VT(&value) = VT_BSTR;
    V_BSTR(&value) = SysAllocString(httpd_wide_url(other, "/a", url));
    assert_hr(S_OK, IDosvcProperties_SetProperty(properties, DOSVC_PROPERTY_MIRRORS, &value));
    VariantClear(&value);
    IDosvcProperties_Release(properties);
    flow_start(flow);
}

/* Two connections bring something, then one is cut, and there is nothing any more. */
static void script_origin_that_dies(struct flow *flow)
{
    HTTPD_SCRIPT(flow->httpd, "/a", {SLOW_TWO, ETAG, DATED, .cut = true, .cut_after = CUT_AT},
                 {FILE_TWO, ETAG, DATED, .hold_body = true, .hold_at = HELD_AT}, {.status = 404});
}

static void get_from_mirror(struct flow *flow)
{
    get_with_mirror(flow);
    assert_true(httpd_wait_request(other, "/a", 1, KIT_LIMIT));
    httpd_release(flow->httpd, "/a");
}

/* It shows by the bytes before that it has the same, and then gets as many connections itself, each
 * with its own tag. */
static void a_mirror_goes_on_with_several(void **state)
{
    struct flow *flow = *state;
    unsigned int i;

    script_origin_that_dies(flow);
    HTTPD_SCRIPT(other, "/a", {SLOW_TWO, OTHER_ETAG, DATED});
    get_from_mirror(flow);
    flow_assert_identical(flow, 1, SIZE_TWO);
    assert_int_equal(3, httpd_requests(flow->httpd, NULL));
    assert_int_equal(CUT_AT - 64 * KIB, request_of(other, 0)->first);
    assert_false(has_header(other, 0, "If-Range", "\"one\""));
    assert_true(httpd_requests(other, NULL) > 1);
    for (i = 1; i < httpd_requests(other, NULL); i++)
        assert_true(has_header(other, i, "If-Range", "\"other\""));
    assert_little_twice(flow);
}

static void a_mirror_with_other_bytes_is_fetched_whole(void **state)
{
    struct flow *flow = *state;

    script_origin_that_dies(flow);
    HTTPD_SCRIPT(other, "/a", {.seed = 2, .size = SIZE_TWO, OTHER_ETAG, DATED});
    get_from_mirror(flow);
    flow_assert_identical(flow, 2, SIZE_TWO);
}

static void a_mirror_of_another_date_is_fetched_whole(void **state)
{
    struct flow *flow = *state;

    script_origin_that_dies(flow);
    HTTPD_SCRIPT(
        other, "/a",
        {.seed = 2, .size = SIZE_TWO, ETAG, .last_modified = "Wed, 01 Jan 2020 11:00:00 GMT"});
    get_from_mirror(flow);
    flow_assert_identical(flow, 2, SIZE_TWO);
}

/* That was between us and the other server. */
static void a_refusal_does_not_count_for_the_mirror(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {SLOW_TWO, ETAG, DATED, .cut = true, .cut_after = CUT_AT},
                 {.status = 429}, {.status = 404});
    HTTPD_SCRIPT(other, "/a", {FILE_TWO, OTHER_ETAG, DATED});
    get_with_mirror(flow);
    flow_assert_identical(flow, 1, SIZE_TWO);
    assert_int_equal(2, httpd_requests(flow->httpd, NULL));
    assert_true(httpd_requests(other, NULL) > 1);
}

#define JOB(test) FLOW_CASE(test, "job", set_up_job, tear_down)
#define BOTH(test) JOB(test), FLOW_CASE(test, "download", set_up_download, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        JOB(all_connections_go_to_the_cache),
        BOTH(all_that_the_cache_brought_is_counted_as_its_own),
        JOB(a_cache_that_refuses_a_part_goes_on_with_one),
        BOTH(the_origin_goes_on_where_the_cache_failed),
        JOB(an_origin_with_a_newer_version_is_fetched_whole),
        BOTH(a_mirror_goes_on_with_several),
        JOB(a_mirror_with_other_bytes_is_fetched_whole),
        JOB(a_mirror_of_another_date_is_fetched_whole),
        JOB(a_refusal_does_not_count_for_the_mirror),
    };

    kit_process(L"clock=5");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
