/* The texts that say what a file must be: two published samples, and all the ways to be wrong. */
#include "unit.h"

#include "core/pieces.h"
#include "io/json.h"

#include <dosvc_codes.h>
#include <stdio.h>
#include <string.h>

#define ONE_PIECE "J/rmYNjGCeAgcDu0Y7ZgHmKBHcddsZl1vLfWjZWbUn0="
#define ONE_HASH "bLR+YkW147Gf10YSrQ6lgW3AC9E1aDesK3TaSr0DHJA="

#define GOOD                                                                                       \
    "{\"MajorVersion\":1,\"MinorVersion\":0,\"HashOfHashes\":\"" ONE_HASH                          \
    "\",\"ContentLength\":244530,\"PieceSize\":1048576,\"Pieces\":[\"" ONE_PIECE "\"]}"

static HRESULT parse_info(const char *text)
{
    struct integrity_info info;
    HRESULT hr = integrity_info_parse(text, &info);

    if (SUCCEEDED(hr))
        integrity_info_cleanup(&info);
    return hr;
}

/* As if the client expected ONE_HASH. */
static HRESULT parse(const char *text)
{
    struct integrity_info info = {.has_hash_of_hashes = true};
    struct pieces pieces;
    HRESULT hr;

    assert_true(digest_from_text(ONE_HASH, info.hash_of_hashes));
    hr = pieces_parse(&info, text, strlen(text), &pieces);
    if (SUCCEEDED(hr))
        pieces_cleanup(&pieces);
    return hr;
}

static void assert_fails(HRESULT expected, HRESULT found)
{
    assert_int_equal((unsigned long)expected, (unsigned long)found);
}

static void a_published_file_is_read(void **state)
{
    struct integrity_info info = {.has_hash_of_hashes = true};
    struct pieces pieces;
    BYTE piece[DIGEST_SIZE], hash[DIGEST_SIZE];

    (void)state;
    assert_true(digest_from_text(ONE_HASH, info.hash_of_hashes));
    assert_true(digest_from_text(ONE_PIECE, piece));
    assert_int_equal(S_OK, pieces_parse(&info, GOOD, strlen(GOOD), &pieces));
    assert_int_equal(1, pieces.count);
    assert_int_equal(244530, pieces.length);
    assert_int_equal(1048576, pieces.size);
    assert_memory_equal(piece, pieces.digests[0], DIGEST_SIZE);
    assert_int_equal(S_OK, pieces_hash(&pieces, hash));
    assert_memory_equal(info.hash_of_hashes, hash, DIGEST_SIZE);
    pieces_cleanup(&pieces);
}

static void each_fault_has_its_code(void **state)
{
    static const struct
    {
        const char *text;
        HRESULT code;
    } rows[] = {
        {"", DO_E_METAINFO_CONTENT},
        {"<html><body>Not found</body></html>", DO_E_METAINFO_CONTENT},
        {"[1]", DO_E_METAINFO_CONTENT},
        {"{\"MajorVersion\":1", DO_E_METAINFO_CONTENT},
        {"{MajorVersion:1}", DO_E_METAINFO_CONTENT},
        {"{}", DO_E_METAINFO_VERSION},
        {"{\"MajorVersion\":2,\"MinorVersion\":0}", DO_E_METAINFO_VERSION},
        {"{\"MajorVersion\":\"1\",\"MinorVersion\":0}", DO_E_METAINFO_VERSION},
        {"{\"MajorVersion\":1,\"MinorVersion\":0}", DO_E_METAINFO_CONTENT_LENGTH},
        {"{\"MajorVersion\":1,\"ContentLength\":-1}", DO_E_METAINFO_CONTENT_LENGTH},
        {"{\"MajorVersion\":1,\"ContentLength\":1.5}", DO_E_METAINFO_CONTENT_LENGTH},
        {"{\"MajorVersion\":1,\"ContentLength\":99999999999999999999}",
         DO_E_METAINFO_CONTENT_LENGTH},
        {"{\"MajorVersion\":1,\"ContentLength\":9}", DO_E_METAINFO_PIECE_SIZE},
        {"{\"MajorVersion\":1,\"ContentLength\":9,\"PieceSize\":0}", DO_E_METAINFO_PIECE_SIZE},
        {"{\"MajorVersion\":1,\"ContentLength\":9,\"PieceSize\":4294967296}",
         DO_E_METAINFO_PIECE_SIZE},
        {"{\"MajorVersion\":1,\"ContentLength\":9,\"PieceSize\":9}",
         DO_E_METAINFO_PARSE_PIECEHASHES},
        {"{\"MajorVersion\":1,\"ContentLength\":9,\"PieceSize\":9,\"Pieces\":\"" ONE_PIECE "\"}",
         DO_E_METAINFO_PARSE_PIECEHASHES},
        {"{\"MajorVersion\":1,\"ContentLength\":9223372036854775807,\"PieceSize\":1,"
         "\"Pieces\":[]}",
         DO_E_METAINFO_PARSE_PIECEHASHES},
        {"{\"MajorVersion\":1,\"ContentLength\":9,\"PieceSize\":9,\"Pieces\":[\"" ONE_PIECE
         "\",\"" ONE_PIECE "\"]}",
         DO_E_METAINFO_PARSE_PIECEHASHES},
        {"{\"MajorVersion\":1,\"ContentLength\":9,\"PieceSize\":9,\"Pieces\":[7]}",
         DO_E_METAINFO_PARSE_ONE_PIECEHASH},
        {"{\"MajorVersion\":1,\"ContentLength\":9,\"PieceSize\":9,\"Pieces\":[\"AAAA\"]}",
         DO_E_METAINFO_PARSE_ONE_PIECEHASH},
        {"{\"MajorVersion\":1,\"ContentLength\":9,\"PieceSize\":9,\"Pieces\":[\"" ONE_PIECE "\"]}",
         DO_E_METAINFO_PARSE_HOH},
        {"{\"MajorVersion\":1,\"ContentLength\":9,\"PieceSize\":9,\"Pieces\":[\"" ONE_PIECE
         "\"],\"HashOfHashes\":\"?\"}",
         DO_E_METAINFO_PARSE_HOH},
        {"{\"MajorVersion\":1,\"ContentLength\":9,\"PieceSize\":9,\"Pieces\":[\"" ONE_PIECE
         "\"],\"HashOfHashes\":\"" ONE_PIECE "\"}",
         DO_E_METAINFO_HOH_MATCH},
        {"{\"MajorVersion\":1,\"ContentLength\":9,\"PieceSize\":9,\"Pieces\":[\"" ONE_PIECE
         "\"],\"HashOfHashes\":\"" ONE_HASH "\"}",
         DO_E_METAINFO_HOH_FINAL_MATCH},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++)
    {
        char text[600], *at = text;
        const char *from = rows[i].text;

        /* every version 1 here is 1.0 */
        if (!strncmp(from, "{\"MajorVersion\":1,\"C", 20))
        {
            at += sprintf(at, "{\"MinorVersion\":0,");
            from++;
        }
        strcpy(at, from);
        if (parse(text) != rows[i].code)
            print_error("%s\n", text);
        assert_fails(rows[i].code, parse(text));
    }
}

static void a_file_is_known_by_its_own_digest_too(void **state)
{
    static const char text[] = "{\"MajorVersion\":1,\"MinorVersion\":0,\"ContentLength\":0,"
                               "\"PieceSize\":1024,\"Pieces\":[]}";
    struct integrity_info info = {.has_pieces_digest = true};
    struct digest *digest;
    struct pieces pieces;

    (void)state;
    assert_fails(DO_E_METAINFO_DIGEST_MATCH, pieces_parse(&info, text, sizeof(text) - 1, &pieces));
    assert_int_equal(S_OK, digest_open(&digest));
    assert_int_equal(S_OK, digest_update(digest, text, sizeof(text) - 1));
    assert_int_equal(S_OK, digest_finish(digest, info.pieces_digest));
    digest_close(digest);
    assert_int_equal(S_OK, pieces_parse(&info, text, sizeof(text) - 1, &pieces));
    assert_int_equal(0, pieces.count);
    pieces_cleanup(&pieces);
}

static void an_info_says_what_vouches_for_the_file(void **state)
{
    (void)state;
    assert_int_equal(S_OK, parse_info("{\"FileDigest\":\"" ONE_HASH "\"}"));
    assert_int_equal(
        S_OK, parse_info("{\"FileDigest\":\"" ONE_HASH "\",\"FileDigestAlgorithm\":\"SHA256\"}"));
    assert_int_equal(S_OK, parse_info("{\"PiecesHashFileUrl\":\"http://a/b\",\"HashOfHashes\":"
                                      "\"" ONE_HASH "\"}"));
    assert_int_equal(S_OK,
                     parse_info("{\"PiecesHashFileUrl\":\"https://a/b\",\"PiecesHashFileDigest\":"
                                "\"" ONE_HASH "\",\"PiecesHashFileDigestAlgorithm\":\"SHA256\"}"));
}

static void an_info_that_vouches_for_nothing_is_no_good(void **state)
{
    static const char *const texts[] = {
        "",
        "garbage",
        "{}",
        "{\"PiecesHashFileUrl\":\"http://a/b\"}",
        "{\"HashOfHashes\":\"" ONE_HASH "\"}",
        "{\"PiecesHashFileUrl\":\"ftp://a/b\",\"HashOfHashes\":\"" ONE_HASH "\"}",
        "{\"PiecesHashFileUrl\":7,\"HashOfHashes\":\"" ONE_HASH "\"}",
        "{\"FileDigest\":\"short\"}",
        "{\"FileDigest\":\"" ONE_HASH "\",\"FileDigestAlgorithm\":\"MD5\"}",
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(texts); i++)
    {
        if (parse_info(texts[i]) != DO_E_METAINFO_CONTENT)
            print_error("%s\n", texts[i]);
        assert_fails(DO_E_METAINFO_CONTENT, parse_info(texts[i]));
    }
    assert_fails(DO_E_METAINFO_PARSE_HOH,
                 parse_info("{\"PiecesHashFileUrl\":\"http://a/b\",\"HashOfHashes\":\"x\"}"));
}

static void every_allocation_may_fail(void **state)
{
    static const char info[] = "{\"PiecesHashFileUrl\":\"http://a/b\",\"HashOfHashes\":"
                               "\"" ONE_HASH "\",\"PiecesHashFileDigestAlgorithm\":\"SHA256\"}";
    HRESULT hr = E_OUTOFMEMORY;
    char fault[32];
    int i;

    (void)state;
    for (i = 1; hr == E_OUTOFMEMORY && i < 100; i++)
    {
        sprintf(fault, "alloc=%d", i);
        fault_configure(fault);
        hr = parse_info(info);
        if (SUCCEEDED(hr))
            hr = parse(GOOD);
        fault_configure(NULL);
    }
    assert_int_equal(S_OK, hr);
    assert_true(i > 8);
}

static void values_of_json_have_types(void **state)
{
    static const char text[] = "{\"a\":\"x\",\"b\":5,\"c\":[],\"a\":\"y\",\"A\":null}";
    struct json *json;
    UINT64 number = 1;
    char *found;

    (void)state;
    assert_int_equal(S_OK, json_open(text, sizeof(text) - 1, &json));
    assert_int_equal(S_OK, json_text(json, "a", &found));
    assert_string_equal("x", found);
    mem_free(found);
    assert_int_equal(S_FALSE, json_text(json, "b", &found));
    assert_int_equal(S_FALSE, json_text(json, "A", &found));
    assert_int_equal(S_FALSE, json_text(json, "d", &found));
    assert_int_equal(S_FALSE, json_number(json, "a", &number));
    assert_int_equal(S_FALSE, json_number(json, "c", &number));
    assert_int_equal(1, number);
    assert_int_equal(S_OK, json_number(json, "b", &number));
    assert_int_equal(5, number);
    json_close(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(a_published_file_is_read),
        unit_case(each_fault_has_its_code),
        unit_case(a_file_is_known_by_its_own_digest_too),
        unit_case(an_info_says_what_vouches_for_the_file),
        unit_case(an_info_that_vouches_for_nothing_is_no_good),
        unit_case(every_allocation_may_fail),
        unit_case(values_of_json_have_types),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
