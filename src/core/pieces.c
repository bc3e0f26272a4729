#include "core/pieces.h"

#include "base/mem.h"
#include "base/str.h"
#include "io/json.h"
#include "model/url.h"

#include <dosvc_codes.h>
#include <string.h>

/* ---- IntegrityCheckInfo ---- */

/* S_FALSE: no such key. Anything there that is no digest fails with `bad`. */
static HRESULT read_digest(struct json *json, const char *key, HRESULT bad, bool *has,
                           BYTE value[DIGEST_SIZE])
{
    char *text = NULL;
    HRESULT hr = json_text(json, key, &text);

    if (hr != S_OK)
        return hr;
    *has = digest_from_text(text, value);
    mem_free(text);
    return *has ? S_OK : bad;
}

/* There is one algorithm; a text that names another must not be taken for it. */
static HRESULT read_algorithm(struct json *json, const char *key)
{
    char *text = NULL;
    HRESULT hr = json_text(json, key, &text);

    if (hr != S_OK)
        return hr;
    if (!str_equal_nocase(text, "SHA256") && !str_equal_nocase(text, "SHA-256"))
        hr = DO_E_METAINFO_CONTENT;
    mem_free(text);
    return hr;
}

static HRESULT read_info(struct json *json, struct integrity_info *info)
{
    HRESULT hr;

    if (FAILED(hr = read_algorithm(json, "FileDigestAlgorithm")) ||
        FAILED(hr = read_digest(json, "FileDigest", DO_E_METAINFO_CONTENT, &info->has_file_digest,
                                info->file_digest)) ||
        FAILED(hr = read_algorithm(json, "PiecesHashFileDigestAlgorithm")) ||
        FAILED(hr = read_digest(json, "PiecesHashFileDigest", DO_E_METAINFO_CONTENT,
                                &info->has_pieces_digest, info->pieces_digest)) ||
        FAILED(hr = read_digest(json, "HashOfHashes", DO_E_METAINFO_PARSE_HOH,
                                &info->has_hash_of_hashes, info->hash_of_hashes)) ||
        FAILED(hr = json_text(json, "PiecesHashFileUrl", &info->pieces_url)))
        return hr;
    if (info->has_file_digest)
        return S_OK;
    if (!info->pieces_url || !url_is_valid(info->pieces_url, URL_MAX) ||
        (!info->has_pieces_digest && !info->has_hash_of_hashes))
        return DO_E_METAINFO_CONTENT;
    return S_OK;
}

static HRESULT open_object(const char *text, size_t size, struct json **json)
{
    HRESULT hr = json_open(text, size, json);

    return hr == HRESULT_FROM_WIN32(ERROR_INVALID_DATA) ? DO_E_METAINFO_CONTENT : hr;
}

HRESULT integrity_info_parse(const char *text, struct integrity_info *info)
{
    struct integrity_info read = {0};
    struct json *json = NULL;
    HRESULT hr = open_object(text, strlen(text), &json);

    if (FAILED(hr))
        return hr;
    hr = read_info(json, &read);
    json_close(json);
    if (FAILED(hr))
    {
        integrity_info_cleanup(&read);
        return hr;
    }
    *info = read;
    return S_OK;
}

void integrity_info_cleanup(struct integrity_info *info)
{
    mem_free(info->pieces_url);
    info->pieces_url = NULL;
}

/* ---- pieces ---- */

HRESULT pieces_of_file(const BYTE digest[DIGEST_SIZE], struct pieces *pieces)
{
    BYTE(*digests)[DIGEST_SIZE] = mem_dup(digest, DIGEST_SIZE);

    if (!digests)
        return E_OUTOFMEMORY;
    *pieces =
        (struct pieces){.length = UINT64_MAX, .size = UINT64_MAX, .count = 1, .digests = digests};
    return S_OK;
}

void pieces_cleanup(struct pieces *pieces)
{
    mem_free(pieces->digests);
    pieces->digests = NULL;
}

static void put_little(BYTE *bytes, UINT64 number, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++)
        bytes[i] = (BYTE)(number >> 8 * i);
}

HRESULT pieces_hash(const struct pieces *pieces, BYTE value[DIGEST_SIZE])
{
    struct digest *digest = NULL;
    BYTE head[16];
    HRESULT hr;

    put_little(head, 1, 2); /* version 1.0 */
    put_little(head + 2, 0, 2);
    put_little(head + 4, pieces->length, 8);
    put_little(head + 12, pieces->size, 4);
    if (FAILED(hr = digest_open(&digest)))
        return hr;
    if (SUCCEEDED(hr = digest_update(digest, head, sizeof(head))) &&
        SUCCEEDED(hr = digest_update(digest, pieces->digests, pieces->count * DIGEST_SIZE)))
        hr = digest_finish(digest, value);
    digest_close(digest);
    return hr;
}

static HRESULT hash_of_text(const char *text, size_t size, BYTE value[DIGEST_SIZE])
{
    struct digest *digest = NULL;
    HRESULT hr = digest_open(&digest);

    if (SUCCEEDED(hr) && SUCCEEDED(hr = digest_update(digest, text, size)))
        hr = digest_finish(digest, value);
    digest_close(digest);
    return hr;
}

struct collector
{
    struct pieces *pieces;
    size_t got;
};

static HRESULT collect(void *context, const char *text)
{
    struct collector *collector = context;

    if (collector->got == collector->pieces->count)
        return DO_E_METAINFO_PARSE_PIECEHASHES;
    if (!text || !digest_from_text(text, collector->pieces->digests[collector->got]))
        return DO_E_METAINFO_PARSE_ONE_PIECEHASH;
    collector->got++;
    return S_OK;
}

static HRESULT read_pieces(struct json *json, struct pieces *pieces)
{
    struct collector collector = {.pieces = pieces};
    UINT64 major = 0, minor = 0, count;
    HRESULT hr;

    if (FAILED(hr = json_number(json, "MajorVersion", &major)) ||
        FAILED(hr = json_number(json, "MinorVersion", &minor)))
        return hr;
    if (major != 1 || minor != 0)
        return DO_E_METAINFO_VERSION;
    if ((hr = json_number(json, "ContentLength", &pieces->length)) != S_OK)
        return FAILED(hr) ? hr : DO_E_METAINFO_CONTENT_LENGTH;
    if ((hr = json_number(json, "PieceSize", &pieces->size)) != S_OK)
        return FAILED(hr) ? hr : DO_E_METAINFO_PIECE_SIZE;
    if (!pieces->size || pieces->size > UINT32_MAX)
        return DO_E_METAINFO_PIECE_SIZE;
    count = pieces->length / pieces->size + (pieces->length % pieces->size != 0);
    if (count > PIECES_FILE_MAX / DIGEST_SIZE) /* its text would be longer than that */
        return DO_E_METAINFO_PARSE_PIECEHASHES;
    pieces->count = (size_t)count;
    if (!(pieces->digests = mem_array_alloc(pieces->count, DIGEST_SIZE)))
        return E_OUTOFMEMORY;
    if (FAILED(hr = json_texts(json, "Pieces", collect, &collector)))
        return hr;
    return collector.got == pieces->count ? S_OK : DO_E_METAINFO_PARSE_PIECEHASHES;
}

/* The file says what its hash is, the info what it should be, and the pieces what it is: all three
 * agree. A file that is known by its own digest need not say. */
static HRESULT judge_hash(struct json *json, const struct integrity_info *info,
                          const struct pieces *pieces)
{
    BYTE told[DIGEST_SIZE], real[DIGEST_SIZE];
    bool has = false;
    HRESULT hr;

    hr = read_digest(json, "HashOfHashes", DO_E_METAINFO_PARSE_HOH, &has, told);
    if (FAILED(hr) || (!has && !info->has_hash_of_hashes))
        return hr;
    if (!has)
        return DO_E_METAINFO_PARSE_HOH;
    if (info->has_hash_of_hashes && memcmp(told, info->hash_of_hashes, DIGEST_SIZE))
        return DO_E_METAINFO_HOH_MATCH;
    if (FAILED(hr = pieces_hash(pieces, real)))
        return hr;
    return memcmp(told, real, DIGEST_SIZE) ? DO_E_METAINFO_HOH_FINAL_MATCH : S_OK;
}

HRESULT pieces_parse(const struct integrity_info *info, const char *text, size_t size,
                     struct pieces *pieces)
{
    struct pieces read = {0};
    struct json *json = NULL;
    BYTE value[DIGEST_SIZE];
    HRESULT hr;

    if (FAILED(hr = open_object(text, size, &json)))
        return hr;
    if (info->has_pieces_digest && SUCCEEDED(hr = hash_of_text(text, size, value)) &&
        memcmp(value, info->pieces_digest, DIGEST_SIZE))
        hr = DO_E_METAINFO_DIGEST_MATCH;
    if (SUCCEEDED(hr) && SUCCEEDED(hr = read_pieces(json, &read)))
        hr = judge_hash(json, info, &read);
    json_close(json);
    if (FAILED(hr))
    {
        pieces_cleanup(&read);
        return hr;
    }
    *pieces = read;
    return S_OK;
}
