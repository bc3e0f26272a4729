#include "events.h"

#include "code_name.h"
#include "file_name.h"
#include "print.h"

const WCHAR *events_state_name(BG_JOB_STATE state)
{
    static const WCHAR *const names[] = {
        [BG_JOB_STATE_QUEUED] = L"QUEUED",
        [BG_JOB_STATE_CONNECTING] = L"CONNECTING",
        [BG_JOB_STATE_TRANSFERRING] = L"TRANSFERRING",
        [BG_JOB_STATE_SUSPENDED] = L"SUSPENDED",
        [BG_JOB_STATE_ERROR] = L"ERROR",
        [BG_JOB_STATE_TRANSIENT_ERROR] = L"TRANSIENT_ERROR",
        [BG_JOB_STATE_TRANSFERRED] = L"TRANSFERRED",
        [BG_JOB_STATE_ACKNOWLEDGED] = L"ACKNOWLEDGED",
        [BG_JOB_STATE_CANCELLED] = L"CANCELLED",
    };

    return (unsigned int)state < sizeof(names) / sizeof(names[0]) ? names[state] : L"?";
}

static const WCHAR *kind_name(DWORD kind)
{
    switch (kind)
    {
    case DOSVC_EVENT_TRANSFERRED:
        return L"JobTransferred";
    case DOSVC_EVENT_ERROR:
        return L"JobError";
    case DOSVC_EVENT_MODIFICATION:
        return L"JobModification";
    case DOSVC_EVENT_FILE_TRANSFERRED:
        return L"FileTransferred";
    default:
        return L"?";
    }
}

void events_print(const struct download *download, const DOSVC_EVENT *event)
{
    BG_JOB_STATE state = BG_JOB_STATE_QUEUED;
    BG_JOB_PROGRESS progress = {.BytesTotal = SIZE_UNKNOWN};
    WCHAR bytes[TEXT_CHARS], total[TEXT_CHARS];

    IBackgroundCopyJob_GetState(event->Job, &state);
    IBackgroundCopyJob_GetProgress(event->Job, &progress);
    print(L"%-15ls  %-15ls  %ls  %ls of %ls\n", kind_name(event->Kind), events_state_name(state),
          file_last_part(download->path), size_text(progress.BytesTransferred, bytes),
          progress.BytesTotal == SIZE_UNKNOWN ? L"?" : size_text(progress.BytesTotal, total));
}

void events_say_retry(const struct download *download, IBackgroundCopyError *error)
{
    BG_ERROR_CONTEXT context;
    HRESULT code = E_UNEXPECTED;
    const WCHAR *name;

    if (FAILED(IBackgroundCopyError_GetError(error, &context, &code)))
        return;
    name = code_name(code);
    print(L"%ls: 0x%08lX %ls; trying again\n", file_last_part(download->path), (unsigned long)code,
          name ? name : L"");
}
