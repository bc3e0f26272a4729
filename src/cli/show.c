#include "show.h"

#include "code_name.h"
#include "com.h"
#include "counters.h"
#include "entry.h"
#include "exit_code.h"
#include "file_name.h"
#include "print.h"
#include "progress.h"
#include "words.h"

#include <stdlib.h>
#include <wchar.h>

static const WCHAR usage[] =
    L"usage: doctl show [--json] JOB...\n"
    L"\n"
    L"Shows all there is to know about jobs: state, times, error, what the transfer cost, and\n"
    L"each file. JOB is an id that `doctl list` shows, or enough of its beginning.\n";

/* ---- what a file is ---- */

struct file_facts
{
    WCHAR *url; /* as it may be shown; these are freed with free */
    WCHAR *path;
    UINT64 bytes, total; /* SIZE_UNKNOWN */
    bool in_place;
};

static void file_look(IBackgroundCopyFile *file, struct file_facts *facts)
{
    BG_FILE_PROGRESS progress = {.BytesTotal = SIZE_UNKNOWN};
    WCHAR *text = NULL;

    *facts = (struct file_facts){0};
    if (SUCCEEDED(IBackgroundCopyFile_GetRemoteName(file, &text)))
        facts->url = url_to_show(text);
    CoTaskMemFree(text);
    text = NULL;
    if (SUCCEEDED(IBackgroundCopyFile_GetLocalName(file, &text)))
        facts->path = _wcsdup(text);
    CoTaskMemFree(text);
    IBackgroundCopyFile_GetProgress(file, &progress);
    facts->bytes = progress.BytesTransferred;
    facts->total = progress.BytesTotal;
    facts->in_place = progress.Completed;
}

static void file_print(IBackgroundCopyFile *file, const struct file_facts *facts)
{
    WCHAR bytes[TEXT_CHARS], total[TEXT_CHARS];

    print(L"  file         %ls\n", facts->path ? facts->path : L"(no path yet)");
    print(L"    from       %ls\n", facts->url ? facts->url : L"(no URL yet)");
    print(L"    bytes      %ls of %ls%ls\n", size_text(facts->bytes, bytes),
          facts->total == SIZE_UNKNOWN ? L"?" : size_text(facts->total, total),
          facts->in_place ? L", in place" : L"");
    counters_print((IUnknown *)file, L"    transfer   ");
}

static void file_json(IBackgroundCopyFile *file, struct json *json, const struct file_facts *facts)
{
    json_open(json, NULL, '{');
    json_text(json, L"path", facts->path);
    json_text(json, L"url", facts->url);
    json_number(json, L"bytes_transferred", facts->bytes);
    if (facts->total == SIZE_UNKNOWN)
        json_null(json, L"bytes_total");
    else
        json_number(json, L"bytes_total", facts->total);
    json_bool(json, L"in_place", facts->in_place);
    counters_json((IUnknown *)file, json);
    json_close(json, '}');
}

static void show_files(IBackgroundCopyJob *job, struct json *json)
{
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyFile *file;
    struct file_facts facts;

    if (FAILED(IBackgroundCopyJob_EnumFiles(job, &files)))
        return;
    while (IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL) == S_OK)
    {
        file_look(file, &facts);
        if (json)
            file_json(file, json, &facts);
        else
            file_print(file, &facts);
        free(facts.url);
        free(facts.path);
        IBackgroundCopyFile_Release(file);
    }
    IEnumBackgroundCopyFiles_Release(files);
}

/* ---- what a job is ---- */

static void time_print(const WCHAR *what, const FILETIME *time)
{
    SYSTEMTIME utc;

    if ((time->dwLowDateTime || time->dwHighDateTime) && FileTimeToSystemTime(time, &utc))
        print(L"  %-11ls  %04u-%02u-%02u %02u:%02u:%02u UTC\n", what, utc.wYear, utc.wMonth,
              utc.wDay, utc.wHour, utc.wMinute, utc.wSecond);
}

static void job_print(IBackgroundCopyJob *job)
{
    BG_JOB_TIMES times = {0};
    ULONG errors = 0;
    WCHAR *text = NULL;

    if (SUCCEEDED(IBackgroundCopyJob_GetDescription(job, &text)) && *text)
        print(L"  description  %ls\n", text);
    CoTaskMemFree(text);
    text = NULL;
    if (SUCCEEDED(IBackgroundCopyJob_GetOwner(job, &text)))
        print(L"  owner        %ls\n", text);
    CoTaskMemFree(text);
    IBackgroundCopyJob_GetTimes(job, &times);
    time_print(L"created", &times.CreationTime);
    time_print(L"modified", &times.ModificationTime);
    time_print(L"transferred", &times.TransferCompletionTime);
    IBackgroundCopyJob_GetErrorCount(job, &errors);
    if (errors)
        print(L"  errors       %lu so far\n", errors);
}

static void job_json(struct json *json, IBackgroundCopyJob *job)
{
    BG_JOB_TIMES times = {0};
    ULONG errors = 0;
    WCHAR *text = NULL;

    IBackgroundCopyJob_GetDescription(job, &text);
    json_text(json, L"description", text);
    CoTaskMemFree(text);
    text = NULL;
    IBackgroundCopyJob_GetOwner(job, &text);
    json_text(json, L"owner", text);
    CoTaskMemFree(text);
    IBackgroundCopyJob_GetTimes(job, &times);
    json_time(json, L"created", &times.CreationTime);
    json_time(json, L"modified", &times.ModificationTime);
    json_time(json, L"transferred", &times.TransferCompletionTime);
    IBackgroundCopyJob_GetErrorCount(job, &errors);
    json_number(json, L"error_count", errors);
}

/* Of a download: its one file. */
static void download_print(IDODownload *download, struct json *json)
{
    static const struct
    {
        DODownloadProperty property;
        const WCHAR *label, *key;
    } texts[] = {{DODownloadProperty_LocalPath, L"file", L"path"},
                 {DODownloadProperty_Uri, L"from", L"url"},
                 {DODownloadProperty_HttpServerIPAddress, L"server", L"server"}};
    VARIANT value;
    WCHAR *shown;
    size_t i;

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
    {
        VariantInit(&value);
        shown = NULL;
        if (SUCCEEDED(IDODownload_GetProperty(download, texts[i].property, &value)) &&
            value.vt == VT_BSTR && value.bstrVal && *value.bstrVal)
            shown = texts[i].property == DODownloadProperty_Uri ? url_to_show(value.bstrVal)
                                                                : _wcsdup(value.bstrVal);
        if (json)
            json_text(json, texts[i].key, shown);
        else if (shown)
            print(L"  %-11ls  %ls\n", texts[i].label, shown);
        free(shown);
        VariantClear(&value);
    }
}

/* Of the whole: a job, or a download. */
static IUnknown *object_of(const struct entry *entry)
{
    return entry->job ? (IUnknown *)entry->job : (IUnknown *)entry->download;
}

static void show_text(const struct entry *entry, const struct look *look)
{
    static const WCHAR *const priorities[] = {L"foreground", L"high", L"normal", L"low"};
    WCHAR bytes[TEXT_CHARS], total[TEXT_CHARS];
    const WCHAR *name;

    print(L"%ls\n", entry->id);
    print(L"  name         %ls\n", look->name);
    print(L"  kind         %ls\n", entry_kind_name(entry->kind));
    print(L"  state        %ls\n", look->state);
    if (look->failed)
    {
        name = code_name(look->code);
        print(L"  error        0x%08lX %ls\n", (unsigned long)look->code, name ? name : L"");
        if (look->sentence)
            print(L"               %ls\n", look->sentence);
    }
    print(L"  priority     %ls\n",
          (unsigned int)look->priority < 4 ? priorities[look->priority] : L"?");
    print(L"  progress     %ls of %ls, %lu of %lu files\n", size_text(look->bytes, bytes),
          look->total == SIZE_UNKNOWN ? L"?" : size_text(look->total, total), look->files_done,
          look->files);
    counters_print(object_of(entry), L"  transfer     ");
    if (entry->download)
        download_print(entry->download, NULL);
    else
    {
        job_print(entry->job);
        show_files(entry->job, NULL);
    }
}

static void show_json(struct json *json, const struct entry *entry, const struct look *look)
{
    json_open(json, NULL, '{');
    entry_json(json, entry, look);
    counters_json(object_of(entry), json);
    if (entry->download)
        download_print(entry->download, json);
    else
    {
        job_json(json, entry->job);
        json_open(json, L"files", '[');
        show_files(entry->job, json);
        json_close(json, ']');
    }
    json_close(json, '}');
}

static int show(struct entries *entries, const struct words *words)
{
    struct json document = {0};
    int code = EXIT_DONE, i;
    bool json = words->given[0];
    struct entry *entry;
    struct look look;

    if (json)
        json_open(&document, NULL, '[');
    for (i = 0; i < words->count; i++)
    {
        entry = entries_find(entries, words->words[i]);
        if (!entry)
        {
            code = EXIT_FAILED;
            continue;
        }
        entry_look(entry, &look);
        if (json)
            show_json(&document, entry, &look);
        else
            show_text(entry, &look);
        look_free(&look);
    }
    if (json)
        json_close(&document, ']');
    return !json || json_print(&document) ? code : EXIT_FAILED;
}

int show_run(int argc, WCHAR **argv)
{
    static const struct option options[] = {{L"--json", NULL, OPTION_FLAG}, {0}};
    struct entries entries;
    struct words words;
    int code;

    if (!words_parse(&words, L"show", options, argc, argv, -1, usage, &code))
        return code;
    if (!words.count)
    {
        print_problem(L"show what? Name a job");
        return EXIT_USAGE;
    }
    if (FAILED(com_open()))
        return EXIT_NO_SERVICE;
    code = EXIT_NO_SERVICE;
    if (SUCCEEDED(entries_open(&entries)) && SUCCEEDED(entries_load(&entries)))
        code = show(&entries, &words);
    entries_close(&entries);
    com_close();
    return code;
}
