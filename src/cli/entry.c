#include "entry.h"

#include "com.h"
#include "events.h"
#include "print.h"
#include "progress.h"
#include "report.h"

#include <stdlib.h>
#include <wchar.h>
#include <wctype.h>

const WCHAR *entry_kind_name(enum entry_kind kind)
{
    static const WCHAR *const names[ENTRY_KINDS] = {L"DO", L"BITS", L"download"};

    return names[kind];
}

/* ---- how one is ---- */

static void look_at_job(IBackgroundCopyJob *job, struct look *look)
{
    BG_JOB_PROGRESS progress = {.BytesTotal = SIZE_UNKNOWN};
    BG_JOB_STATE state = BG_JOB_STATE_QUEUED;
    IBackgroundCopyError *error = NULL;
    BG_ERROR_CONTEXT context;
    WCHAR *text = NULL;

    IBackgroundCopyJob_GetState(job, &state);
    IBackgroundCopyJob_GetProgress(job, &progress);
    IBackgroundCopyJob_GetPriority(job, &look->priority);
    if (SUCCEEDED(IBackgroundCopyJob_GetDisplayName(job, &text)))
        look->name = _wcsdup(text);
    CoTaskMemFree(text);
    look->state = events_state_name(state);
    look->runs = state == BG_JOB_STATE_QUEUED || state == BG_JOB_STATE_CONNECTING ||
                 state == BG_JOB_STATE_TRANSFERRING || state == BG_JOB_STATE_TRANSIENT_ERROR;
    look->waits = state == BG_JOB_STATE_TRANSFERRED;
    look->bytes = progress.BytesTransferred;
    look->total = progress.BytesTotal;
    look->files = progress.FilesTotal;
    look->files_done = progress.FilesTransferred;
    if (state != BG_JOB_STATE_ERROR && state != BG_JOB_STATE_TRANSIENT_ERROR)
        return;
    if (FAILED(IBackgroundCopyJob_GetError(job, &error)))
        return; /* it has just gone on */
    look->failed = true;
    IBackgroundCopyError_GetError(error, &context, &look->code);
    text = NULL;
    if (SUCCEEDED(IBackgroundCopyError_GetErrorDescription(error, ENGLISH, &text)))
        look->sentence = _wcsdup(text);
    CoTaskMemFree(text);
    IBackgroundCopyError_Release(error);
}

static const WCHAR *download_state_name(DODownloadState state)
{
    static const WCHAR *const names[] = {L"CREATED",   L"TRANSFERRING", L"TRANSFERRED",
                                         L"FINALIZED", L"ABORTED",      L"PAUSED"};

    return (unsigned int)state < sizeof(names) / sizeof(names[0]) ? names[state] : L"?";
}

/* The property as text, to be freed with free; NULL where there is none. */
static WCHAR *download_text(IDODownload *download, DODownloadProperty property)
{
    WCHAR *text = NULL;
    VARIANT value;

    VariantInit(&value);
    if (SUCCEEDED(IDODownload_GetProperty(download, property, &value)) && value.vt == VT_BSTR &&
        value.bstrVal && *value.bstrVal)
        text = _wcsdup(value.bstrVal);
    VariantClear(&value);
    return text;
}

static void look_at_download(const struct entry *entry, struct look *look)
{
    DO_DOWNLOAD_STATUS status = {0};
    VARIANT value;

    IDODownload_GetStatus(entry->download, &status);
    look->name = download_text(entry->download, DODownloadProperty_DisplayName);
    if (!look->name)
        look->name = download_text(entry->download, DODownloadProperty_LocalPath);
    look->state = download_state_name(status.State);
    look->runs = status.State == DODownloadState_Transferring;
    look->waits = status.State == DODownloadState_Transferred;
    look->bytes = status.BytesTransferred;
    look->total = status.BytesTotal ? status.BytesTotal : SIZE_UNKNOWN;
    look->files = 1;
    look->files_done = status.State == DODownloadState_Transferred;
    look->failed = FAILED(status.Error);
    look->code = status.Error;
    look->priority = BG_JOB_PRIORITY_NORMAL;
    VariantInit(&value);
    if (SUCCEEDED(IDODownload_GetProperty(entry->download, DODownloadProperty_ForegroundPriority,
                                          &value)) &&
        value.vt == VT_BOOL && value.boolVal)
        look->priority = BG_JOB_PRIORITY_FOREGROUND;
    VariantClear(&value);
}

void entry_look(const struct entry *entry, struct look *look)
{
    *look = (struct look){.total = SIZE_UNKNOWN};
    if (entry->job)
        look_at_job(entry->job, look);
    else
        look_at_download(entry, look);
    if (!look->name)
        look->name = _wcsdup(L"");
}

void look_free(struct look *look)
{
    free(look->name);
    free(look->sentence);
}

void entry_json(struct json *json, const struct entry *entry, const struct look *look)
{
    static const WCHAR *const priorities[] = {L"foreground", L"high", L"normal", L"low"};

    json_text(json, L"id", entry->id);
    json_text(json, L"kind", entry_kind_name(entry->kind));
    json_text(json, L"name", look->name);
    json_text(json, L"state", look->state);
    json_text(json, L"priority",
              (unsigned int)look->priority < 4 ? priorities[look->priority] : L"?");
    json_number(json, L"bytes_transferred", look->bytes);
    if (look->total == SIZE_UNKNOWN)
        json_null(json, L"bytes_total");
    else
        json_number(json, L"bytes_total", look->total);
    json_number(json, L"files_transferred", look->files_done);
    json_number(json, L"files_total", look->files);
    if (!look->failed)
    {
        json_null(json, L"error");
        return;
    }
    json_open(json, L"error", '{');
    json_code(json, L"code", look->code);
    json_text(json, L"sentence", look->sentence);
    json_close(json, '}');
}

/* ---- all of them ---- */

static void forget(struct entries *entries)
{
    size_t i;

    for (i = 0; i < entries->count; i++)
    {
        if (entries->all[i].job)
            IBackgroundCopyJob_Release(entries->all[i].job);
        if (entries->all[i].download)
            IDODownload_Release(entries->all[i].download);
    }
    free(entries->all);
    entries->all = NULL;
    entries->count = 0;
}

HRESULT entries_open(struct entries *entries)
{
    HRESULT hr;

    *entries = (struct entries){0};
    hr = com_create_or_say(&CLSID_DosvcManager, &IID_IBackgroundCopyManager,
                           (void **)&entries->managers[ENTRY_DO]);
    if (SUCCEEDED(hr))
        hr = com_create_or_say(&CLSID_DosvcBitsManager, &IID_IBackgroundCopyManager,
                               (void **)&entries->managers[ENTRY_BITS]);
    if (SUCCEEDED(hr))
        hr = com_create_or_say(&CLSID_DosvcManager, &IID_IDOManager, (void **)&entries->downloads);
    return hr;
}

void entries_close(struct entries *entries)
{
    forget(entries);
    if (entries->managers[ENTRY_DO])
        IBackgroundCopyManager_Release(entries->managers[ENTRY_DO]);
    if (entries->managers[ENTRY_BITS])
        IBackgroundCopyManager_Release(entries->managers[ENTRY_BITS]);
    if (entries->downloads)
        IDOManager_Release(entries->downloads);
}

/* One more, empty; NULL: memory. */
static struct entry *append(struct entries *entries, enum entry_kind kind)
{
    struct entry *larger = realloc(entries->all, (entries->count + 1) * sizeof(*larger));

    if (!larger)
        return NULL;
    entries->all = larger;
    larger += entries->count++;
    *larger = (struct entry){.kind = kind};
    return larger;
}

static HRESULT load_jobs(struct entries *entries, enum entry_kind kind)
{
    IEnumBackgroundCopyJobs *jobs;
    IBackgroundCopyJob *job;
    struct entry *entry;
    GUID id = {0};
    HRESULT hr;

    hr = IBackgroundCopyManager_EnumJobs(entries->managers[kind], 0, &jobs);
    if (FAILED(hr))
        return hr;
    while (SUCCEEDED(hr) && IEnumBackgroundCopyJobs_Next(jobs, 1, &job, NULL) == S_OK)
    {
        entry = append(entries, kind);
        if (!entry)
        {
            IBackgroundCopyJob_Release(job);
            hr = E_OUTOFMEMORY;
            break;
        }
        entry->job = job;
        hr = IBackgroundCopyJob_GetId(job, &id);
        StringFromGUID2(&id, entry->id, ID_CHARS);
    }
    IEnumBackgroundCopyJobs_Release(jobs);
    return hr;
}

static HRESULT load_downloads(struct entries *entries)
{
    IEnumUnknown *downloads = NULL;
    struct entry *entry;
    IUnknown *unknown;
    HRESULT hr;
    WCHAR *id;

    hr = IDOManager_EnumDownloads(entries->downloads, NULL, &downloads);
    if (hr == DO_E_NO_DOWNLOADS)
        return S_OK;
    while (SUCCEEDED(hr) && IEnumUnknown_Next(downloads, 1, &unknown, NULL) == S_OK)
    {
        entry = append(entries, ENTRY_DOWNLOAD);
        hr = entry ? IUnknown_QueryInterface(unknown, &IID_IDODownload, (void **)&entry->download)
                   : E_OUTOFMEMORY;
        IUnknown_Release(unknown);
        if (FAILED(hr) || !(id = download_text(entry->download, DODownloadProperty_Id)))
            continue;
        wcsncpy(entry->id, id, ID_CHARS - 1);
        free(id);
    }
    if (downloads)
        IEnumUnknown_Release(downloads);
    return hr;
}

HRESULT entries_load(struct entries *entries)
{
    HRESULT hr;

    forget(entries);
    hr = load_jobs(entries, ENTRY_DO);
    if (SUCCEEDED(hr))
        hr = load_jobs(entries, ENTRY_BITS);
    if (SUCCEEDED(hr))
        hr = load_downloads(entries);
    if (FAILED(hr))
        print_problem(L"the queue cannot be listed: 0x%08lX", (unsigned long)hr);
    return hr;
}

static bool begins(const WCHAR *id, const WCHAR *word)
{
    if (*id == '{' && *word != '{')
        id++;
    for (; *word; word++, id++)
        if (towupper(*word) != towupper(*id))
            return false;
    return true;
}

struct entry *entries_find(struct entries *entries, const WCHAR *word)
{
    struct entry *found = NULL;
    size_t i;

    for (i = 0; i < entries->count; i++)
    {
        if (!begins(entries->all[i].id, word))
            continue;
        if (found)
        {
            print_problem(L"more than one id begins with \"%ls\"", word);
            return NULL;
        }
        found = &entries->all[i];
    }
    if (!found)
        print_problem(L"there is no job \"%ls\"; `doctl list` shows those there are", word);
    return found;
}
