/* Where a file comes from: caches in front of the origin (DOCacheHost), and mirrors. By either
 * face. The scripted origin is the kit's; the cache, or the mirror, is a server of its own. */
#include "testkit/flow.h"

#include "io/digest.h"
#include "core/pieces.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define SIZE 300000
#define DATED .last_modified = "Wed, 01 Jan 2020 10:00:00 GMT"

static struct httpd *other; /* the cache or the mirror of this test */

static int set_up_job(void **state)
{
    other = httpd_start();
    return other ? flow_setup_job(state) : -1;
}

static int set_up_download(void **state)
{
    other = httpd_start();
    return other ? flow_setup_download(state) : -1;
}

static int tear_down(void **state)
{
    int result;

    kit_environment(L"DOSVC_SETTINGS", NULL);
    result = flow_teardown(state);
    httpd_stop(other);
    return result;
}

/* A port of this machine at which nobody listens. */
static unsigned short closed_port(void)
{
    struct httpd *httpd = httpd_start();
    unsigned short port = httpd_port(httpd);

    httpd_stop(httpd);
    return port;
}

/* DOCacheHost, and whatever else is set. */
static void use_cache(unsigned short port, const wchar_t *more)
{
    wchar_t text[200];

    swprintf(text, ARRAY_SIZE(text), L"DOCacheHost=127.0.0.1:%u;%ls", port, more);
    kit_environment(L"DOSVC_SETTINGS", text);
}

/* ---- caches ---- */

static void a_cache_is_asked_in_place_of_the_origin(void **state)
{
    struct flow *flow = *state;
    char expected[100];

    HTTPD_SCRIPT(other, "/a", {.seed = 1, .size = SIZE});
    use_cache(httpd_port(other), L"");
    flow_get(flow, "/a?v=1");
    flow_assert_identical(flow, 1, SIZE);
    assert_int_equal(0, httpd_requests(flow->httpd, NULL));
    assert_int_equal(1, httpd_requests(other, NULL));
    snprintf(expected, sizeof(expected), "/a?v=1&cacheHostOrigin=127.0.0.1:%u",
             httpd_port(flow->httpd));
    assert_string_equal(expected, httpd_request(other, NULL, 0)->target);
}

static void without_the_setting_the_origin_is_asked(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = SIZE});
    kit_environment(L"DOSVC_SETTINGS", L"DOCacheHost=");
    flow_get(flow, "/a");
    flow_assert_identical(flow, 1, SIZE);
}

static void a_cache_that_has_nothing_is_left_alone(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = SIZE});
    use_cache(httpd_port(other), L"");
    flow_get(flow, "/a");
    flow_assert_identical(flow, 1, SIZE);
    assert_int_equal(1, httpd_requests(other, NULL));
}

/* The second file of the job comes after the ban that the first one brought. */
static void a_ban_counts_for_the_next_file(void **state)
{
    struct flow *flow = *state;
    wchar_t path[MAX_PATH];

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = SIZE});
    HTTPD_SCRIPT(flow->httpd, "/b", {.seed = 2, .size = SIZE});
    use_cache(httpd_port(other), L"");
    flow_get(flow, "/a");
    assert_true(kit_wait_state(flow->job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_int_equal(1, httpd_requests(other, NULL));
    kit_add_file(flow->kit, flow->job, "/b", L"b");
    flow_start(flow);
    flow_assert_identical(flow, 1, SIZE);
    assert_true(content_check_file(kit_path(flow->kit, L"b", path), 2, SIZE));
    assert_int_equal(1, httpd_requests(other, NULL));
}

static void a_cache_that_refuses_is_passed_over(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = SIZE});
    use_cache(closed_port(), L"");
    flow_get(flow, "/a");
    flow_assert_identical(flow, 1, SIZE);
}

static void a_cache_that_hangs_is_passed_over(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = SIZE});
    HTTPD_SCRIPT(other, "/a", {.hold = true});
    use_cache(httpd_port(other), L"");
    flow_get(flow, "/a");
    flow_assert_identical(flow, 1, SIZE);
    assert_int_equal(1, httpd_requests(other, NULL));
}

static void a_cache_that_disappears_half_way_is_replaced(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = SIZE, .etag = "\"1\""});
    HTTPD_SCRIPT(other, "/a",
                 {.seed = 1, .size = SIZE, .etag = "\"1\"", .cut = true, .cut_after = SIZE / 2});
    use_cache(httpd_port(other), L"");
    flow_get(flow, "/a");
    flow_assert_identical(flow, 1, SIZE);
    assert_int_equal(1, httpd_requests(other, NULL));
    assert_int_equal(1, httpd_requests(flow->httpd, NULL));
    assert_true(httpd_request(flow->httpd, NULL, 0)->first >= SIZE / 2 - 65536);
}

static void of_two_caches_the_other_one_takes_over(void **state)
{
    struct flow *flow = *state;
    wchar_t text[100];

    HTTPD_SCRIPT(other, "/a", {.seed = 1, .size = SIZE});
    swprintf(text, ARRAY_SIZE(text), L"DOCacheHost=127.0.0.1:%u,127.0.0.1:%u,127.0.0.1:%u",
             closed_port(), httpd_port(other), closed_port());
    kit_environment(L"DOSVC_SETTINGS", text);
    flow_get(flow, "/a");
    flow_assert_identical(flow, 1, SIZE);
    assert_int_equal(0, httpd_requests(flow->httpd, NULL));
}

static void the_fallback_is_delayed_as_set(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = SIZE});
    HTTPD_SCRIPT(other, "/a", {.status = 503});
    use_cache(httpd_port(other), L"DODelayCacheServerFallbackBackground=20;"
                                 L"DODelayCacheServerFallbackForeground=0");
    flow_get(flow, "/a");
    flow_assert_identical(flow, 1, SIZE);
    assert_in_range(httpd_requests(other, NULL), 3, 6); /* at 0, 2, 6, 14 s of 20 */
    assert_int_equal(1, httpd_requests(flow->httpd, NULL));
}

static void windows_own_delay_wins(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(other, "/a", {.status = 404});
    use_cache(httpd_port(other), L"DODelayCacheServerFallbackBackground=5;"
                                 L"DODelayBackgroundDownloadFromHttp=0xffffffff");
    flow_get(flow, "/a");
    flow_assert_error(flow, 0x80190194);
    assert_int_equal(1, httpd_requests(other, NULL));
    assert_int_equal(0, httpd_requests(flow->httpd, NULL));
}

static void what_the_client_tells_the_origin_is_told_to_no_cache(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = SIZE});
    HTTPD_SCRIPT(other, "/a", {.seed = 2, .size = SIZE});
    use_cache(httpd_port(other), L"");
    flow_open(flow, "/a");
    flow_set_headers(flow, L"Authorization: Bearer secret\r\n");
    flow_start(flow);
    flow_assert_identical(flow, 1, SIZE);
    assert_int_equal(0, httpd_requests(other, NULL));
}

/* ---- damage ---- */

static void set_info(struct flow *flow, const char *text)
{
    IEnumBackgroundCopyFiles *files;
    IDeliveryOptimizationFile2 *file2;
    IBackgroundCopyFile *file;
    wchar_t wide[1000];
    VARIANT value;

    swprintf(wide, ARRAY_SIZE(wide), L"%hs", text);
    if (flow->is_download)
    {
        assert_hr(S_OK,
                  kit_set_string(flow->download, DODownloadProperty_IntegrityCheckInfo, wide));
        return;
    }
    V_VT(&value) = VT_BSTR;
    V_BSTR(&value) = SysAllocString(wide);
    assert_hr(S_OK, IBackgroundCopyJob_EnumFiles(flow->job, &files));
    assert_hr(S_OK, IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL));
    file2 = kit_face(file, &IID_IDeliveryOptimizationFile2);
    assert_hr(S_OK, IDeliveryOptimizationFile2_SetProperty(
                        file2, DOFilePropertyId_IntegrityCheckInfo, &value));
    IDeliveryOptimizationFile2_Release(file2);
    IBackgroundCopyFile_Release(file);
    IEnumBackgroundCopyFiles_Release(files);
    VariantClear(&value);
}

static void digest_of(uint32_t seed, size_t offset, size_t size, BYTE value[DIGEST_SIZE])
{
    struct digest *digest;
    BYTE *bytes = malloc(size);

    assert_non_null(bytes);
    content_fill(seed, offset, bytes, size);
    assert_hr(S_OK, digest_open(&digest));
    assert_hr(S_OK, digest_update(digest, bytes, size));
    assert_hr(S_OK, digest_finish(digest, value));
    digest_close(digest);
    free(bytes);
}

static void expect_digest(struct flow *flow, uint32_t seed)
{
    char text[200], hex[DIGEST_HEX_SIZE];
    BYTE value[DIGEST_SIZE];

    digest_of(seed, 0, SIZE, value);
    digest_to_hex(value, hex);
    snprintf(text, sizeof(text), "{\"FileDigest\":\"%s\"}", hex);
    set_info(flow, text);
}

static void assert_no_cache(struct httpd *httpd, const char *path)
{
    char value[100] = "";

    assert_true(httpd_header(httpd_request(httpd, path, 0), "Cache-Control", value, sizeof(value)));
    assert_string_equal("no-cache", value);
}

static void damaged_bytes_of_a_cache_are_fetched_from_the_origin(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = SIZE, .etag = "\"1\""});
    HTTPD_SCRIPT(other, "/a", {.seed = 2, .size = SIZE, .etag = "\"1\""});
    use_cache(httpd_port(other), L"");
    flow_open(flow, "/a");
    expect_digest(flow, 1);
    flow_start(flow);
    flow_assert_identical(flow, 1, SIZE);
    assert_int_equal(1, httpd_requests(other, NULL));
    assert_int_equal(1, httpd_requests(flow->httpd, "/a"));
    assert_no_cache(flow->httpd, "/a");
    assert_false(httpd_request(flow->httpd, "/a", 0)->ranged);
}

static void an_origin_that_is_damaged_too_is_an_error(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 3, .size = SIZE});
    HTTPD_SCRIPT(other, "/a", {.seed = 2, .size = SIZE});
    use_cache(httpd_port(other), L"");
    flow_open(flow, "/a");
    expect_digest(flow, 1);
    flow_start(flow);
    flow_assert_error(flow, DO_E_BAD_PIECE_HASH);
    assert_int_equal(1, httpd_requests(flow->httpd, "/a"));
    flow_assert_folder_empty(flow);
}

/* Two pieces, of which the cache has the second one wrong. */
static void a_damaged_piece_of_a_cache_is_fetched_from_the_origin(void **state)
{
    struct flow *flow = *state;
    BYTE digests[2][DIGEST_SIZE], value[DIGEST_SIZE];
    struct pieces pieces = {.length = SIZE, .size = SIZE / 2, .count = 2, .digests = digests};
    char text[1000], hash[DIGEST_BASE64_SIZE], piece[2][DIGEST_BASE64_SIZE], url[HTTPD_URL_MAX];
    int i;

    for (i = 0; i < 2; i++)
    {
        digest_of(1, (size_t)i * SIZE / 2, SIZE / 2, digests[i]);
        digest_to_base64(digests[i], piece[i]);
    }
    assert_hr(S_OK, pieces_hash(&pieces, value));
    digest_to_base64(value, hash);
    snprintf(text, sizeof(text),
             "{\"MajorVersion\":1,\"MinorVersion\":0,\"HashOfHashes\":\"%s\",\"ContentLength\":%u,"
             "\"PieceSize\":%u,\"Pieces\":[\"%s\",\"%s\"]}",
             hash, SIZE, SIZE / 2, piece[0], piece[1]);
    HTTPD_SCRIPT(flow->httpd, "/hashes", {.body = text});
    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = SIZE});
    HTTPD_SCRIPT(other, "/a",
                 {.seed = 1, .size = SIZE, .etag = "\"1\"", .cut = true, .cut_after = SIZE / 2},
                 {.seed = 2, .size = SIZE, .etag = "\"1\""});
    use_cache(httpd_port(other), L"DODelayCacheServerFallbackBackground=100");
    flow_open(flow, "/a");
    snprintf(text, sizeof(text), "{\"PiecesHashFileUrl\":\"%s\",\"HashOfHashes\":\"%s\"}",
             httpd_url(flow->httpd, "/hashes", url), hash);
    set_info(flow, text);
    flow_start(flow);
    flow_assert_identical(flow, 1, SIZE);
    assert_int_equal(1, httpd_requests(flow->httpd, "/a"));
    assert_no_cache(flow->httpd, "/a");
    assert_int_equal(SIZE / 2, httpd_request(flow->httpd, "/a", 0)->first);
}

/* ---- mirrors ---- */

static IDosvcProperties *properties_of(struct flow *flow)
{
    IEnumBackgroundCopyFiles *files;
    IDosvcProperties *properties;
    IBackgroundCopyFile *file;

    if (flow->is_download)
        return kit_face(flow->download, &IID_IDosvcProperties);
    assert_hr(S_OK, IBackgroundCopyJob_EnumFiles(flow->job, &files));
    assert_hr(S_OK, IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL));
    properties = kit_face(file, &IID_IDosvcProperties);
    IBackgroundCopyFile_Release(file);
    IEnumBackgroundCopyFiles_Release(files);
    return properties;
}

static HRESULT set_mirrors(struct flow *flow, const wchar_t *text)
{
    IDosvcProperties *properties = properties_of(flow);
    VARIANT value;
    HRESULT hr;

    V_VT(&value) = VT_BSTR;
    V_BSTR(&value) = SysAllocString(text);
    hr = IDosvcProperties_SetProperty(properties, DOSVC_PROPERTY_MIRRORS, &value);
    VariantClear(&value);
    IDosvcProperties_Release(properties);
    return hr;
}

/* Of the origin's /a, with /a of the other server as its mirror. */
static void open_with_mirror(struct flow *flow)
{
    wchar_t url[HTTPD_URL_MAX];

    flow_open(flow, "/a");
    assert_hr(S_OK, set_mirrors(flow, httpd_wide_url(other, "/a", url)));
}

static void a_mirror_goes_on_where_the_first_one_died(void **state)
{
    struct flow *flow = *state;
    char value[100];

    /* two machines that make up ETags in their own way, but know the file's date */
    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 1,
                  .size = SIZE,
                  .etag = "\"one\"",
                  DATED,
                  .cut = true,
                  .cut_after = SIZE / 2,
                  .reset = true});
    HTTPD_SCRIPT(other, "/a", {.seed = 1, .size = SIZE, .etag = "\"two\"", DATED});
    open_with_mirror(flow);
    flow_start(flow);
    flow_assert_identical(flow, 1, SIZE);
    assert_int_equal(1, httpd_requests(flow->httpd, NULL));
    assert_int_equal(1, httpd_requests(other, NULL));
    assert_true(httpd_request(other, NULL, 0)->ranged);
    assert_false(httpd_header(httpd_request(other, NULL, 0), "If-Range", value, sizeof(value)));
}

static void a_mirror_with_other_content_is_fetched_whole(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 1, .size = SIZE, DATED, .cut = true, .cut_after = SIZE / 2});
    HTTPD_SCRIPT(other, "/a", {.seed = 2, .size = SIZE, DATED});
    open_with_mirror(flow);
    flow_start(flow);
    flow_assert_identical(flow, 2, SIZE);
}

static void a_mirror_of_another_date_is_fetched_whole(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 1, .size = SIZE, DATED, .cut = true, .cut_after = SIZE / 2});
    HTTPD_SCRIPT(other, "/a",
                 {.seed = 1, .size = SIZE, .last_modified = "Wed, 01 Jan 2020 11:00:00 GMT"});
    open_with_mirror(flow);
    flow_start(flow);
    flow_assert_identical(flow, 1, SIZE);
    assert_false(httpd_request(other, NULL, httpd_requests(other, NULL) - 1)->ranged);
}

static void a_mirror_stands_in_for_a_missing_file(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(other, "/a", {.seed = 1, .size = SIZE});
    open_with_mirror(flow);
    flow_start(flow);
    flow_assert_identical(flow, 1, SIZE);
    assert_int_equal(1, httpd_requests(flow->httpd, NULL));
}

static void a_damaged_mirror_is_replaced(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 2, .size = SIZE, DATED});
    HTTPD_SCRIPT(other, "/a", {.seed = 1, .size = SIZE, DATED});
    open_with_mirror(flow);
    expect_digest(flow, 1);
    flow_start(flow);
    flow_assert_identical(flow, 1, SIZE);
}

static void a_file_that_no_mirror_has_is_an_error(void **state)
{
    struct flow *flow = *state;

    open_with_mirror(flow);
    flow_start(flow);
    flow_assert_error(flow, 0x80190194);
    assert_int_equal(1, httpd_requests(flow->httpd, NULL));
    assert_int_equal(1, httpd_requests(other, NULL));
}

/* Each is asked once, then there is a pause. */
static void mirrors_that_fail_for_a_while_are_waited_for(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.status = 503}, {.status = 503}, {.seed = 1, .size = SIZE});
    HTTPD_SCRIPT(other, "/a", {.status = 503});
    open_with_mirror(flow);
    flow_start(flow);
    flow_assert_identical(flow, 1, SIZE);
    assert_int_equal(3, httpd_requests(flow->httpd, NULL));
    assert_int_equal(2, httpd_requests(other, NULL));
}

static void a_mirror_may_be_told_what_the_origin_is_told(void **state)
{
    struct flow *flow = *state;
    char value[100] = "";

    HTTPD_SCRIPT(other, "/a", {.seed = 1, .size = SIZE});
    open_with_mirror(flow);
    flow_set_headers(flow, L"X-Ticket: 7\r\n");
    flow_start(flow);
    flow_assert_identical(flow, 1, SIZE);
    assert_true(httpd_header(httpd_request(other, NULL, 0), "X-Ticket", value, sizeof(value)));
}

static void what_is_no_mirror_is_refused(void **state)
{
    struct flow *flow = *state;
    IDosvcProperties *properties;
    wchar_t many[17 * 20] = L"";
    VARIANT value;
    int i;

    HTTPD_SCRIPT(flow->httpd, "/a", {.hold = true});
    flow_open(flow, "/a");
    assert_hr(E_INVALIDARG, set_mirrors(flow, L"ftp://h/a"));
    assert_hr(E_INVALIDARG, set_mirrors(flow, L"http://h/a nonsense"));
    for (i = 0; i < 17; i++)
        wcscat(many, L"http://h/a\r\n");
    assert_hr(E_INVALIDARG, set_mirrors(flow, many));
    properties = properties_of(flow);
    assert_hr(E_NOT_SET, IDosvcProperties_GetProperty(properties, DOSVC_PROPERTY_MIRRORS, &value));
    assert_hr(E_INVALIDARG, IDosvcProperties_GetProperty(properties, DOSVC_PROPERTY_MIRRORS, NULL));
    assert_hr(E_INVALIDARG, IDosvcProperties_SetProperty(properties, DOSVC_PROPERTY_MIRRORS, NULL));
    V_VT(&value) = VT_UI4;
    assert_hr(E_INVALIDARG,
              IDosvcProperties_SetProperty(properties, DOSVC_PROPERTY_MIRRORS, &value));
    assert_hr(DO_E_UNKNOWN_PROPERTY_ID,
              IDosvcProperties_GetProperty(properties, (DOSVC_PROPERTY)99, &value));
    assert_hr(S_OK, set_mirrors(flow, L"http://h/a \r\n https://i/a"));
    assert_hr(S_OK, IDosvcProperties_GetProperty(properties, DOSVC_PROPERTY_MIRRORS, &value));
    assert_int_equal(VT_BSTR, V_VT(&value));
    assert_int_equal(0, wcscmp(L"http://h/a \r\n https://i/a", V_BSTR(&value)));
    VariantClear(&value);
    IDosvcProperties_Release(properties);
    assert_hr(S_OK, set_mirrors(flow, L""));
    flow_start(flow);
    assert_true(httpd_wait_request(flow->httpd, "/a", 1, KIT_LIMIT));
    assert_hr(DO_E_INVALID_STATE, set_mirrors(flow, L"http://h/a"));
    flow_cancel(flow);
    httpd_release(flow->httpd, "/a");
}

#define JOB(test) FLOW_CASE(test, "job", set_up_job, tear_down)
#define BOTH(test) JOB(test), FLOW_CASE(test, "download", set_up_download, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        BOTH(a_cache_is_asked_in_place_of_the_origin),
        BOTH(without_the_setting_the_origin_is_asked),
        BOTH(a_cache_that_has_nothing_is_left_alone),
        JOB(a_ban_counts_for_the_next_file),
        BOTH(a_cache_that_refuses_is_passed_over),
        BOTH(a_cache_that_hangs_is_passed_over),
        BOTH(a_cache_that_disappears_half_way_is_replaced),
        BOTH(of_two_caches_the_other_one_takes_over),
        BOTH(the_fallback_is_delayed_as_set),
        BOTH(windows_own_delay_wins),
        BOTH(what_the_client_tells_the_origin_is_told_to_no_cache),
        BOTH(damaged_bytes_of_a_cache_are_fetched_from_the_origin),
        BOTH(an_origin_that_is_damaged_too_is_an_error),
        BOTH(a_damaged_piece_of_a_cache_is_fetched_from_the_origin),
        BOTH(a_mirror_goes_on_where_the_first_one_died),
        BOTH(a_mirror_with_other_content_is_fetched_whole),
        BOTH(a_mirror_of_another_date_is_fetched_whole),
        BOTH(a_mirror_stands_in_for_a_missing_file),
        BOTH(a_damaged_mirror_is_replaced),
        BOTH(a_file_that_no_mirror_has_is_an_error),
        BOTH(mirrors_that_fail_for_a_while_are_waited_for),
        BOTH(a_mirror_may_be_told_what_the_origin_is_told),
        BOTH(what_is_no_mirror_is_refused),
    };

    kit_process(L"clock=60");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
