#include "purge.h"

#include "com.h"
#include "entry.h"
#include "exit_code.h"
#include "print.h"
#include "words.h"

#include <wchar.h>

static const WCHAR usage[] =
    L"usage: doctl purge [--dry-run] [--json] --days DAYS\n"
    L"\n"
    L"Cancels the jobs that stand still (suspended, in error, or transferred and never completed)\n"
    L"and were not changed for so many days; 0 means all of them. What has come of their files is\n"
    L"removed. The queue does the same by itself after 30 days, for jobs of BITS after 90.\n"
    L"Downloads tell nobody their age: they are left alone unless DAYS is 0.\n"
    L"\n"
    L"  --dry-run  only say what would be cancelled\n";

enum
{
    GIVEN_DAYS,
    GIVEN_DRY_RUN,
    GIVEN_JSON
};

static UINT64 file_time(const FILETIME *time)
{
    return (UINT64)time->dwHighDateTime << 32 | time->dwLowDateTime;
}

static bool is_old(const struct entry *entry, unsigned long days)
{
    const UINT64 ticks_per_day = 24ull * 60 * 60 * 10000000;
    BG_JOB_TIMES times;
    FILETIME now;

    if (!days)
        return true;
    if (!entry->job || FAILED(IBackgroundCopyJob_GetTimes(entry->job, &times)))
        return false;
    GetSystemTimeAsFileTime(&now);
    return file_time(&now) > file_time(&times.ModificationTime) &&
           (file_time(&now) - file_time(&times.ModificationTime)) / ticks_per_day >= days;
}

static HRESULT end(const struct entry *entry, bool dry_run)
{
    if (dry_run)
        return S_OK;
    return entry->job ? IBackgroundCopyJob_Cancel(entry->job) : IDODownload_Abort(entry->download);
}

static int purge(struct entries *entries, const struct words *words, unsigned long days)
{
    bool dry_run = words->given[GIVEN_DRY_RUN], json = words->given[GIVEN_JSON];
    struct json document = {0};
    unsigned int count = 0;
    int code = EXIT_DONE;
    struct look look;
    size_t i;

    if (json)
        json_open(&document, NULL, '[');
    for (i = 0; i < entries->count; i++)
    {
        HRESULT hr;

        entry_look(&entries->all[i], &look);
        if (!look.runs && is_old(&entries->all[i], days))
        {
            hr = end(&entries->all[i], dry_run);
            count += SUCCEEDED(hr);
            if (FAILED(hr))
                code = EXIT_FAILED;
            if (json)
            {
                json_open(&document, NULL, '{');
                entry_json(&document, &entries->all[i], &look);
                json_bool(&document, L"cancelled", SUCCEEDED(hr) && !dry_run);
                json_code(&document, L"code", hr);
                json_close(&document, '}');
            }
            else if (SUCCEEDED(hr))
                print(L"%ls %ls  %ls  %ls\n", dry_run ? L"would cancel" : L"cancelled",
                      entries->all[i].id, look.state, look.name);
            else
                print_problem(L"%ls could not be cancelled: 0x%08lX", entries->all[i].id,
                              (unsigned long)hr);
        }
        look_free(&look);
    }
    if (json)
    {
        json_close(&document, ']');
        return json_print(&document) ? code : EXIT_FAILED;
    }
    if (!count)
        print(L"nothing to purge\n");
    return code;
}

int purge_run(int argc, WCHAR **argv)
{
    static const struct option options[] = {{L"--days", NULL, OPTION_VALUE},
                                            {L"--dry-run", L"-n", OPTION_FLAG},
                                            {L"--json", NULL, OPTION_FLAG},
                                            {0}};
    struct entries entries;
    unsigned long days;
    struct words words;
    WCHAR *end_of_number;
    int code;

    if (!words_parse(&words, L"purge", options, argc, argv, 0, usage, &code))
        return code;
    if (!words.given[GIVEN_DAYS])
    {
        print_problem(L"purge wants --days DAYS");
        return EXIT_USAGE;
    }
    days = wcstoul(words.values[GIVEN_DAYS], &end_of_number, 10);
    if (!wcschr(L"0123456789", *words.values[GIVEN_DAYS]) || *end_of_number || days > 36500)
    {
        print_problem(L"--days wants a number of days, not \"%ls\"", words.values[GIVEN_DAYS]);
        return EXIT_USAGE;
    }
    if (FAILED(com_open()))
        return EXIT_NO_SERVICE;
    code = EXIT_NO_SERVICE;
    if (SUCCEEDED(entries_open(&entries)) && SUCCEEDED(entries_load(&entries)))
        code = purge(&entries, &words, days);
    entries_close(&entries);
    com_close();
    return code;
}
