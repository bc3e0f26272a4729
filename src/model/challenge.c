#include "model/challenge.h"

#include <stddef.h>
#include <string.h>

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Whether text begins with name, whatever the case; name is in lower case. */
static bool starts(const char *text, const char *name)
{
    for (; *name; text++, name++)
        if (lower(*text) != *name)
            return false;
    return true;
}

static unsigned int scheme_of(const char *word, size_t length)
{
    static const char *const names[AUTH_SCHEMES] = {"basic", "digest", "ntlm", "negotiate"};
    unsigned int i;

    for (i = 0; i < AUTH_SCHEMES; i++)
        if (strlen(names[i]) == length && starts(word, names[i]))
            return 1u << i;
    return 0;
}

static bool is_line_end(char c)
{
    return !c || c == '\r' || c == '\n';
}

/* Past the next comma that is not inside of quotes, or to the line's end. */
static const char *next_item(const char *text)
{
    bool quoted = false;

    for (; !is_line_end(*text); text++)
    {
        if (quoted && *text == '\\' && !is_line_end(text[1]))
            text++;
        else if (*text == '"')
            quoted = !quoted;
        else if (*text == ',' && !quoted)
            return text + 1;
    }
    return text;
}

/* The value of one header: challenges and their parameters, all separated by commas. A parameter
 * is told from a scheme by its "=". */
static unsigned int schemes_of_value(const char *text)
{
    unsigned int schemes = 0;

    for (text += strspn(text, " \t,"); !is_line_end(*text); text += strspn(text, " \t,"))
    {
        size_t length = strcspn(text, " \t,=\r\n");

        if (text[length + strspn(text + length, " \t")] != '=')
            schemes |= scheme_of(text, length);
        text = next_item(text);
    }
    return schemes;
}

unsigned int challenge_schemes(const char *head, bool proxy)
{
    const char *name = proxy ? "proxy-authenticate:" : "www-authenticate:";
    unsigned int schemes = 0;
    const char *line;

    for (line = strchr(head, '\n'); line; line = strchr(line, '\n'))
        if (starts(++line, name))
            schemes |= schemes_of_value(line + strlen(name));
    return schemes;
}

unsigned int challenge_strongest(unsigned int schemes)
{
    unsigned int scheme = 1u << (AUTH_SCHEMES - 1);

    while (scheme && !(schemes & scheme))
        scheme >>= 1;
    return scheme;
}
