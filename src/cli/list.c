#include "list.h"

#include "com.h"
#include "events.h"
#include "exit_code.h"
#include "print.h"
#include "progress.h"

#include "dosvc.h"

#include <stdbool.h>
#include <wchar.h>

static const WCHAR usage[] =
    L"usage: doctl list\n"
    L"\n"
    L"Lists the jobs of Delivery Optimization and of BITS in dosvc.dll's queue. The queue lives "
    L"in\n"
    L"the process that made it, so the jobs of another process are not among them.\n";

static void print_job(IBackgroundCopyJob *job, const WCHAR *kind)
{
    WCHAR bytes[TEXT_CHARS], total[TEXT_CHARS], id_text[64], *name = NULL;
    BG_JOB_PROGRESS progress = {.BytesTotal = SIZE_UNKNOWN};
    BG_JOB_STATE state = BG_JOB_STATE_QUEUED;
    GUID id = {0};

    IBackgroundCopyJob_GetId(job, &id);
    IBackgroundCopyJob_GetState(job, &state);
    IBackgroundCopyJob_GetProgress(job, &progress);
    if (FAILED(IBackgroundCopyJob_GetDisplayName(job, &name)))
        name = NULL;
    StringFromGUID2(&id, id_text, sizeof(id_text) / sizeof(id_text[0]));
    print(L"%ls  %-4ls  %-15ls  %ls of %ls  %ls\n", id_text, kind, events_state_name(state),
          size_text(progress.BytesTransferred, bytes),
          progress.BytesTotal == SIZE_UNKNOWN ? L"?" : size_text(progress.BytesTotal, total),
          name ? name : L"");
    CoTaskMemFree(name);
}

/* Adds to *count. */
static HRESULT list_class(REFCLSID clsid, const WCHAR *kind, unsigned int *count)
{
    IBackgroundCopyManager *manager = NULL;
    IEnumBackgroundCopyJobs *jobs = NULL;
    IBackgroundCopyJob *job;
    HRESULT hr;

    hr = com_create_or_say(clsid, &IID_IBackgroundCopyManager, (void **)&manager);
    if (FAILED(hr))
        return hr;
    hr = IBackgroundCopyManager_EnumJobs(manager, 0, &jobs);
    if (FAILED(hr))
        print_problem(L"the jobs cannot be listed: 0x%08lX", (unsigned long)hr);
    while (SUCCEEDED(hr) && IEnumBackgroundCopyJobs_Next(jobs, 1, &job, NULL) == S_OK)
    {
        print_job(job, kind);
        IBackgroundCopyJob_Release(job);
        ++*count;
    }
    if (jobs)
        IEnumBackgroundCopyJobs_Release(jobs);
    IBackgroundCopyManager_Release(manager);
    return hr;
}

int list_run(int argc, WCHAR **argv)
{
    unsigned int count = 0;
    HRESULT hr;

    if (argc == 1 && (!wcscmp(argv[0], L"-h") || !wcscmp(argv[0], L"--help")))
    {
        print(L"%ls", usage);
        return EXIT_DONE;
    }
    if (argc)
    {
        print_problem(L"list takes no \"%ls\"", argv[0]);
        return EXIT_USAGE;
    }
    if (FAILED(com_open()))
        return EXIT_NO_SERVICE;
    hr = list_class(&CLSID_DosvcManager, L"DO", &count);
    if (SUCCEEDED(hr))
        hr = list_class(&CLSID_DosvcBitsManager, L"BITS", &count);
    if (SUCCEEDED(hr) && !count)
        print(L"no jobs\n");
    com_close();
    return SUCCEEDED(hr) ? EXIT_DONE : EXIT_NO_SERVICE;
}
