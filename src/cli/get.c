#include "get.h"

#include "com.h"
#include "download.h"
#include "events.h"
#include "exit_code.h"
#include "file_name.h"
#include "interrupt.h"
#include "print.h"

#include <stdlib.h>
#include <wchar.h>

struct get
{
    struct get_options options;
    struct download_service service;
    IDosvcCallback *callback;
    struct download *downloads; /* options.count of them */
    struct progress progress;
};

/* ---- before ---- */

/* False, and says why, when the URL names no file or another URL names the same. */
static bool name_file(struct get *get, size_t index)
{
    const struct get_options *options = &get->options;
    struct download *download = &get->downloads[index];
    WCHAR *from_url = options->file ? NULL : file_name_from_url(download->url);
    const WCHAR *name = options->file ? options->file : from_url;
    size_t i;

    if (name && *name)
        download->path = file_path(options->folder, name);
    free(from_url);
    if (!download->path)
    {
        print_problem(L"%ls ends in no file name; choose one with -o FILE", download->url);
        return false;
    }
    for (i = 0; i < index; i++)
    {
        if (_wcsicmp(get->downloads[i].path, download->path))
            continue;
        print_problem(L"two URLs would both become %ls", download->path);
        return false;
    }
    return true;
}

static bool name_files(struct get *get)
{
    size_t i;

    get->downloads = calloc(get->options.count, sizeof(*get->downloads));
    for (i = 0; get->downloads && i < get->options.count; i++)
    {
        get->downloads[i].url = get->options.urls[i];
        if (!name_file(get, i))
            return false;
    }
    return get->downloads != NULL;
}

static HRESULT open_service(struct get *get)
{
    struct download_service *service = &get->service;
    HRESULT hr;

    service->options = &get->options;
    service->notify_flags =
        BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR | BG_NOTIFY_JOB_MODIFICATION;
    if (get->options.show_events)
        service->notify_flags |= BG_NOTIFY_FILE_TRANSFERRED;
    hr = com_create_or_say(&CLSID_DosvcManager, &IID_IBackgroundCopyManager,
                           (void **)&service->manager);
    if (SUCCEEDED(hr))
        hr = com_create_or_say(&CLSID_DosvcCallback, &IID_IDosvcCallback, (void **)&get->callback);
    if (SUCCEEDED(hr))
        hr = IDosvcCallback_KeepEvents(get->callback, service->notify_flags);
    service->callback = (IUnknown *)get->callback;
    return hr;
}

/* ---- while it runs ---- */

static struct download *find_download(struct get *get, IBackgroundCopyJob *job)
{
    GUID id;
    size_t i;

    if (FAILED(IBackgroundCopyJob_GetId(job, &id)))
        return NULL;
    for (i = 0; i < get->options.count; i++)
        if (get->downloads[i].job && IsEqualGUID(&get->downloads[i].id, &id))
            return &get->downloads[i];
    return NULL;
}

static void say_done(struct get *get, const struct download *download)
{
    ULONGLONG took = GetTickCount64() - download->started;
    WCHAR size[TEXT_CHARS], rate[TEXT_CHARS];

    if (get->options.quiet || download->state != DOWNLOAD_DONE)
        return;
    print(L"%ls: %ls in %.1f s (%ls/s)\n", download->path, size_text(download->bytes, size),
          (double)took / 1000, size_text(download->bytes * 1000 / (took ? took : 1), rate));
}

static void on_modification(struct get *get, struct download *download)
{
    BG_JOB_STATE state = BG_JOB_STATE_QUEUED;
    IBackgroundCopyError *error = NULL;
    bool waits;

    download_look(download);
    IBackgroundCopyJob_GetState(download->job, &state);
    waits = state == BG_JOB_STATE_TRANSIENT_ERROR;
    if (waits && !download->waits_to_retry && !get->options.quiet &&
        SUCCEEDED(IBackgroundCopyJob_GetError(download->job, &error)))
    {
        progress_erase(&get->progress);
        events_say_retry(download, error);
        IBackgroundCopyError_Release(error);
    }
    download->waits_to_retry = waits;
}

static void on_event(struct get *get, const DOSVC_EVENT *event)
{
    struct download *download = find_download(get, event->Job);

    if (!download)
        return;
    if (get->options.show_events)
        events_print(download, event);
    if (event->Kind == DOSVC_EVENT_MODIFICATION)
        on_modification(get, download);
    if (event->Kind != DOSVC_EVENT_TRANSFERRED && event->Kind != DOSVC_EVENT_ERROR)
        return;
    progress_erase(&get->progress);
    if (event->Kind == DOSVC_EVENT_TRANSFERRED)
        download_complete(download, &get->service);
    else
        download_fail(download, event->Error);
    say_done(get, download);
}

static unsigned int count_in(const struct get *get, enum download_state state)
{
    unsigned int count = 0;
    size_t i;

    for (i = 0; i < get->options.count; i++)
        count += get->downloads[i].state == state;
    return count;
}

static void show_progress(struct get *get)
{
    struct progress_sum sum = {.files = (unsigned int)get->options.count,
                               .files_done = count_in(get, DOWNLOAD_DONE)};
    size_t i;

    for (i = 0; i < get->options.count; i++)
    {
        if (get->downloads[i].state == DOWNLOAD_FAILED)
            continue;
        sum.bytes += get->downloads[i].bytes;
        if (get->downloads[i].total == SIZE_UNKNOWN || sum.total == SIZE_UNKNOWN)
            sum.total = SIZE_UNKNOWN;
        else
            sum.total += get->downloads[i].total;
    }
    progress_show(&get->progress, &sum);
}

/* Until nothing runs any more, or somebody interrupts. The wait has no limit of its own: each job's
 * no-progress limit ends it with an event. */
static HRESULT follow(struct get *get)
{
    HRESULT hr = S_OK;
    DOSVC_EVENT event;

    while (SUCCEEDED(hr) && count_in(get, DOWNLOAD_RUNNING))
    {
        hr = IDosvcCallback_WaitForEvent(get->callback, progress_interval(&get->progress), &event);
        if (SUCCEEDED(hr))
        {
            on_event(get, &event);
            IDosvcCallback_ClearEvent(get->callback, &event);
        }
        else if (hr == HRESULT_FROM_WIN32(WAIT_TIMEOUT))
            hr = S_OK;
        if (SUCCEEDED(hr) && count_in(get, DOWNLOAD_RUNNING))
            show_progress(get);
    }
    progress_erase(&get->progress);
    return hr;
}

/* ---- after ---- */

/* The jobs stay in the queue, with what has come. */
static void stop(struct get *get)
{
    size_t i;

    print_problem(L"interrupted. What is not finished is suspended and keeps what has come:");
    for (i = 0; i < get->options.count; i++)
        if (get->downloads[i].state == DOWNLOAD_RUNNING)
            download_suspend(&get->downloads[i]);
    print_error(
        L"`doctl resume JOB` and `doctl watch --until-idle` go on, `doctl complete JOB` puts "
        L"the file\nin place, `doctl cancel JOB` drops it.\n");
}

static int conclude(struct get *get, HRESULT hr)
{
    if (interrupt_came())
    {
        if (count_in(get, DOWNLOAD_RUNNING))
            stop(get);
        return count_in(get, DOWNLOAD_DONE) == get->options.count ? EXIT_DONE : EXIT_INTERRUPTED;
    }
    if (FAILED(hr))
    {
        print_problem(L"waiting for events failed: 0x%08lX", (unsigned long)hr);
        return EXIT_NO_SERVICE;
    }
    return count_in(get, DOWNLOAD_DONE) == get->options.count ? EXIT_DONE : EXIT_FAILED;
}

static int download_all(struct get *get)
{
    size_t i;
    int code;

    progress_init(&get->progress, get->options.quiet, get->options.show_events);
    interrupt_watch(get->callback);
    for (i = 0; i < get->options.count && !interrupt_came(); i++)
        download_start(&get->downloads[i], &get->service);
    code = conclude(get, follow(get));
    interrupt_unwatch();
    return code;
}

static int run_with_com(struct get *get)
{
    int code = EXIT_NO_SERVICE;
    size_t i;

    if (SUCCEEDED(open_service(get)))
        code = download_all(get);
    for (i = 0; i < get->options.count; i++)
        download_free(&get->downloads[i]);
    if (get->callback)
        IDosvcCallback_Release(get->callback);
    if (get->service.manager)
        IBackgroundCopyManager_Release(get->service.manager);
    return code;
}

int get_run(int argc, WCHAR **argv)
{
    struct get get = {0};
    int code = EXIT_USAGE;

    if (get_options_parse(&get.options, argc, argv))
    {
        if (get.options.wants_help)
        {
            print(L"%ls", get_options_usage);
            code = EXIT_DONE;
        }
        else if (!name_files(&get))
            code = EXIT_USAGE;
        else if (FAILED(com_open()))
            code = EXIT_NO_SERVICE;
        else
        {
            code = run_with_com(&get);
            com_close();
        }
    }
    free(get.downloads);
    get_options_free(&get.options);
    return code;
}
