#include "order.h"

#include "code_name.h"
#include "com.h"
#include "entry.h"
#include "exit_code.h"
#include "print.h"
#include "report.h"
#include "words.h"

#include <stdlib.h>
#include <wchar.h>

struct order
{
    const WCHAR *name; /* the command's */
    const WCHAR *done; /* what it says of a job that obeyed */
    const WCHAR *usage;
    HRESULT (*give)(const struct entry *entry);
};

static const WCHAR common[] =
    L"\n"
    L"JOB is an id that `doctl list` shows, or enough of its beginning. --all means every one.\n"
    L"A job may run in any program of this user; it obeys within a second.\n"
    L"\n"
    L"  --json  print what became of each as JSON\n";

/* ---- what jobs and downloads are told ---- */

static HRESULT suspend(const struct entry *entry)
{
    return entry->job ? IBackgroundCopyJob_Suspend(entry->job) : IDODownload_Pause(entry->download);
}

static HRESULT resume(const struct entry *entry)
{
    return entry->job ? IBackgroundCopyJob_Resume(entry->job)
                      : IDODownload_Start(entry->download, NULL);
}

static HRESULT cancel(const struct entry *entry)
{
    return entry->job ? IBackgroundCopyJob_Cancel(entry->job) : IDODownload_Abort(entry->download);
}

static HRESULT complete(const struct entry *entry)
{
    return entry->job ? IBackgroundCopyJob_Complete(entry->job)
                      : IDODownload_Finalize(entry->download);
}

static BG_JOB_PRIORITY wanted; /* by priority_run */

static HRESULT set_priority(const struct entry *entry)
{
    VARIANT value;

    if (entry->job)
        return IBackgroundCopyJob_SetPriority(entry->job, wanted);
    if (wanted != BG_JOB_PRIORITY_FOREGROUND && wanted != BG_JOB_PRIORITY_NORMAL)
        return E_INVALIDARG; /* a download is in the foreground or is not */
    VariantInit(&value);
    value.vt = VT_BOOL;
    value.boolVal = wanted == BG_JOB_PRIORITY_FOREGROUND ? VARIANT_TRUE : VARIANT_FALSE;
    return IDODownload_SetProperty(entry->download, DODownloadProperty_ForegroundPriority, &value);
}

static UINT64 rate; /* by limit_jobs_run */

static HRESULT set_rate(const struct entry *entry)
{
    IUnknown *object = entry->job ? (IUnknown *)entry->job : (IUnknown *)entry->download;
    IDosvcProperties *properties;
    VARIANT value;
    HRESULT hr;

    VariantInit(&value);
    value.vt = VT_UI8;
    value.ullVal = rate;
    hr = IUnknown_QueryInterface(object, &IID_IDosvcProperties, (void **)&properties);
    if (FAILED(hr))
        return hr;
    hr = IDosvcProperties_SetProperty(properties, DOSVC_PROPERTY_MAX_BYTES_PER_SECOND, &value);
    IDosvcProperties_Release(properties);
    return hr;
}

/* ---- giving it ---- */

static void say(struct entries *entries, const struct order *order, const struct entry *entry,
                HRESULT hr)
{
    const WCHAR *name = code_name(hr);
    WCHAR *sentence = NULL;

    if (hr == BG_S_UNABLE_TO_DELETE_FILES)
        print(L"%ls %ls; a file of it could not be deleted\n", order->done, entry->id);
    else if (hr == BG_S_PARTIAL_COMPLETE)
        print(L"%ls %ls; files that were not finished are dropped\n", order->done, entry->id);
    else if (SUCCEEDED(hr))
        print(L"%ls %ls\n", order->done, entry->id);
    if (SUCCEEDED(hr))
        return;
    if (FAILED(IBackgroundCopyManager_GetErrorDescription(entries->managers[ENTRY_DO], hr, ENGLISH,
                                                          &sentence)))
        sentence = NULL;
    print_problem(L"%ls: %ls\n  code  0x%08lX %ls", entry->id,
                  sentence ? sentence : L"The job did not obey.", (unsigned long)hr,
                  name ? name : L"");
    CoTaskMemFree(sentence);
}

static bool give(struct entries *entries, const struct order *order, struct entry *entry,
                 struct json *json)
{
    HRESULT hr = order->give(entry);

    if (!json)
        say(entries, order, entry, hr);
    else
    {
        json_open(json, NULL, '{');
        json_text(json, L"id", entry->id);
        json_text(json, L"order", order->name);
        json_bool(json, L"obeyed", SUCCEEDED(hr));
        json_code(json, L"code", hr);
        json_close(json, '}');
    }
    return SUCCEEDED(hr);
}

static int give_to_all(struct entries *entries, const struct order *order,
                       const struct words *words, bool all, struct json *json)
{
    int code = EXIT_DONE, i;
    struct entry *entry;
    size_t j;

    for (j = 0; all && j < entries->count; j++)
        if (!give(entries, order, &entries->all[j], json))
            code = EXIT_FAILED;
    for (i = 0; !all && i < words->count; i++)
    {
        entry = entries_find(entries, words->words[i]);
        if (!entry || !give(entries, order, entry, json))
            code = EXIT_FAILED;
    }
    return code;
}

static int run(const struct order *order, const struct words *words)
{
    struct json document = {0};
    struct entries entries;
    bool json = words->given[0];
    int code = EXIT_NO_SERVICE;

    if (!words->count == !words->given[1])
    {
        print_problem(words->count ? L"name jobs or say --all, not both" : L"%ls what? Name a job",
                      order->name);
        return EXIT_USAGE;
    }
    if (FAILED(com_open()))
        return EXIT_NO_SERVICE;
    if (SUCCEEDED(entries_open(&entries)) && SUCCEEDED(entries_load(&entries)))
    {
        if (json)
            json_open(&document, NULL, '[');
        code = give_to_all(&entries, order, words, words->given[1], json ? &document : NULL);
        if (json)
            json_close(&document, ']');
        if (json && !json_print(&document))
            code = EXIT_FAILED;
    }
    entries_close(&entries);
    com_close();
    return code;
}

static const struct option options[] = {
    {L"--json", NULL, OPTION_FLAG}, {L"--all", NULL, OPTION_FLAG}, {0}};

static int parse_and_run(const struct order *order, int argc, WCHAR **argv)
{
    struct words words;
    WCHAR usage[1200];
    int code;

    wcscpy(usage, order->usage);
    wcscat(usage, common);
    return words_parse(&words, order->name, options, argc, argv, -1, usage, &code)
               ? run(order, &words)
               : code;
}

int suspend_run(int argc, WCHAR **argv)
{
    static const struct order order = {L"suspend", L"suspended",
                                       L"usage: doctl suspend [--json] JOB...\n\nStops jobs where "
                                       L"they are, until `doctl resume`.\n",
                                       suspend};

    return parse_and_run(&order, argc, argv);
}

int resume_run(int argc, WCHAR **argv)
{
    static const struct order order = {
        L"resume", L"resumed",
        L"usage: doctl resume [--json] JOB...\n\nMakes jobs go on, also those in error. They run "
        L"in a program that uses the queue;\n`doctl watch` is one.\n",
        resume};

    return parse_and_run(&order, argc, argv);
}

int cancel_run(int argc, WCHAR **argv)
{
    static const struct order order = {
        L"cancel", L"cancelled",
        L"usage: doctl cancel [--json] JOB...\n\nEnds jobs and removes what has come of their "
        L"files.\n",
        cancel};

    return parse_and_run(&order, argc, argv);
}

int complete_run(int argc, WCHAR **argv)
{
    static const struct order order = {
        L"complete", L"completed",
        L"usage: doctl complete [--json] JOB...\n\nPuts the finished files of jobs in place and "
        L"ends the jobs; what is not finished is dropped.\n",
        complete};

    return parse_and_run(&order, argc, argv);
}

int priority_run(int argc, WCHAR **argv)
{
    static const struct order order = {
        L"priority", L"changed",
        L"usage: doctl priority [--json] foreground|high|normal|low JOB...\n\nSays which jobs come "
        L"first. A download is in the foreground or normal.\n",
        set_priority};
    static const WCHAR *const names[] = {L"foreground", L"high", L"normal", L"low"};
    struct words words;
    WCHAR usage[1200];
    int code;

    wcscpy(usage, order.usage);
    wcscat(usage, common);
    if (!words_parse(&words, order.name, options, argc, argv, -1, usage, &code))
        return code;
    for (wanted = BG_JOB_PRIORITY_FOREGROUND; words.count && wanted <= BG_JOB_PRIORITY_LOW;
         wanted++)
        if (!wcscmp(words.words[0], names[wanted]))
        {
            words.words++;
            words.count--;
            return run(&order, &words);
        }
    print_problem(L"priority wants foreground, high, normal or low before the jobs");
    return EXIT_USAGE;
}

int limit_jobs_run(UINT64 wanted_rate, int argc, WCHAR **argv)
{
    static const struct order order = {
        L"limit", L"limited",
        L"usage: doctl limit [--json] RATE|none JOB...\n\nSays how fast a job's bytes may come.\n",
        set_rate};

    rate = wanted_rate;
    return parse_and_run(&order, argc, argv);
}
