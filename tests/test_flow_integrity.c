/* IntegrityCheckInfo: what is checked is delivered only if it is right, by either face. */
#include "testkit/flow.h"

#include "core/pieces.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE 10000
#define PIECE 4096
#define COUNT 3

/* ---- what the client says ---- */

static void set_file(struct flow *flow, DOFilePropertyId id, const VARIANT *value)
{
    IEnumBackgroundCopyFiles *files;
    IDeliveryOptimizationFile2 *file2;
    IBackgroundCopyFile *file;

    assert_hr(S_OK, IBackgroundCopyJob_EnumFiles(flow->job, &files));
    assert_hr(S_OK, IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL));
    assert_hr(S_OK, IBackgroundCopyFile_QueryInterface(file, &IID_IDeliveryOptimizationFile2,
                                                       (void **)&file2));
    assert_hr(S_OK, IDeliveryOptimizationFile2_SetProperty(file2, id, (VARIANT *)value));
    IDeliveryOptimizationFile2_Release(file2);
    IBackgroundCopyFile_Release(file);
    IEnumBackgroundCopyFiles_Release(files);
}

static void set_info(struct flow *flow, const char *text)
{
    wchar_t wide[2000];
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
    set_file(flow, DOFilePropertyId_IntegrityCheckInfo, &value);
    VariantClear(&value);
}

static void set_mandatory(struct flow *flow)
{
    VARIANT value;

    if (flow->is_download)
    {
        assert_hr(S_OK,
                  kit_set_bool(flow->download, DODownloadProperty_IntegrityCheckMandatory, true));
        return;
    }
    V_VT(&value) = VT_BOOL;
    V_BOOL(&value) = VARIANT_TRUE;
    set_file(flow, DOFilePropertyId_IntegrityCheckMandatory, &value);
}

/* ---- what a server has ---- */

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

/* At /hashes, for /a with the content `seed`; its hash of hashes into `hash`. */
static void serve_hashes(struct flow *flow, uint32_t seed, uint64_t length, char *hash)
{
    BYTE digests[COUNT][DIGEST_SIZE], value[DIGEST_SIZE];
    struct pieces pieces = {.length = length, .size = PIECE, .count = COUNT, .digests = digests};
    char text[1000], piece[COUNT][DIGEST_BASE64_SIZE];
    size_t i;

    for (i = 0; i < COUNT; i++)
    {
        digest_of(seed, i * PIECE, i < COUNT - 1 ? PIECE : SIZE - i * PIECE, digests[i]);
        digest_to_base64(digests[i], piece[i]);
    }
    assert_hr(S_OK, pieces_hash(&pieces, value));
    digest_to_base64(value, hash);
    snprintf(
        text, sizeof(text),
        "{\"MajorVersion\":1,\"MinorVersion\":0,\"HashOfHashes\":\"%s\",\"ContentLength\":%llu,"
        "\"PieceSize\":%u,\"Pieces\":[\"%s\",\"%s\",\"%s\"]}",
        hash, (unsigned long long)length, PIECE, piece[0], piece[1], piece[2]);
    HTTPD_SCRIPT(flow->httpd, "/hashes", {.body = text});
}

static void open_with_hashes(struct flow *flow, const char *path, const char *hash, bool mandatory)
{
    char url[HTTPD_URL_MAX], text[HTTPD_URL_MAX + 200];

    flow_open(flow, "/a");
    snprintf(text, sizeof(text), "{\"PiecesHashFileUrl\":\"%s\",\"HashOfHashes\":\"%s\"}",
             httpd_url(flow->httpd, path, url), hash);
    set_info(flow, text);
    if (mandatory)
        set_mandatory(flow);
}

static void open_with_digest(struct flow *flow, uint32_t seed, size_t size)
{
    char text[200], hex[DIGEST_HEX_SIZE];
    BYTE value[DIGEST_SIZE];

    digest_of(seed, 0, size, value);
    digest_to_hex(value, hex);
    snprintf(text, sizeof(text), "{\"FileDigest\":\"%s\",\"FileDigestAlgorithm\":\"SHA256\"}", hex);
    flow_open(flow, "/a");
    set_info(flow, text);
}

/* ---- the digest of the whole file ---- */

static void a_file_with_its_digest_arrives(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 3000000});
    open_with_digest(flow, 1, 3000000);
    flow_start(flow);
    flow_assert_identical(flow, 1, 3000000);
}

/* The bytes are held against it while they come, ... */
static void a_large_file_of_other_bytes_is_not_delivered(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 2, .size = 3000000});
    open_with_digest(flow, 1, 3000000);
    flow_start(flow);
    flow_assert_error(flow, DO_E_BAD_PIECE_HASH);
    flow_cancel(flow);
    flow_assert_folder_empty(flow);
}

/* ... and read back where they did not come in one go. */
static void a_digest_holds_across_a_cut(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 1, .size = 3000000, .etag = "\"a\"", .cut = true, .cut_after = 1700000},
                 {.seed = 1, .size = 3000000, .etag = "\"a\""});
    open_with_digest(flow, 1, 3000000);
    flow_start(flow);
    flow_assert_identical(flow, 1, 3000000);
    assert_int_equal(2, httpd_requests(flow->httpd, "/a"));
}

/* The second answer is of another file, and of the first one nothing may count. */
static void a_digest_is_of_what_came_last(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 2, .size = 3000000, .etag = "\"b\"", .cut = true, .cut_after = 1700000},
                 {.seed = 1, .size = 3000000, .etag = "\"a\""});
    open_with_digest(flow, 1, 3000000);
    flow_start(flow);
    flow_assert_identical(flow, 1, 3000000);
}

static void an_empty_file_has_a_digest(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 0});
    open_with_digest(flow, 1, 0);
    flow_start(flow);
    flow_assert_identical(flow, 1, 0);
}

static void a_web_page_in_place_of_the_file_is_not_delivered(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.status = 200,
                  .headers = "Content-Type: text/html\r\n",
                  .body = "<html><body>Sign in</body></html>"});
    open_with_digest(flow, 1, SIZE);
    flow_start(flow);
    flow_assert_error(flow, DO_E_BAD_PIECE_HASH);
    flow_assert_folder_empty(flow);
}

static void a_bad_file_leaves_the_old_target(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 2, .size = SIZE});
    open_with_digest(flow, 1, SIZE);
    assert_true(content_write_file(flow->target, 9, 100));
    flow_start(flow);
    flow_assert_error(flow, DO_E_BAD_PIECE_HASH);
    assert_true(content_check_file(flow->target, 9, 100));
}

static void what_was_bad_is_fetched_anew(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 2, .size = SIZE}, {.seed = 1, .size = SIZE});
    open_with_digest(flow, 1, SIZE);
    flow_start(flow);
    flow_assert_error(flow, DO_E_BAD_PIECE_HASH);
    flow_start(flow);
    flow_finish(flow);
    assert_true(content_check_file(flow->target, 1, SIZE));
}

/* ---- pieces ---- */

static void a_file_of_good_pieces_arrives(void **state)
{
    struct flow *flow = *state;
    char hash[DIGEST_BASE64_SIZE];

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = SIZE});
    serve_hashes(flow, 1, SIZE, hash);
    open_with_hashes(flow, "/hashes", hash, true);
    flow_start(flow);
    flow_assert_identical(flow, 1, SIZE);
    assert_int_equal(1, httpd_requests(flow->httpd, "/hashes"));
    assert_int_equal(1, httpd_requests(flow->httpd, "/a"));
}

static void a_pieces_hash_file_may_be_elsewhere_and_late(void **state)
{
    struct flow *flow = *state;
    char hash[DIGEST_BASE64_SIZE];

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = SIZE});
    HTTPD_SCRIPT(flow->httpd, "/moved", {.status = 302, .location = "/hashes", .delay = 200});
    serve_hashes(flow, 1, SIZE, hash);
    open_with_hashes(flow, "/moved", hash, true);
    flow_start(flow);
    flow_assert_identical(flow, 1, SIZE);
    assert_int_equal(1, httpd_requests(flow->httpd, "/hashes"));
}

static void a_bad_piece_is_fetched_once_more(void **state)
{
    struct flow *flow = *state;
    const struct httpd_request *request;
    char hash[DIGEST_BASE64_SIZE];

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 2, .size = SIZE}, {.seed = 1, .size = SIZE});
    serve_hashes(flow, 1, SIZE, hash);
    open_with_hashes(flow, "/hashes", hash, true);
    flow_start(flow);
    flow_assert_identical(flow, 1, SIZE);
    assert_int_equal(1 + COUNT, httpd_requests(flow->httpd, "/a"));
    request = httpd_request(flow->httpd, "/a", COUNT);
    assert_true(request->first == 2 * PIECE && request->last == SIZE - 1);
}

static void a_piece_that_stays_bad_fails_the_file(void **state)
{
    struct flow *flow = *state;
    char hash[DIGEST_BASE64_SIZE];

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 2, .size = SIZE});
    serve_hashes(flow, 1, SIZE, hash);
    open_with_hashes(flow, "/hashes", hash, false);
    flow_start(flow);
    flow_assert_error(flow, DO_E_BAD_PIECE_HASH);
    flow_assert_folder_empty(flow);
    assert_int_equal(2, httpd_requests(flow->httpd, "/a"));
}

static void another_size_than_the_pieces_have_fails_the_file(void **state)
{
    struct flow *flow = *state;
    char hash[DIGEST_BASE64_SIZE];

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = SIZE});
    serve_hashes(flow, 1, SIZE + 1, hash);
    open_with_hashes(flow, "/hashes", hash, false);
    flow_start(flow);
    flow_assert_error(flow, DO_E_METAINFO_FILE_SIZE);
    flow_assert_folder_empty(flow);
}

/* ---- pieces hash files that are no good ---- */

#define SOME_HASH "bLR+YkW147Gf10YSrQ6lgW3AC9E1aDesK3TaSr0DHJA="

static void assert_unusable(struct flow *flow, const char *path, bool mandatory, HRESULT code)
{
    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = SIZE});
    open_with_hashes(flow, path, SOME_HASH, mandatory);
    flow_start(flow);
    if (!mandatory)
    {
        flow_assert_identical(flow, 1, SIZE);
        return;
    }
    flow_assert_error(flow, code);
    flow_cancel(flow);
    flow_assert_folder_empty(flow);
    assert_int_equal(0, httpd_requests(flow->httpd, "/a"));
}

static void a_missing_hash_file_is_done_without(void **state)
{
    assert_unusable(*state, "/missing", false, S_OK);
}

static void a_missing_hash_file_that_is_mandatory_fails(void **state)
{
    assert_unusable(*state, "/missing", true, DO_E_INTEGRITYCHECKINFO_UNAVAILABLE);
}

static void a_hash_file_that_is_a_web_page_is_done_without(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/hashes", {.body = "<html></html>"});
    assert_unusable(flow, "/hashes", false, S_OK);
}

static void a_hash_file_that_is_a_web_page_fails_if_mandatory(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/hashes", {.body = "<html></html>"});
    assert_unusable(flow, "/hashes", true, DO_E_METAINFO_CONTENT);
}

static void a_hash_file_of_something_else_is_done_without(void **state)
{
    char hash[DIGEST_BASE64_SIZE];

    serve_hashes(*state, 1, SIZE, hash);
    assert_unusable(*state, "/hashes", false, S_OK);
}

static void a_hash_file_of_something_else_fails_if_mandatory(void **state)
{
    char hash[DIGEST_BASE64_SIZE];

    serve_hashes(*state, 1, SIZE, hash);
    assert_unusable(*state, "/hashes", true, DO_E_METAINFO_HOH_MATCH);
}

static void a_hash_file_that_is_too_long_fails_if_mandatory(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/hashes", {.seed = 3, .size = PIECES_FILE_MAX + 1});
    assert_unusable(flow, "/hashes", true, DO_E_INTEGRITYCHECKINFO_UNAVAILABLE);
}

static void garbage_in_place_of_the_info_is_done_without(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = SIZE});
    flow_open(flow, "/a");
    set_info(flow, "garbage");
    flow_start(flow);
    flow_assert_identical(flow, 1, SIZE);
}

static void garbage_in_place_of_the_info_fails_if_mandatory(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = SIZE});
    flow_open(flow, "/a");
    set_info(flow, "garbage");
    set_mandatory(flow);
    flow_start(flow);
    flow_assert_error(flow, DO_E_METAINFO_CONTENT);
}

static void a_part_of_a_file_is_not_checked(void **state)
{
    struct flow *flow = *state;
    DO_DOWNLOAD_RANGES_INFO range = {.RangeCount = 1, .Ranges = {{.Offset = 10, .Length = 100}}};

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = SIZE});
    open_with_digest(flow, 1, SIZE);
    set_mandatory(flow);
    assert_hr(S_OK, IDODownload_Start(flow->download, &range));
    flow_assert_error(flow, DO_E_INTEGRITYCHECKINFO_UNAVAILABLE);
}

/* ---- orders in the middle ---- */

static void a_pause_ends_the_wait_for_a_hash_file(void **state)
{
    struct flow *flow = *state;
    char hash[DIGEST_BASE64_SIZE];

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = SIZE});
    HTTPD_SCRIPT(flow->httpd, "/slow", {.status = 302, .location = "/hashes", .hold = true});
    serve_hashes(flow, 1, SIZE, hash);
    open_with_hashes(flow, "/slow", hash, true);
    flow_start(flow);
    assert_true(httpd_wait_request(flow->httpd, "/slow", 1, KIT_LIMIT));
    flow_pause(flow);
    httpd_release(flow->httpd, "/slow");
    flow_start(flow);
    flow_assert_identical(flow, 1, SIZE);
}

static void cancel_ends_the_wait_for_a_hash_file(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/slow", {.body = "{}", .hold = true});
    open_with_hashes(flow, "/slow", SOME_HASH, true);
    flow_start(flow);
    assert_true(httpd_wait_request(flow->httpd, "/slow", 1, KIT_LIMIT));
    flow_cancel(flow);
    flow_assert_folder_empty(flow);
}

static void cancel_ends_the_wait_for_a_piece(void **state)
{
    struct flow *flow = *state;
    char hash[DIGEST_BASE64_SIZE];

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 2, .size = SIZE},
                 {.seed = 1, .size = SIZE, .hold = true});
    serve_hashes(flow, 1, SIZE, hash);
    open_with_hashes(flow, "/hashes", hash, true);
    flow_start(flow);
    assert_true(httpd_wait_request(flow->httpd, "/a", 2, KIT_LIMIT));
    flow_cancel(flow);
    flow_assert_folder_empty(flow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_BOTH(a_file_with_its_digest_arrives),
        FLOW_BOTH(a_large_file_of_other_bytes_is_not_delivered),
        FLOW_BOTH(a_digest_holds_across_a_cut),
        FLOW_BOTH(a_digest_is_of_what_came_last),
        FLOW_BOTH(an_empty_file_has_a_digest),
        FLOW_BOTH(a_web_page_in_place_of_the_file_is_not_delivered),
        FLOW_BOTH(a_bad_file_leaves_the_old_target),
        FLOW_BOTH(what_was_bad_is_fetched_anew),
        FLOW_BOTH(a_file_of_good_pieces_arrives),
        FLOW_BOTH(a_pieces_hash_file_may_be_elsewhere_and_late),
        FLOW_BOTH(a_bad_piece_is_fetched_once_more),
        FLOW_BOTH(a_piece_that_stays_bad_fails_the_file),
        FLOW_BOTH(another_size_than_the_pieces_have_fails_the_file),
        FLOW_BOTH(a_missing_hash_file_is_done_without),
        FLOW_BOTH(a_missing_hash_file_that_is_mandatory_fails),
        FLOW_BOTH(a_hash_file_that_is_a_web_page_is_done_without),
        FLOW_BOTH(a_hash_file_that_is_a_web_page_fails_if_mandatory),
        FLOW_BOTH(a_hash_file_of_something_else_is_done_without),
        FLOW_BOTH(a_hash_file_of_something_else_fails_if_mandatory),
        FLOW_DOWNLOAD(a_hash_file_that_is_too_long_fails_if_mandatory),
        FLOW_BOTH(garbage_in_place_of_the_info_is_done_without),
        FLOW_BOTH(garbage_in_place_of_the_info_fails_if_mandatory),
        FLOW_DOWNLOAD(a_part_of_a_file_is_not_checked),
        FLOW_BOTH(a_pause_ends_the_wait_for_a_hash_file),
        FLOW_BOTH(cancel_ends_the_wait_for_a_hash_file),
        FLOW_BOTH(cancel_ends_the_wait_for_a_piece),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
