#include "base/log.h"

#include "base/log_file.h"
#include "base/str.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_SIZE 2000

static const char *const level_names[] = {
    [LOG_OFF] = "OFF",   [LOG_ERR] = "ERR",     [LOG_WARN] = "WARN",
    [LOG_INFO] = "INFO", [LOG_TRACE] = "TRACE",
};

atomic_int log_threshold = LOG_UNREAD;

/* Protects what follows and keeps the lines of threads apart: appending is not one step under Wine.
 */
static SRWLOCK output_lock = SRWLOCK_INIT;
static bool output_is_file; /* else stderr */
static struct log_file output_file = {.limit = LOG_FILE_LIMIT};

static enum log_level level_from_name(const char *name)
{
    int level;

    for (level = LOG_ERR; level <= LOG_TRACE; level++)
        if (str_equal_nocase(name, level_names[level]))
            return level;
    return LOG_OFF;
}

static void read_limit(void)
{
    char text[24], *end;
    DWORD length = GetEnvironmentVariableA("DOSVC_LOG_LIMIT", text, sizeof(text));
    UINT64 limit;

    if (!length || length >= sizeof(text) || text[0] < '0' || text[0] > '9')
        return;
    limit = strtoull(text, &end, 10);
    if (!*end)
        output_file.limit = limit;
}

/* A file that cannot be opened must not take the messages with it: they go to stderr. */
static void read_environment(void)
{
    WCHAR path[ARRAY_SIZE(output_file.path)];
    char name[16] = "";
    DWORD length;

    length = GetEnvironmentVariableA("DOSVC_LOG", name, sizeof(name));
    if (length >= sizeof(name))
        *name = 0;
    length = GetEnvironmentVariableW(L"DOSVC_LOG_FILE", path, ARRAY_SIZE(path));
    if (length >= ARRAY_SIZE(path))
        length = 0;
    read_limit();
    output_is_file =
        level_from_name(name) != LOG_OFF && length && log_file_open(&output_file, path);
    atomic_store(&log_threshold, level_from_name(name));
}

static void ensure_configured(void)
{
    if (atomic_load(&log_threshold) != LOG_UNREAD)
        return;
    AcquireSRWLockExclusive(&output_lock);
    if (atomic_load(&log_threshold) == LOG_UNREAD)
        read_environment();
    ReleaseSRWLockExclusive(&output_lock);
}

/* --- levels -------------------------------------------------------------------------------- */

bool log_configure(enum log_level level, const WCHAR *path)
{
    bool usable = true;

    assert(level < LOG_UNREAD);
    AcquireSRWLockExclusive(&output_lock);
    log_file_close(&output_file);
    if (path && level != LOG_OFF)
        usable = log_file_open(&output_file, path);
    output_is_file = path && level != LOG_OFF && usable;
    atomic_store(&log_threshold, usable ? level : LOG_OFF);
    ReleaseSRWLockExclusive(&output_lock);
    return usable;
}

void log_limit(UINT64 bytes)
{
    AcquireSRWLockExclusive(&output_lock);
    output_file.limit = bytes;
    ReleaseSRWLockExclusive(&output_lock);
}

void log_close(void)
{
    AcquireSRWLockExclusive(&output_lock);
    log_file_close(&output_file);
    ReleaseSRWLockExclusive(&output_lock);
}

bool log_enabled(enum log_level level)
{
    DWORD last_error = GetLastError();

    ensure_configured();
    SetLastError(last_error);
    return atomic_load(&log_threshold) >= (int)level;
}

/* --- lines --------------------------------------------------------------------------------- */

static size_t format_prefix(char *line, size_t size, enum log_level level, const char *function)
{
    SYSTEMTIME now;
    int length;

    GetSystemTime(&now);
    length =
        snprintf(line, size, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ %04lx:%04lx %-5s %s: ", now.wYear,
                 now.wMonth, now.wDay, now.wHour, now.wMinute, now.wSecond, now.wMilliseconds,
                 GetCurrentProcessId(), GetCurrentThreadId(), level_names[level], function);
    return length > 0 && (size_t)length < size ? (size_t)length : 0;
}

static void mask_controls(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
}

void log_line(enum log_level level, const char *function, const char *format, ...)
{
    static const char cut[] = "...";
    DWORD last_error = GetLastError();
    char line[LINE_SIZE + 1];
    size_t room = LINE_SIZE - 1; /* one for the end of line */
    size_t prefix, length;
    DWORD written;
    va_list args;
    int wanted;

    ensure_configured();
    if (atomic_load(&log_threshold) >= (int)level)
    {
        prefix = format_prefix(line, room, level, function);
        va_start(args, format);
        wanted = vsnprintf(line + prefix, room - prefix, format, args);
        va_end(args);
        if (wanted < 0)
            strcpy(line + prefix, format[0] && strlen(format) < 200 ? format : "(unprintable)");
        else if ((size_t)wanted >= room - prefix)
            strcpy(line + room - sizeof(cut), cut);
        mask_controls(line);
        length = strlen(line);
        line[length++] = '\n';

        AcquireSRWLockExclusive(&output_lock);
        if (output_is_file)
            log_file_write(&output_file, line, length);
        else
            WriteFile(GetStdHandle(STD_ERROR_HANDLE), line, (DWORD)length, &written, NULL);
        ReleaseSRWLockExclusive(&output_lock);
    }
    SetLastError(last_error);
}

/* --- arguments ----------------------------------------------------------------------------- */

static const char nothing[] = "(null)";

const char *log_guid(const GUID *guid, struct log_text *scratch)
{
    if (!guid)
        return nothing;
    snprintf(scratch->text, sizeof(scratch->text),
             "{%08lX-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X}", guid->Data1, guid->Data2,
             guid->Data3, guid->Data4[0], guid->Data4[1], guid->Data4[2], guid->Data4[3],
             guid->Data4[4], guid->Data4[5], guid->Data4[6], guid->Data4[7]);
    return scratch->text;
}

/* A host that ends in ':' and something that is no port is likely half of a name and password
 * with an unescaped '/', '?' or '#' in it. */
static bool is_plain_host(const char *host, size_t length)
{
    size_t digits = 0;

    while (digits < length && host[length - digits - 1] >= '0' && host[length - digits - 1] <= '9')
        digits++;
    if (digits && digits < length && host[length - digits - 1] == ':')
        return true;
    return !memchr(host, ':', length) || host[length - 1] == ']';
}

const char *log_url(const char *url, struct log_text *scratch)
{
    const char *host, *path, *end, *at;
    int host_length, path_length;

    if (!url)
        return nothing;
    host = strstr(url, "://");
    host = host ? host + 3 : url;
    path = host + strcspn(host, "/\\?#");
    end = path + strcspn(path, "?#");

    for (at = path; at > host && at[-1] != '@'; at--)
        ;
    host_length = path - at > INT_MAX ? INT_MAX : (int)(path - at);
    path_length = end - path > INT_MAX ? INT_MAX : (int)(end - path);
    if (!is_plain_host(at, (size_t)host_length))
        snprintf(scratch->text, sizeof(scratch->text), "%.*s(hidden)", (int)(host - url), url);
    else
        snprintf(scratch->text, sizeof(scratch->text), "%.*s%.*s%.*s%s", (int)(host - url), url,
                 host_length, at, path_length, path, *end == '?' ? "?..." : "");
    return scratch->text;
}

const char *log_wide(const WCHAR *wide, struct log_text *scratch)
{
    int room = (int)sizeof(scratch->text) - 4; /* for "..." and the end */
    size_t length;
    int count, bytes = 0;

    if (!wide)
        return nothing;
    length = wcslen(wide);
    count = length < (size_t)room ? (int)length : room;
    while (count &&
           !(bytes = WideCharToMultiByte(CP_UTF8, 0, wide, count, scratch->text, room, NULL, NULL)))
        count = count * 3 / 4;
    strcpy(scratch->text + bytes, (size_t)count < length ? "..." : "");
    return scratch->text;
}
