#include "io/digest.h"

#include "base/mem.h"

#include <bcrypt.h>
#include <string.h>

#define AT_ONCE (1u << 30) /* bytes; BCrypt counts in 32 bits */

struct digest
{
    BCRYPT_ALG_HANDLE algorithm;
    BCRYPT_HASH_HANDLE hash;
};

/* BCrypt speaks NTSTATUS. */
static HRESULT hr_from_nt(NTSTATUS status)
{
    return status < 0 ? HRESULT_FROM_NT(status) : S_OK;
}

static HRESULT begin(struct digest *digest)
{
    return hr_from_nt(BCryptCreateHash(digest->algorithm, &digest->hash, NULL, 0, NULL, 0, 0));
}

HRESULT digest_open(struct digest **digest)
{
    struct digest *made;
    HRESULT hr;

    made = mem_zalloc(sizeof(*made));
    if (!made)
        return E_OUTOFMEMORY;
    hr =
        hr_from_nt(BCryptOpenAlgorithmProvider(&made->algorithm, BCRYPT_SHA256_ALGORITHM, NULL, 0));
    if (SUCCEEDED(hr))
        hr = begin(made);
    if (FAILED(hr))
    {
        digest_close(made);
        return hr;
    }
    *digest = made;
    return S_OK;
}

void digest_close(struct digest *digest)
{
    if (!digest)
        return;
    if (digest->hash)
        BCryptDestroyHash(digest->hash);
    if (digest->algorithm)
        BCryptCloseAlgorithmProvider(digest->algorithm, 0);
    mem_free(digest);
}

HRESULT digest_update(struct digest *digest, const void *data, size_t size)
{
    const UCHAR *next = data;
    HRESULT hr = S_OK;
    ULONG part;

    while (size && SUCCEEDED(hr))
    {
        part = size < AT_ONCE ? (ULONG)size : AT_ONCE;
        hr = hr_from_nt(BCryptHashData(digest->hash, (UCHAR *)next, part, 0));
        next += part;
        size -= part;
    }
    return hr;
}

HRESULT digest_finish(struct digest *digest, BYTE value[DIGEST_SIZE])
{
    HRESULT hr;

    hr = hr_from_nt(BCryptFinishHash(digest->hash, value, DIGEST_SIZE, 0));
    BCryptDestroyHash(digest->hash);
    digest->hash = NULL;
    return SUCCEEDED(hr) ? begin(digest) : hr;
}

/* ---- text ---- */

void digest_to_hex(const BYTE value[DIGEST_SIZE], char text[DIGEST_HEX_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    size_t i;

    for (i = 0; i < DIGEST_SIZE; i++)
    {
        *text++ = digits[value[i] >> 4];
        *text++ = digits[value[i] & 15];
    }
    *text = 0;
}

void digest_to_base64(const BYTE value[DIGEST_SIZE], char text[DIGEST_BASE64_SIZE])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned int bits;
    size_t i;

    for (i = 0; i < DIGEST_SIZE; i += 3)
    {
        bits = (unsigned int)value[i] << 16;
        if (i + 1 < DIGEST_SIZE)
            bits |= (unsigned int)value[i + 1] << 8;
        if (i + 2 < DIGEST_SIZE)
            bits |= value[i + 2];
        *text++ = digits[bits >> 18];
        *text++ = digits[bits >> 12 & 63];
        *text++ = i + 1 < DIGEST_SIZE ? digits[bits >> 6 & 63] : '=';
        *text++ = i + 2 < DIGEST_SIZE ? digits[bits & 63] : '=';
    }
    *text = 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

static bool from_hex(const char *text, BYTE value[DIGEST_SIZE])
{
    int high;
    int low;
    size_t i;

    for (i = 0; i < DIGEST_SIZE; i++)
    {
        high = hex_digit(text[2 * i]);
        low = hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        value[i] = (BYTE)(high << 4 | low);
    }
    return true;
}

/* 43 digits carry 258 bits: the last two must be 0, or two texts would mean one digest. */
static bool from_base64(const char *text, BYTE value[DIGEST_SIZE])
{
    unsigned int bits = 0;
    unsigned int have = 0;
    size_t size = 0;
    int digit;

    for (; *text && *text != '='; text++)
    {
        digit = base64_digit(*text);
        if (digit < 0)
            return false;
        bits = (bits << 6 | (unsigned int)digit) & 0x3fff;
        have += 6;
        if (have < 8)
            continue;
        have -= 8;
        value[size++] = (BYTE)(bits >> have);
    }
    return size == DIGEST_SIZE && !(bits & ((1u << have) - 1));
}

bool digest_from_text(const char *text, BYTE value[DIGEST_SIZE])
{
    size_t length = strlen(text);
    BYTE read[DIGEST_SIZE];
    bool good = false;

    if (length == DIGEST_HEX_SIZE - 1)
        good = from_hex(text, read);
    else if (length == 43 || (length == 44 && text[43] == '='))
        good = from_base64(text, read);
    if (good)
        memcpy(value, read, sizeof(read));
    return good;
}
