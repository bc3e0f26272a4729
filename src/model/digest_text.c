#include "model/digest_text.h"

#include <stddef.h>
#include <string.h>

void digest_to_hex(const uint8_t value[DIGEST_SIZE], char text[DIGEST_HEX_SIZE])
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

void digest_to_base64(const uint8_t value[DIGEST_SIZE], char text[DIGEST_BASE64_SIZE])
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

static bool from_hex(const char *text, uint8_t value[DIGEST_SIZE])
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
        value[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* 43 digits carry 258 bits: the last two must be 0, or two texts would mean one digest. */
static bool from_base64(const char *text, uint8_t value[DIGEST_SIZE])
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
        value[size++] = (uint8_t)(bits >> have);
    }
    return size == DIGEST_SIZE && !(bits & ((1u << have) - 1));
}

bool digest_from_text(const char *text, uint8_t value[DIGEST_SIZE])
{
    size_t length = strlen(text);
    uint8_t read[DIGEST_SIZE];
    bool good = false;

    if (length == DIGEST_HEX_SIZE - 1)
        good = from_hex(text, read);
    else if (length == 43 || (length == 44 && text[43] == '='))
        good = from_base64(text, read);
    if (good)
        memcpy(value, read, sizeof(read));
    return good;
}
