#include "model/path.h"

struct reader
{
    const uint16_t *at;
    bool verbatim; /* \\?\: Windows takes every character as it is */
};

static uint16_t upper(uint16_t c)
{
    return c >= 'a' && c <= 'z' ? (uint16_t)(c - 'a' + 'A') : c;
}

static bool is_word(const uint16_t *text, size_t length, const char *word)
{
    size_t i;

    for (i = 0; i < length; i++)
        if (!word[i] || upper(text[i]) != (unsigned char)word[i])
            return false;
    return !word[length];
}

static bool is_letter(uint16_t c)
{
    return upper(c) >= 'A' && upper(c) <= 'Z';
}

/* 1 to 9 and the superscripts of 1, 2 and 3, which count as well */
static bool is_device_number(uint16_t c)
{
    return (c >= '1' && c <= '9') || c == 0xb9 || c == 0xb2 || c == 0xb3;
}

bool path_is_device(const uint16_t *name, size_t length)
{
    static const char *const words[] = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"};
    size_t i, base = 0;

    while (base < length && name[base] != '.' && name[base] != ':')
        base++;
    while (base && name[base - 1] == ' ')
        base--;
    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (is_word(name, base, words[i]))
            return true;
    return base == 4 && is_device_number(name[3]) &&
           (is_word(name, 3, "COM") || is_word(name, 3, "LPT"));
}

static bool is_separator(const struct reader *reader, uint16_t c)
{
    return c == '\\' || (c == '/' && !reader->verbatim);
}

static bool is_illegal(uint16_t c)
{
    static const char illegal[] = "<>:\"|?*/\\";
    size_t i;

    if (c < ' ')
        return true;
    for (i = 0; illegal[i]; i++)
        if (c == (unsigned char)illegal[i])
            return true;
    return false;
}

/* Dots only, one or two: a step, which Windows resolves unless the path is verbatim. */
static bool is_step(const uint16_t *name, size_t length)
{
    return (length == 1 || length == 2) && name[0] == '.' && name[length - 1] == '.';
}

static bool is_name(const uint16_t *name, size_t length)
{
    size_t i;

    if (!length || length > PATH_NAME_MAX || name[length - 1] == '.' || name[length - 1] == ' ')
        return false;
    for (i = 0; i < length; i++)
        if (is_illegal(name[i]))
            return false;
    return !path_is_device(name, length);
}

/* The characters up to the next separator; moves behind it. */
static size_t next_component(struct reader *reader, const uint16_t **name)
{
    size_t length = 0;

    *name = reader->at;
    while (reader->at[length] && !is_separator(reader, reader->at[length]))
        length++;
    reader->at += length;
    if (*reader->at)
        reader->at++;
    return length;
}

static bool skip_word(struct reader *reader, const char *word)
{
    size_t i;

    for (i = 0; word[i]; i++)
    {
        uint16_t c = upper(reader->at[i]);

        if (c == '/' && word[i] == '\\' && !reader->verbatim)
            c = '\\';
        if (c != (unsigned char)word[i])
            return false;
    }
    reader->at += i;
    return true;
}

static bool skip_drive(struct reader *reader)
{
    if (!is_letter(reader->at[0]) || reader->at[1] != ':' || !is_separator(reader, reader->at[2]))
        return false;
    reader->at += 3;
    return true;
}

static bool skip_share(struct reader *reader)
{
    const uint16_t *name;
    size_t server = next_component(reader, &name), share;

    if (!is_name(name, server))
        return false;
    share = next_component(reader, &name);
    return is_name(name, share);
}

/* What comes before the folders. */
static bool skip_root(struct reader *reader)
{
    const uint16_t *name;

    /* \\?\ works with backslashes only; //?/ would be looked at again by Windows */
    reader->verbatim = true;
    if (skip_word(reader, "\\\\?\\"))
    {
        if (skip_word(reader, "UNC\\"))
            return skip_share(reader);
        if (skip_drive(reader))
            return true;
        return skip_word(reader, "VOLUME{") && next_component(reader, &name) > 1;
    }
    reader->verbatim = false;
    if (skip_word(reader, "\\\\"))
        return skip_share(reader);
    return skip_drive(reader);
}

bool path_is_acceptable(const uint16_t *path)
{
    struct reader reader = {path, false};
    const uint16_t *name;
    size_t length = 0;

    while (path[length])
        if (++length > PATH_LENGTH_MAX)
            return false;
    if (!skip_root(&reader))
        return false;
    for (;;)
    {
        bool last;

        length = next_component(&reader, &name);
        last = !name[length];
        if (last)
            return is_name(name, length);
        if (!reader.verbatim && (!length || is_step(name, length)))
            continue;
        if (!is_name(name, length))
            return false;
    }
}
