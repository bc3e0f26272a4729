#include "testkit/flow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define ALL_EVENTS                                                                                 \
    (BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR | BG_NOTIFY_JOB_MODIFICATION |                \
     BG_NOTIFY_FILE_TRANSFERRED)

static int set_up(void **state, bool is_download)
{
    struct flow *flow = calloc(1, sizeof(*flow));
    void *kit = NULL;
    int result;

    if (!flow)
        return -1;
    result = kit_setup(&kit);
    flow->kit = kit;
    flow->httpd = flow->kit->httpd;
    flow->is_download = is_download;
    *state = flow;
    return result;
}

int flow_setup_job(void **state)
{
    return set_up(state, false);
}

int flow_setup_download(void **state)
{
    return set_up(state, true);
}

bool flow_forget(struct flow *flow)
{
    bool clean = true;

    if (flow->job)
    {
        IBackgroundCopyJob_SetNotifyInterface(flow->job, NULL);
        IBackgroundCopyJob_Cancel(flow->job);
        IBackgroundCopyJob_Release(flow->job);
    }
    if (flow->download)
    {
        IDODownload_Abort(flow->download);
        IDODownload_Release(flow->download);
    }
    if (flow->recorder)
    {
        clean = recorder_wait_released(flow->recorder, KIT_LIMIT);
        if (clean)
            recorder_release(flow->recorder);
        else
            print_error("the callback object is still held\n");
    }
    flow->job = NULL;
    flow->download = NULL;
    flow->recorder = NULL;
    return clean;
}

int flow_teardown(void **state)
{
    struct flow *flow = *state;
    void *kit = flow->kit;
    bool clean = flow_forget(flow);

    free(flow);
    return kit_teardown(&kit) || !clean ? -1 : 0;
}

/* ---- life ---------------------------------------------------------------------------------------
 */

static const wchar_t *wide_url(struct flow *flow, const char *path, wchar_t *buffer)
{
    if (*path == '/')
        return httpd_wide_url(flow->httpd, path, buffer);
    MultiByteToWideChar(CP_UTF8, 0, path, -1, buffer, HTTPD_URL_MAX);
    return buffer;
}

static void open_job(struct flow *flow, const wchar_t *url)
{
    flow->job = kit_job(flow->kit, L"flow");
    assert_hr(S_OK, IBackgroundCopyJob_AddFile(flow->job, url, flow->target));
    recorder_attach(flow->recorder, flow->job, ALL_EVENTS);
}

static void open_download(struct flow *flow, const wchar_t *url)
{
    IDOManager *manager;

    assert_hr(S_OK, IBackgroundCopyManager_QueryInterface(flow->kit->manager, &IID_IDOManager,
                                                          (void **)&manager));
    assert_hr(S_OK, IDOManager_CreateDownload(manager, &flow->download));
    IDOManager_Release(manager);
    assert_hr(S_OK, kit_set_string(flow->download, DODownloadProperty_Uri, url));
    assert_hr(S_OK, kit_set_string(flow->download, DODownloadProperty_LocalPath, flow->target));
    assert_hr(S_OK, recorder_attach_download(flow->recorder, flow->download));
}

void flow_open_to(struct flow *flow, const char *path, const wchar_t *target)
{
    wchar_t buffer[HTTPD_URL_MAX];
    const wchar_t *url = wide_url(flow, path, buffer);

    wcscpy(flow->target, target);
    flow->recorder = recorder_create();
    if (flow->is_download)
        open_download(flow, url);
    else
        open_job(flow, url);
}

void flow_open(struct flow *flow, const char *path)
{
    wchar_t target[MAX_PATH];

    flow_open_to(flow, path, kit_path(flow->kit, L"target.bin", target));
}

void flow_start(struct flow *flow)
{
    if (flow->is_download)
        assert_hr(S_OK, IDODownload_Start(flow->download, NULL));
    else
        assert_hr(S_OK, IBackgroundCopyJob_Resume(flow->job));
}

void flow_pause(struct flow *flow)
{
    if (flow->is_download)
        assert_hr(S_OK, IDODownload_Pause(flow->download));
    else
        assert_hr(S_OK, IBackgroundCopyJob_Suspend(flow->job));
}

void flow_get(struct flow *flow, const char *path)
{
    flow_open(flow, path);
    flow_start(flow);
}

void flow_cancel(struct flow *flow)
{
    if (flow->is_download)
        assert_hr(S_OK, IDODownload_Abort(flow->download));
    else
        assert_hr(S_OK, IBackgroundCopyJob_Cancel(flow->job));
}

void flow_set_no_progress(struct flow *flow, uint32_t seconds)
{
    if (flow->is_download)
        assert_hr(S_OK, kit_set_uint(flow->download, DODownloadProperty_NoProgressTimeoutSeconds,
                                     seconds));
    else
        assert_hr(S_OK, IBackgroundCopyJob_SetNoProgressTimeout(flow->job, seconds));
}

void flow_set_headers(struct flow *flow, const wchar_t *headers)
{
    IBackgroundCopyJobHttpOptions *options;

    if (flow->is_download)
    {
        assert_hr(S_OK,
                  kit_set_string(flow->download, DODownloadProperty_HttpCustomHeaders, headers));
        return;
    }
    assert_hr(S_OK, IBackgroundCopyJob_QueryInterface(flow->job, &IID_IBackgroundCopyJobHttpOptions,
                                                      (void **)&options));
    assert_hr(S_OK, IBackgroundCopyJobHttpOptions_SetCustomHeaders(options, headers));
    IBackgroundCopyJobHttpOptions_Release(options);
}

/* ---- progress -----------------------------------------------------------------------------------
 */

static DO_DOWNLOAD_STATUS status_of(struct flow *flow)
{
    DO_DOWNLOAD_STATUS status;

    assert_hr(S_OK, IDODownload_GetStatus(flow->download, &status));
    return status;
}

static BG_JOB_PROGRESS progress_of(struct flow *flow)
{
    BG_JOB_PROGRESS progress;

    assert_hr(S_OK, IBackgroundCopyJob_GetProgress(flow->job, &progress));
    return progress;
}

uint64_t flow_bytes(struct flow *flow)
{
    return flow->is_download ? status_of(flow).BytesTransferred
                             : progress_of(flow).BytesTransferred;
}

uint64_t flow_total(struct flow *flow)
{
    uint64_t total = flow->is_download ? status_of(flow).BytesTotal : progress_of(flow).BytesTotal;

    return flow->is_download && total == 0 ? UINT64_MAX : total;
}

bool flow_wait_bytes(struct flow *flow, uint64_t bytes)
{
    uint64_t deadline = GetTickCount64() + KIT_LIMIT;

    while (flow_bytes(flow) < bytes && GetTickCount64() < deadline)
        kit_pass(5);
    return flow_bytes(flow) >= bytes;
}

/* ---- ends ---------------------------------------------------------------------------------------
 */

void flow_finish(struct flow *flow)
{
    if (flow->is_download)
    {
        assert_true(kit_wait_download(flow->download, DODownloadState_Transferred, KIT_LIMIT));
        assert_true(recorder_wait_status(flow->recorder, DODownloadState_Transferred, KIT_LIMIT));
        assert_hr(S_OK, IDODownload_Finalize(flow->download));
    }
    else
    {
        assert_true(kit_wait_state(flow->job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
        assert_true(recorder_wait(flow->recorder, RECORD_TRANSFERRED, 1, KIT_LIMIT));
        assert_hr(S_OK, IBackgroundCopyJob_Complete(flow->job));
    }
}

/* Clients take a failed Error for the end, whatever the state. */
static void assert_no_error_was_told(struct flow *flow)
{
    struct record record;
    unsigned int i;

    assert_int_equal(0, recorder_count(flow->recorder, RECORD_ERROR));
    for (i = 0; recorder_get(flow->recorder, RECORD_STATUS, i, &record); i++)
        assert_hr(S_OK, record.status.Error);
}

void flow_assert_identical(struct flow *flow, uint32_t seed, uint64_t size)
{
    flow_finish(flow);
    assert_no_error_was_told(flow);
    assert_true(content_check_file(flow->target, seed, size));
}

/* A download that has stopped for good; false when it has not by the limit. */
static bool wait_failed(struct flow *flow)
{
    uint64_t deadline = GetTickCount64() + KIT_LIMIT;
    DO_DOWNLOAD_STATUS status = status_of(flow);

    while (!FAILED(status.Error) && GetTickCount64() < deadline)
    {
        kit_pass(5);
        status = status_of(flow);
    }
    return FAILED(status.Error);
}

void flow_assert_error(struct flow *flow, HRESULT code)
{
    IBackgroundCopyError *error;
    BG_ERROR_CONTEXT context;
    HRESULT found;

    if (flow->is_download)
    {
        assert_true(wait_failed(flow));
        assert_hr(code, status_of(flow).Error);
        assert_int_equal(DODownloadState_Paused, status_of(flow).State);
        return;
    }
    assert_true(kit_wait_state(flow->job, BG_JOB_STATE_ERROR, KIT_LIMIT));
    assert_true(recorder_wait(flow->recorder, RECORD_ERROR, 1, KIT_LIMIT));
    assert_hr(S_OK, IBackgroundCopyJob_GetError(flow->job, &error));
    assert_hr(S_OK, IBackgroundCopyError_GetError(error, &context, &found));
    IBackgroundCopyError_Release(error);
    assert_hr(code, found);
}

/* The job face has the cause in a text that only has to contain its digits. */
static void assert_extended_text(struct flow *flow, HRESULT cause)
{
    IDeliveryOptimizationJob2 *job;
    wchar_t digits[16];
    VARIANT text;

    swprintf(digits, ARRAY_SIZE(digits), L"%08lx", (unsigned long)cause);
    VariantInit(&text);
    assert_hr(S_OK, IBackgroundCopyJob_QueryInterface(flow->job, &IID_IDeliveryOptimizationJob2,
                                                      (void **)&job));
    assert_hr(S_OK,
              IDeliveryOptimizationJob2_GetProperty(job, DOJobPropertyId_ExtendedErrorInfo, &text));
    IDeliveryOptimizationJob2_Release(job);
    assert_int_equal(VT_BSTR, V_VT(&text));
    _wcslwr(V_BSTR(&text));
    if (!wcsstr(V_BSTR(&text), digits))
        fail_msg("%ls is not in the extended error %ls", digits, V_BSTR(&text));
    VariantClear(&text);
}

void flow_assert_no_progress(struct flow *flow, HRESULT cause)
{
    flow_assert_error(flow, DO_E_DOWNLOAD_NO_PROGRESS);
    if (flow->is_download)
        assert_hr(cause, status_of(flow).ExtendedError);
    else
        assert_extended_text(flow, cause);
}

void flow_assert_folder_empty(struct flow *flow)
{
    wchar_t pattern[MAX_PATH];
    WIN32_FIND_DATAW found;
    HANDLE search = FindFirstFileW(kit_path(flow->kit, L"*", pattern), &found);

    if (search == INVALID_HANDLE_VALUE)
        return;
    do
    {
        if (wcscmp(found.cFileName, L".") != 0 && wcscmp(found.cFileName, L"..") != 0)
            fail_msg("%ls is still there", found.cFileName);
    } while (FindNextFileW(search, &found));
    FindClose(search);
}
