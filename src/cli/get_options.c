#include "get_options.h"

#include "file_name.h"
#include "print.h"

#include <stdlib.h>
#include <wchar.h>

#define DEFAULT_TIMEOUT 300 /* s */

const WCHAR get_options_usage[] =
    L"usage: doctl get [OPTION]... URL [FILE]\n"
    L"       doctl get [OPTION]... URL URL...\n"
    L"\n"
    L"  -o, --output FILE          name of the file (one URL only)\n"
    L"  -d, --directory FOLDER     folder of the files; it must exist\n"
    L"  -H, --header 'NAME: VALUE' a header for the server of the URL; more than once is fine\n"
    L"      --mirror URL           another place of the same file (one URL only); more than once\n"
    L"                             is fine\n"
    L"      --timeout SECONDS      give up after so long without progress (300)\n"
    L"      --foreground           before other jobs (the default)\n"
    L"      --background           after other jobs\n"
    L"      --no-clobber           a file that is there already is a failure\n"
    L"      --show-events          print each notification as it comes\n"
    L"  -q, --quiet                only failures\n"
    L"  -v, --verbose              also what goes on behind the scenes\n"
    L"\n"
    L"Without FILE a file is named after its URL, in the current folder. A file that is there\n"
    L"already is replaced once the new one is complete, and not touched before.\n";

struct line
{
    int argc;
    WCHAR **argv;
    int next;
};

static bool is_option(const WCHAR *argument, const WCHAR *brief, const WCHAR *name)
{
    return (brief && !wcscmp(argument, brief)) || !wcscmp(argument, name);
}

/* The word after an option, or NULL and a complaint. */
static const WCHAR *value_of(struct line *line, const WCHAR *option)
{
    if (line->next < line->argc)
        return line->argv[line->next++];
    print_problem(L"%ls needs a value", option);
    return NULL;
}

static bool parse_timeout(struct get_options *options, const WCHAR *value)
{
    WCHAR *end = NULL;
    unsigned long seconds = value && *value != '-' ? wcstoul(value, &end, 10) : 0;

    if (value && (!seconds || *end))
        print_problem(L"--timeout wants a number of seconds, not \"%ls\"", value);
    options->timeout = seconds;
    return end && !*end && seconds;
}

static bool add_header(struct get_options *options, const WCHAR *value)
{
    size_t length = options->headers ? wcslen(options->headers) : 0;
    WCHAR *headers;

    if (!value)
        return false;
    if (!wcschr(value, ':') || wcspbrk(value, L"\r\n"))
    {
        print_problem(L"--header wants \"Name: value\", not \"%ls\"", value);
        return false;
    }
    headers = realloc(options->headers, (length + wcslen(value) + 3) * sizeof(*headers));
    if (!headers)
        return false;
    wcscpy(headers + length, value);
    wcscat(headers, L"\r\n");
    options->headers = headers;
    return true;
}

static bool add_mirror(struct get_options *options, const WCHAR *value)
{
    size_t length = options->mirrors ? wcslen(options->mirrors) : 0;
    WCHAR *mirrors;

    if (!value)
        return false;
    if (!is_url(value) || wcspbrk(value, L" \t\r\n"))
    {
        print_problem(L"--mirror wants a URL, not \"%ls\"", value);
        return false;
    }
    mirrors = realloc(options->mirrors, (length + wcslen(value) + 2) * sizeof(*mirrors));
    if (!mirrors)
        return false;
    wcscpy(mirrors + length, value);
    wcscat(mirrors, L" ");
    options->mirrors = mirrors;
    return true;
}

static bool set_file(struct get_options *options, const WCHAR *value)
{
    if (value && options->file)
    {
        print_problem(L"one file name only: \"%ls\" or \"%ls\"", options->file, value);
        return false;
    }
    options->file = value;
    return value != NULL;
}

static bool parse_option(struct get_options *options, struct line *line)
{
    const WCHAR *name = line->argv[line->next++];

    if (is_option(name, L"-o", L"--output"))
        return set_file(options, value_of(line, name));
    if (is_option(name, L"-d", L"--directory"))
        return (options->folder = value_of(line, name)) != NULL;
    if (is_option(name, L"-H", L"--header"))
        return add_header(options, value_of(line, name));
    if (is_option(name, NULL, L"--mirror"))
        return add_mirror(options, value_of(line, name));
    if (is_option(name, NULL, L"--timeout"))
        return parse_timeout(options, value_of(line, name));
    if (is_option(name, NULL, L"--foreground"))
        options->background = false;
    else if (is_option(name, NULL, L"--background"))
        options->background = true;
    else if (is_option(name, L"-q", L"--quiet"))
        options->quiet = true;
    else if (is_option(name, L"-v", L"--verbose"))
        print_be_verbose(true);
    else if (is_option(name, NULL, L"--show-events"))
        options->show_events = true;
    else if (is_option(name, NULL, L"--no-clobber"))
        options->no_clobber = true;
    else if (is_option(name, L"-h", L"--help"))
        options->wants_help = true;
    else
    {
        print_problem(L"get has no option %ls", name);
        return false;
    }
    return true;
}

/* A word that is no option: a URL, or after the only URL the file to make. */
static bool parse_word(struct get_options *options, struct line *line)
{
    const WCHAR *word = line->argv[line->next++];

    if (is_url(word))
    {
        options->urls[options->count++] = word;
        return true;
    }
    if (options->count == 1 && !options->file)
        return set_file(options, word);
    print_problem(L"\"%ls\" is no URL: one begins with http:// or https://", word);
    return false;
}

static bool judge(const struct get_options *options)
{
    if (options->wants_help)
        return true;
    if (!options->count)
        print_problem(L"get what? Name a URL");
    else if (options->count > 1 && options->file)
        print_problem(L"one file name cannot serve %u URLs; choose a folder with -d",
                      (unsigned int)options->count);
    else if (options->count > 1 && options->mirrors)
        print_problem(L"--mirror is about one file; there are %u URLs",
                      (unsigned int)options->count);
    else
        return true;
    return false;
}

bool get_options_parse(struct get_options *options, int argc, WCHAR **argv)
{
    struct line line = {argc, argv, 0};
    bool words_only = false, good = true;

    *options = (struct get_options){.timeout = DEFAULT_TIMEOUT};
    options->urls = calloc((size_t)argc + 1, sizeof(*options->urls));
    if (!options->urls)
        return false;
    while (good && line.next < argc)
    {
        if (!words_only && !wcscmp(argv[line.next], L"--"))
        {
            words_only = true;
            line.next++;
        }
        else if (!words_only && argv[line.next][0] == '-' && argv[line.next][1])
            good = parse_option(options, &line);
        else
            good = parse_word(options, &line);
    }
    return good && judge(options);
}

void get_options_free(struct get_options *options)
{
    free(options->urls);
    free(options->headers);
    free(options->mirrors);
}
