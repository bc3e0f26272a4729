#include "log_view.h"

#include "exit_code.h"
#include "interrupt.h"
#include "json.h"
#include "print.h"
#include "words.h"

#include <stdlib.h>
#include <wchar.h>

#define LINES_DEFAULT 40
#define TAIL_BYTES (1 << 20) /* what is looked at for the last lines */
#define INTERVAL 300         /* ms between two looks for more */

static const WCHAR usage[] = L"usage: doctl log [--lines COUNT] [--follow] [--json]\n"
                             L"\n"
                             L"Shows the end of the log file. There is one when programs run with "
                             L"the environment variables\n"
                             L"  DOSVC_LOG       err, warn, info or trace\n"
                             L"  DOSVC_LOG_FILE  the file; this command looks there too\n"
                             L"\n"
                             L"  -n, --lines COUNT  how many lines (40)\n"
                             L"  -f, --follow       go on with what is written, until Ctrl+C\n";

enum
{
    GIVEN_LINES,
    GIVEN_FOLLOW,
    GIVEN_JSON
};

/* The lines [text, end) as they are, or as JSON strings. */
static void show(const char *text, const char *end, bool json)
{
    struct json document = {0};
    const char *line_end;
    WCHAR *wide;
    int length;

    for (; text < end; text = line_end + 1)
    {
        for (line_end = text; line_end < end && *line_end != '\n'; line_end++)
            ;
        length = (int)(line_end - text);
        if (length && text[length - 1] == '\r')
            length--;
        wide = calloc((size_t)length + 1, sizeof(*wide));
        if (!wide)
            return;
        if (length)
            MultiByteToWideChar(CP_UTF8, 0, text, length, wide, length);
        if (json)
        {
            json_text(&document, NULL, wide);
            json_print(&document);
        }
        else
        {
            print_text(wide);
            print_text(L"\n");
        }
        free(wide);
    }
}

/* The beginning of the last `count` lines. */
static const char *last_lines(const char *text, const char *end, unsigned long count)
{
    const char *start = end;

    while (start > text)
    {
        if (start < end && start[-1] == '\n' && !--count)
            break;
        if (start == end && !count)
            break;
        start--;
    }
    return start;
}

/* What lies at [from, its end) of the file, to be freed; NULL: nothing, or it cannot be read. */
static char *read_from(HANDLE file, LONGLONG from, DWORD *size)
{
    LARGE_INTEGER end, start = {.QuadPart = from};
    char *text;

    *size = 0;
    if (!GetFileSizeEx(file, &end) || end.QuadPart <= from)
        return NULL;
    if (end.QuadPart - from > TAIL_BYTES)
        start.QuadPart = end.QuadPart - TAIL_BYTES;
    text = malloc(TAIL_BYTES);
    if (!text || !SetFilePointerEx(file, start, NULL, FILE_BEGIN) ||
        !ReadFile(file, text, TAIL_BYTES, size, NULL))
        *size = 0;
    return text;
}

/* Whole lines that were written after `at`; returns where the next ones begin. */
static LONGLONG show_more(HANDLE file, LONGLONG at, bool json)
{
    LARGE_INTEGER end;
    char *text, *stop;
    DWORD size;

    if (GetFileSizeEx(file, &end) && end.QuadPart < at)
        at = 0; /* the file began anew */
    text = read_from(file, at, &size);
    for (stop = text + size; text && stop > text && stop[-1] != '\n'; stop--)
        ;
    if (text && stop > text)
    {
        show(text, stop, json);
        at += stop - text;
    }
    free(text);
    return at;
}

static int view(HANDLE file, unsigned long lines, bool follow, bool json)
{
    LARGE_INTEGER end = {0};
    char *text;
    DWORD size;

    text = read_from(file, 0, &size);
    if (text)
        show(last_lines(text, text + size, lines), text + size, json);
    free(text);
    if (!follow)
        return EXIT_DONE;
    GetFileSizeEx(file, &end);
    interrupt_watch(NULL);
    while (!interrupt_wait(INTERVAL))
        end.QuadPart = show_more(file, end.QuadPart, json);
    interrupt_unwatch();
    return EXIT_INTERRUPTED;
}

int log_run(int argc, WCHAR **argv)
{
    static const struct option options[] = {{L"--lines", L"-n", OPTION_VALUE},
                                            {L"--follow", L"-f", OPTION_FLAG},
                                            {L"--json", NULL, OPTION_FLAG},
                                            {0}};
    unsigned long lines = LINES_DEFAULT;
    WCHAR path[4096], *end = NULL;
    struct words words;
    HANDLE file;
    DWORD length;
    int code;

    if (!words_parse(&words, L"log", options, argc, argv, 0, usage, &code))
        return code;
    if (words.given[GIVEN_LINES])
        lines = wcstoul(words.values[GIVEN_LINES], &end, 10);
    if (end && (*end || *words.values[GIVEN_LINES] == '-' || !lines))
    {
        print_problem(L"--lines wants a number, not \"%ls\"", words.values[GIVEN_LINES]);
        return EXIT_USAGE;
    }
    length = GetEnvironmentVariableW(L"DOSVC_LOG_FILE", path, sizeof(path) / sizeof(path[0]));
    if (!length || length >= sizeof(path) / sizeof(path[0]))
    {
        print_problem(L"DOSVC_LOG_FILE names no file, so nothing is logged to one.\n"
                      L"Set DOSVC_LOG=info and DOSVC_LOG_FILE=FILE for the program that downloads");
        return EXIT_FAILED;
    }
    file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                       NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
    {
        print_problem(L"%ls cannot be read: error %lu", path, GetLastError());
        return EXIT_FAILED;
    }
    code = view(file, lines, words.given[GIVEN_FOLLOW], words.given[GIVEN_JSON]);
    CloseHandle(file);
    return code;
}
