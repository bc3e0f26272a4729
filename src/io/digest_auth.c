#include "io/digest_auth.h"

#include "base/mem.h"
#include "base/str.h"

#include <bcrypt.h>
#include <stdio.h>
#include <string.h>

#define VALUE_SIZE 512
#define HEADER_LIMIT 8192
#define HASH_MAX 32                 /* bytes */
#define HEX_SIZE (2 * HASH_MAX + 1) /* characters */

struct challenge
{
    char realm[VALUE_SIZE];
    char nonce[VALUE_SIZE];
    char opaque[VALUE_SIZE];
    char qop[VALUE_SIZE];
    char algorithm[VALUE_SIZE];
};

/* ---- reading a challenge ---- */

static const char *skip(const char *text)
{
    return text + strspn(text, " \t,");
}

/* The raw value, token or inside of a quoted string; returns what follows, or NULL: malformed. */
static const char *read_value(const char *text, char *value)
{
    const char *end;

    if (*text == '"')
    {
        text++;
        for (end = text; *end && *end != '"' && *end != '\r'; end++)
            if (*end == '\\' && end[1])
                end++;
        if (*end != '"')
            return NULL;
    }
    else
    {
        end = text + strcspn(text, " \t,\r\n");
    }
    if (end - text >= VALUE_SIZE)
        return NULL;
    if (value)
    {
        memcpy(value, text, (size_t)(end - text));
        value[end - text] = 0;
    }
    return *end == '"' ? end + 1 : end;
}

static char *field(struct challenge *challenge, const char *name, size_t length)
{
    const struct
    {
        const char *name;
        char *value;
    } fields[] = {
        {"realm", challenge->realm},         {"nonce", challenge->nonce},
        {"opaque", challenge->opaque},       {"qop", challenge->qop},
        {"algorithm", challenge->algorithm},
    };
    size_t i;

    for (i = 0; i < ARRAY_SIZE(fields); i++)
        if (strlen(fields[i].name) == length && str_starts_nocase(name, fields[i].name))
            return fields[i].value;
    return NULL;
}

/* The parameters behind "Digest"; they end at the next scheme's name or the line's end. */
static bool read_challenge(const char *text, struct challenge *challenge)
{
    size_t length;

    memset(challenge, 0, sizeof(*challenge));
    for (text = skip(text); *text && *text != '\r' && *text != '\n'; text = skip(text))
    {
        length = strcspn(text, "= \t,\r\n");
        if (text[length] != '=')
            break;
        text = read_value(text + length + 1, field(challenge, text, length));
        if (!text)
            return false;
    }
    return *challenge->nonce;
}

static bool has_token(const char *list, const char *token)
{
    size_t length;

    for (list = skip(list); *list; list = skip(list + length))
    {
        length = strcspn(list, " \t,");
        if (length == strlen(token) && str_starts_nocase(list, token))
            return true;
    }
    return false;
}

static const WCHAR *hash_of(const struct challenge *challenge)
{
    if (!*challenge->algorithm || str_equal_nocase(challenge->algorithm, "MD5") ||
        str_equal_nocase(challenge->algorithm, "MD5-sess"))
        return BCRYPT_MD5_ALGORITHM;
    if (str_equal_nocase(challenge->algorithm, "SHA-256") ||
        str_equal_nocase(challenge->algorithm, "SHA-256-sess"))
        return BCRYPT_SHA256_ALGORITHM;
    return NULL;
}

/* The first challenge we can answer: servers put the one they like best first. */
static bool find_challenge(const char *head, struct challenge *challenge)
{
    static const char name[] = "WWW-Authenticate:";
    const char *line;
    const char *at;

    for (line = head; line && *line; line = (line = strchr(line, '\n')) ? line + 1 : NULL)
    {
        if (!str_starts_nocase(line, name))
            continue;
        for (at = line + strlen(name); *at && *at != '\n'; at++)
            if ((at[-1] == ' ' || at[-1] == ',' || at[-1] == ':' || at[-1] == '\t') &&
                str_starts_nocase(at, "Digest ") && read_challenge(at + 7, challenge) &&
                hash_of(challenge) && (!*challenge->qop || has_token(challenge->qop, "auth")))
                return true;
    }
    return false;
}

/* ---- the answer ---- */

#define TEXTS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* The hash, in hex, of the strings up to NULL with ':' between them. */
static HRESULT hash_hex(BCRYPT_ALG_HANDLE algorithm, const char *const *texts, char hex[HEX_SIZE])
{
    BCRYPT_HASH_HANDLE hash = NULL;
    BYTE value[HASH_MAX];
    NTSTATUS status;
    DWORD size = 0;
    size_t text;
    ULONG got;
    DWORD i;

    status =
        BCryptGetProperty(algorithm, BCRYPT_HASH_LENGTH, (UCHAR *)&size, sizeof(size), &got, 0);
    if (status >= 0)
        status = BCryptCreateHash(algorithm, &hash, NULL, 0, NULL, 0, 0);
    for (text = 0; status >= 0 && texts[text]; text++)
    {
        if (text)
            status = BCryptHashData(hash, (UCHAR *)":", 1, 0);
        if (status >= 0)
            status = BCryptHashData(hash, (UCHAR *)texts[text], (ULONG)strlen(texts[text]), 0);
    }
    if (status >= 0)
        status = BCryptFinishHash(hash, value, size, 0);
    if (hash)
        BCryptDestroyHash(hash);
    if (status < 0)
        return HRESULT_FROM_NT(status);
    for (i = 0; i < size; i++)
        snprintf(hex + 2 * i, 3, "%02x", value[i]);
    return S_OK;
}

static HRESULT respond(BCRYPT_ALG_HANDLE algorithm, const struct challenge *challenge,
                       const struct digest_request *request, const char *cnonce,
                       char response[HEX_SIZE])
{
    const char *dash = strrchr(challenge->algorithm, '-');
    char who[HEX_SIZE];
    char what[HEX_SIZE];
    HRESULT hr;

    hr = hash_hex(algorithm, TEXTS(request->user, challenge->realm, request->password), who);
    if (SUCCEEDED(hr) && dash && str_equal_nocase(dash, "-sess"))
        hr = hash_hex(algorithm, TEXTS(who, challenge->nonce, cnonce), who);
    if (SUCCEEDED(hr))
        hr = hash_hex(algorithm, TEXTS(request->method, request->uri), what);
    if (FAILED(hr))
        return hr;
    if (*challenge->qop)
        return hash_hex(algorithm, TEXTS(who, challenge->nonce, "00000001", cnonce, "auth", what),
                        response);
    return hash_hex(algorithm, TEXTS(who, challenge->nonce, what), response);
}

static void append_quoted(struct str_buf *buf, const char *text)
{
    for (; *text; text++)
    {
        if (*text == '"' || *text == '\\')
            str_buf_append(buf, "\\");
        str_buf_append_n(buf, text, 1);
    }
}

static HRESULT compose(const struct challenge *challenge, const struct digest_request *request,
                       const char *cnonce, const char *response, char **header)
{
    struct str_buf buf;

    str_buf_init(&buf, HEADER_LIMIT);
    str_buf_append(&buf, "Authorization: Digest username=\"");
    append_quoted(&buf, request->user);
    str_buf_appendf(&buf, "\", realm=\"%s\", nonce=\"%s\", uri=\"%s\", response=\"%s\"",
                    challenge->realm, challenge->nonce, request->uri, response);
    if (*challenge->algorithm)
        str_buf_appendf(&buf, ", algorithm=%s", challenge->algorithm);
    if (*challenge->opaque)
        str_buf_appendf(&buf, ", opaque=\"%s\"", challenge->opaque);
    if (*challenge->qop)
        str_buf_appendf(&buf, ", qop=auth, nc=00000001, cnonce=\"%s\"", cnonce);
    return str_buf_detach(&buf, header);
}

static HRESULT make_cnonce(char cnonce[HEX_SIZE])
{
    BYTE random[16];
    NTSTATUS status;
    size_t i;

    status = BCryptGenRandom(NULL, random, sizeof(random), BCRYPT_USE_SYSTEM_PREFERRED_RNG);
    if (status < 0)
        return HRESULT_FROM_NT(status);
    for (i = 0; i < sizeof(random); i++)
        snprintf(cnonce + 2 * i, 3, "%02x", random[i]);
    return S_OK;
}

HRESULT digest_auth_answer(const char *head, const struct digest_request *request, char **header)
{
    BCRYPT_ALG_HANDLE algorithm = NULL;
    const char *cnonce = request->cnonce;
    struct challenge challenge;
    char response[HEX_SIZE];
    char fresh[HEX_SIZE];
    NTSTATUS status;
    HRESULT hr = S_OK;

    if (!find_challenge(head, &challenge))
        return S_FALSE;
    if (!cnonce)
    {
        hr = make_cnonce(fresh);
        cnonce = fresh;
    }
    if (FAILED(hr))
        return hr;
    status = BCryptOpenAlgorithmProvider(&algorithm, hash_of(&challenge), NULL, 0);
    if (status < 0)
        return HRESULT_FROM_NT(status);
    hr = respond(algorithm, &challenge, request, cnonce, response);
    BCryptCloseAlgorithmProvider(algorithm, 0);
    return SUCCEEDED(hr) ? compose(&challenge, request, cnonce, response, header) : hr;
}
