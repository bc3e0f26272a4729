#include "fuzz.h"

#include "core/pieces.h"

#include <string.h>

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define BASE64 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

/* The first byte says as what the rest is read. */
const char *const fuzz_seeds[] = {
    "0{\"FileDigest\":\"" HEX "\",\"FileDigestAlgorithm\":\"SHA256\"}",
    "0{\"PiecesHashFileUrl\":\"http://a/b.json\",\"PiecesHashFileDigest\":\"" BASE64
    "\",\"PiecesHashFileDigestAlgorithm\":\"SHA256\",\"HashOfHashes\":\"" BASE64 "\"}",
    "1{\"MajorVersion\":1,\"MinorVersion\":0,\"ContentLength\":5,\"PieceSize\":4,"
    "\"Pieces\":[\"" BASE64 "\",\"" HEX "\"]}",
    "1{\"MajorVersion\":1,\"HashOfHashes\":\"" BASE64 "\",\"ContentLength\":18446744073709551615,"
    "\"PieceSize\":4294967295,\"Pieces\":[1,null,{}]}",
    "2{\"MajorVersion\":1,\"ContentLength\":0,\"PieceSize\":1e3,\"Pieces\":[],\"Pieces\":[[[]]]}",
    NULL,
};

static void check_info(const char *text)
{
    struct integrity_info info = {0};

    if (FAILED(integrity_info_parse(text, &info)))
    {
        MUST(!info.pieces_url);
        return;
    }
    MUST(info.has_file_digest || info.pieces_url);
    MUST(info.has_file_digest || info.has_pieces_digest || info.has_hash_of_hashes);
    integrity_info_cleanup(&info);
    MUST(!info.pieces_url);
}

/* Every byte of the file is of one piece, and no piece is without a byte. */
static void check_pieces(const char *text, size_t size, bool vouched)
{
    struct integrity_info info = {.has_hash_of_hashes = vouched};
    struct pieces pieces = {0};

    if (FAILED(pieces_parse(&info, text, size, &pieces)))
    {
        MUST(!pieces.digests);
        return;
    }
    MUST(pieces.digests && pieces.size && pieces.size <= UINT32_MAX);
    MUST(pieces.count * pieces.size >= pieces.length);
    MUST(!pieces.count || (pieces.count - 1) * pieces.size < pieces.length);
    pieces_cleanup(&pieces);
    MUST(!pieces.digests);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text;

    if (!size)
        return 0;
    text = malloc(size);
    MUST(text);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = 0;
    if (data[0] % 4 == 0)
        check_info(text);
    else
        check_pieces(text, size - 1, data[0] % 4 == 2);
    free(text);
    return 0;
}
