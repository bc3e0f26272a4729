#include "limit.h"

#include "exit_code.h"
#include "json.h"
#include "order.h"
#include "print.h"
#include "progress.h"
#include "rate.h"

#include <wchar.h>

#define SETTINGS L"Software\\dosvc"
#define POLICIES L"SOFTWARE\\Policies\\Microsoft\\Windows\\DeliveryOptimization"
#define KILO 1024 /* the settings count in these */

static const WCHAR usage[] =
    L"usage: doctl limit [--json]\n"
    L"       doctl limit [--json] all|foreground|background RATE|none\n"
    L"       doctl limit [--json] RATE|none JOB...\n"
    L"\n"
    L"Says how fast bytes may come: for all that this user downloads in a program, for what is in\n"
    L"the foreground or in the background there, or for jobs. Without words, what holds now. It\n"
    L"counts within a second, for what runs as well.\n"
    L"\n"
    L"RATE is bytes a second, with K, M or G for 1024 times as many: 500K. JOB is an id that\n"
    L"`doctl list` shows, or enough of its beginning.\n";

static const struct scope
{
    const WCHAR *name;
    const WCHAR *setting;
} scopes[] = {
    {L"all", L"DOMaxDownloadBandwidth"},
    {L"foreground", L"DOMaxForegroundDownloadBandwidth"},
    {L"background", L"DOMaxBackgroundDownloadBandwidth"},
};
#define SCOPES (sizeof(scopes) / sizeof(scopes[0]))

static bool read(HKEY root, const WCHAR *path, const WCHAR *name, DWORD *value)
{
    DWORD size = sizeof(*value);

    return !RegGetValueW(root, path, name, RRF_RT_REG_DWORD, NULL, value, &size);
}

static void show_as_json(const struct scope *scope, DWORD value, bool by_policy, struct json *json)
{
    json_open(json, NULL, '{');
    json_text(json, L"scope", scope->name);
    if (value)
        json_number(json, L"bytes_per_second", (UINT64)value * KILO);
    else
        json_null(json, L"bytes_per_second");
    json_bool(json, L"by_policy", by_policy);
    json_close(json, '}');
}

/* json: NULL for people. */
static void show(const struct scope *scope, struct json *json)
{
    DWORD value = 0;
    bool by_policy = read(HKEY_LOCAL_MACHINE, POLICIES, scope->setting, &value);
    WCHAR text[TEXT_CHARS];

    if (!by_policy)
        read(HKEY_CURRENT_USER, SETTINGS, scope->setting, &value);
    if (json)
        show_as_json(scope, value, by_policy, json);
    else if (value)
        print(L"%-10ls  %ls/s%ls\n", scope->name, size_text((UINT64)value * KILO, text),
              by_policy ? L", by policy" : L"");
    else
        print(L"%-10ls  none%ls\n", scope->name, by_policy ? L", by policy" : L"");
}

static int show_all(const struct scope *first, size_t count, bool json)
{
    struct json document = {0};
    size_t i;

    if (json)
        json_open(&document, NULL, '[');
    for (i = 0; i < count; i++)
        show(&first[i], json ? &document : NULL);
    if (json)
        json_close(&document, ']');
    return json && !json_print(&document) ? EXIT_FAILED : EXIT_DONE;
}

static int set(const struct scope *scope, UINT64 rate, bool json)
{
    DWORD value = (DWORD)(rate < MAXDWORD ? (rate + KILO - 1) / KILO : rate / KILO), there;
    LSTATUS status;

    if (value)
        status = RegSetKeyValueW(HKEY_CURRENT_USER, SETTINGS, scope->setting, REG_DWORD, &value,
                                 sizeof(value));
    else
        status = RegDeleteKeyValueW(HKEY_CURRENT_USER, SETTINGS, scope->setting);
    if (status && (value || status != ERROR_FILE_NOT_FOUND))
    {
        print_problem(L"the setting cannot be written: error %ld", (long)status);
        return EXIT_FAILED;
    }
    if (read(HKEY_LOCAL_MACHINE, POLICIES, scope->setting, &there))
        print_problem(L"a policy of this machine goes before the setting");
    return show_all(scope, 1, json);
}

/* Wherever it stands; the words move together. */
static bool take_json(int *argc, WCHAR **argv)
{
    int i, kept = 0;

    for (i = 0; i < *argc; i++)
        if (wcscmp(argv[i], L"--json"))
            argv[kept++] = argv[i];
    i = *argc;
    *argc = kept;
    return kept < i;
}

/* Orders look for it themselves: it takes the place that was left behind the jobs. */
static int limit_jobs(UINT64 rate, int argc, WCHAR **argv, bool json)
{
    static WCHAR flag[] = L"--json";

    if (json)
        argv[argc++] = flag;
    return limit_jobs_run(rate, argc, argv);
}

int limit_run(int argc, WCHAR **argv)
{
    bool json = take_json(&argc, argv);
    UINT64 rate = 0;
    size_t i;

    if (argc && (!wcscmp(argv[0], L"--help") || !wcscmp(argv[0], L"-h")))
    {
        print(L"%ls", usage);
        return EXIT_DONE;
    }
    if (!argc)
        return show_all(scopes, SCOPES, json);
    for (i = 0; i < SCOPES; i++)
        if (!wcscmp(argv[0], scopes[i].name))
            break;
    if (i == SCOPES && rate_parse(argv[0], &rate))
        return limit_jobs(rate, argc - 1, argv + 1, json);
    if (i < SCOPES && argc == 2 && rate_parse(argv[1], &rate))
        return set(&scopes[i], rate, json);
    print_problem(L"limit wants all, foreground or background and a rate, or a rate and jobs");
    return EXIT_USAGE;
}
