#include "com/notify_fallback.h"

#include "base/handle.h"
#include "base/log.h"
#include "base/mem.h"
#include "com/notify_target.h"
#include "core/settings.h"
#include "model/path.h"

#include <wchar.h>

/* ---- the command line ---- */

/* CreateProcess hands these to a command interpreter. */
static bool is_script(const WCHAR *program)
{
    const WCHAR *dot = wcsrchr(program, '.');

    return dot && (!_wcsicmp(dot, L".bat") || !_wcsicmp(dot, L".cmd"));
}

HRESULT notify_command_judge(const WCHAR *program)
{
    if (!settings_number(L"AllowNotifyCmdLine", 0))
        return BG_E_BLOCKED_BY_POLICY;
    return path_is_acceptable((const uint16_t *)program) && !is_script(program) ? S_OK
                                                                                : E_INVALIDARG;
}

/* The parameters are the whole command line, the program's name included. */
static HRESULT start(const WCHAR *program, WCHAR *parameters)
{
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION process;

    if (!CreateProcessW(program, parameters, NULL, NULL, FALSE, CREATE_NO_WINDOW, NULL, NULL,
                        &startup, &process))
        return HRESULT_FROM_WIN32(GetLastError());
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    return S_OK;
}

HRESULT notify_command_run(IBackgroundCopyJob *job)
{
    WCHAR *program = NULL, *parameters = NULL;
    IBackgroundCopyJob2 *job2;
    HRESULT hr;

    if (FAILED(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob2, (void **)&job2)))
        return S_FALSE;
    hr = IBackgroundCopyJob2_GetNotifyCmdLine(job2, &program, &parameters);
    IBackgroundCopyJob2_Release(job2);
    if (FAILED(hr))
        return S_FALSE;
    if (!program || !*program)
        hr = S_FALSE;
    else if (SUCCEEDED(hr = notify_command_judge(program)))
        hr = start(program, parameters && *parameters ? parameters : NULL);
    if (FAILED(hr))
        WARN("the notification command was not started, 0x%08lx", hr);
    CoTaskMemFree(program);
    CoTaskMemFree(parameters);
    return hr;
}

/* ---- the class ---- */

static HRESULT tell_target(struct notify_target *target, IBackgroundCopyJob *job,
                           BG_JOB_STATE state)
{
    IBackgroundCopyError *error;
    HRESULT hr;

    if (state == BG_JOB_STATE_TRANSFERRED)
        return notify_target_job_transferred(target, job);
    if (FAILED(hr = IBackgroundCopyJob_GetError(job, &error)))
        return hr;
    hr = notify_target_job_error(target, job, error);
    IBackgroundCopyError_Release(error);
    return hr;
}

static HRESULT tell_class(IBackgroundCopyJob *job, BG_JOB_STATE state)
{
    BITS_JOB_PROPERTY_VALUE value;
    struct notify_target *target;
    IBackgroundCopyJob5 *job5;
    IUnknown *object;
    HRESULT hr;

    if (FAILED(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob5, (void **)&job5)))
        return S_FALSE;
    hr = IBackgroundCopyJob5_GetProperty(job5, BITS_JOB_PROPERTY_NOTIFICATION_CLSID, &value);
    IBackgroundCopyJob5_Release(job5);
    if (FAILED(hr) || IsEqualGUID(&value.ClsID, &GUID_NULL))
        return S_FALSE;
    hr = CoCreateInstance(&value.ClsID, NULL, CLSCTX_LOCAL_SERVER, &IID_IUnknown, (void **)&object);
    if (SUCCEEDED(hr))
    {
        hr = notify_target_create(object, &target);
        IUnknown_Release(object);
    }
    if (SUCCEEDED(hr))
    {
        hr = tell_target(target, job, state);
        notify_target_release(target);
    }
    if (FAILED(hr))
        WARN("the job's notification class failed, 0x%08lx", hr);
    return hr;
}

HRESULT notify_fallback_tell(IBackgroundCopyJob *job, BG_JOB_STATE state)
{
    HRESULT by_class = tell_class(job, state);
    HRESULT by_command;

    if (SUCCEEDED(by_class) && by_class != S_FALSE)
        return S_OK;
    by_command = notify_command_run(job);
    return by_command == S_FALSE ? by_class : by_command;
}
