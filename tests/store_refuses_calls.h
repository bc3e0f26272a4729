/* The calls of test_store_refuses.c: each that changes a job, a file or a download. */
#ifndef TESTS_STORE_REFUSES_CALLS_H
#define TESTS_STORE_REFUSES_CALLS_H

/* ---- of managers ---- */

static HRESULT create_job(struct world *world)
{
    IBackgroundCopyJob *job = NULL;
    HRESULT hr;
    GUID id;

    hr = IBackgroundCopyManager_CreateJob(world->manager, L"another", 0, &id, &job);
    if (SUCCEEDED(hr))
        IBackgroundCopyJob_Release(job);
    return hr;
}

static HRESULT create_download(struct world *world)
{
    IDODownload *download = NULL;
    HRESULT hr = IDOManager_CreateDownload(world->downloads, &download);

    if (SUCCEEDED(hr))
        IDODownload_Release(download);
    return hr;
}

/* ---- of jobs ---- */

#define JOB_CALL(function, expression)                                                             \
    static HRESULT function(struct world *world)                                                   \
    {                                                                                              \
        IBackgroundCopyJob5 *job = world->job;                                                     \
        return expression;                                                                         \
    }

JOB_CALL(resume, IBackgroundCopyJob5_Resume(job))
JOB_CALL(suspend, IBackgroundCopyJob5_Suspend(job))
JOB_CALL(cancel, IBackgroundCopyJob5_Cancel(job))
JOB_CALL(complete, IBackgroundCopyJob5_Complete(job))
JOB_CALL(set_name, IBackgroundCopyJob5_SetDisplayName(job, L"after"))
JOB_CALL(set_description, IBackgroundCopyJob5_SetDescription(job, L"after"))
JOB_CALL(set_priority, IBackgroundCopyJob5_SetPriority(job, BG_JOB_PRIORITY_LOW))
JOB_CALL(set_flags, IBackgroundCopyJob5_SetNotifyFlags(job, 0))
JOB_CALL(set_delay, IBackgroundCopyJob5_SetMinimumRetryDelay(job, 77))
JOB_CALL(set_timeout, IBackgroundCopyJob5_SetNoProgressTimeout(job, 7777))
JOB_CALL(set_proxy, IBackgroundCopyJob5_SetProxySettings(job, BG_JOB_PROXY_USAGE_OVERRIDE,
                                                         L"proxy:80", L"<local>"))
JOB_CALL(set_program, IBackgroundCopyJob5_SetNotifyCmdLine(job, L"c:\\a.exe", L"a.exe b"))
JOB_CALL(set_acl, IBackgroundCopyJob5_SetFileACLFlags(job, BG_COPY_FILE_OWNER))
JOB_CALL(set_peers, IBackgroundCopyJob5_SetPeerCachingFlags(job, BG_JOB_ENABLE_PEERCACHING_CLIENT))
JOB_CALL(set_time, IBackgroundCopyJob5_SetMaximumDownloadTime(job, 77))
JOB_CALL(replace_prefix, IBackgroundCopyJob5_ReplaceRemotePrefix(job, L"http://", L"http://user-"))

static HRESULT set_cost(struct world *world)
{
    BITS_JOB_PROPERTY_VALUE value = {.Dword = 3};

    return IBackgroundCopyJob5_SetProperty(world->job, BITS_JOB_PROPERTY_ID_COST_FLAGS, value);
}

static HRESULT set_login(struct world *world)
{
    BG_AUTH_CREDENTIALS login = {BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, {{0}}};
    wchar_t user[] = L"user", password[] = L"secret";

    login.Credentials.Basic.UserName = user;
    login.Credentials.Basic.Password = password;
    return IBackgroundCopyJob5_SetCredentials(world->job, &login);
}

/* Those that are set first; where nothing is, there is nothing to store. */
static HRESULT forget_login(struct world *world)
{
    HRESULT hr = set_login(world);

    if (FAILED(hr))
        return hr;
    assert_true(fault_configure("store=*"));
    hr = IBackgroundCopyJob5_RemoveCredentials(world->job, BG_AUTH_TARGET_SERVER,
                                               BG_AUTH_SCHEME_BASIC);
    assert_true(fault_configure(NULL));
    assert_hr(FULL, hr);
    return IBackgroundCopyJob5_RemoveCredentials(world->job, BG_AUTH_TARGET_SERVER,
                                                 BG_AUTH_SCHEME_BASIC);
}

static HRESULT add_file(struct world *world)
{
    wchar_t path[MAX_PATH];

    return IBackgroundCopyJob5_AddFile(world->job, URL, kit_path(&world->kit, L"c", path));
}

static HRESULT add_file_set(struct world *world)
{
    wchar_t url[] = URL, c[MAX_PATH], d[MAX_PATH];
    BG_FILE_INFO files[] = {{url, c}, {url, d}};

    kit_path(&world->kit, L"c", c);
    kit_path(&world->kit, L"d", d);
    return IBackgroundCopyJob5_AddFileSet(world->job, 2, files);
}

static HRESULT add_file_with_ranges(struct world *world)
{
    BG_FILE_RANGE ranges[] = {{0, 10}, {20, 30}};
    wchar_t path[MAX_PATH];

    return IBackgroundCopyJob5_AddFileWithRanges(world->job, URL, kit_path(&world->kit, L"c", path),
                                                 2, ranges);
}

static HRESULT add_file_of_an_id(struct world *world)
{
    IUnknown *file = NULL;
    HRESULT hr;

    hr = IDeliveryOptimizationJob2_AddFile(world->job2, L"id", URL, 0, NULL,
                                           &IID_IDeliveryOptimizationFile, (void **)&file);
    if (SUCCEEDED(hr))
        IUnknown_Release(file);
    return hr;
}

static HRESULT set_headers(struct world *world)
{
    return IBackgroundCopyJobHttpOptions3_SetCustomHeaders(world->options, L"X-Mine: 1\r\n");
}

static HRESULT hide_headers(struct world *world)
{
    return IBackgroundCopyJobHttpOptions3_MakeCustomHeadersWriteOnly(world->options);
}

static HRESULT set_security(struct world *world)
{
    return IBackgroundCopyJobHttpOptions3_SetSecurityFlags(world->options, 2);
}

static HRESULT set_method(struct world *world)
{
    return IBackgroundCopyJobHttpOptions3_SetHttpMethod(world->options, L"HEAD");
}

/* ---- of files ---- */

static HRESULT set_url(struct world *world)
{
    return IBackgroundCopyFile6_SetRemoteName(world->file, URL);
}

static HRESULT set_valid(struct world *world)
{
    return IBackgroundCopyFile6_SetValidationState(world->file, TRUE);
}

static HRESULT set_invalid(struct world *world)
{
    return IBackgroundCopyFile6_SetValidationState(world->file, FALSE);
}

static HRESULT set_mandatory(struct world *world)
{
    VARIANT value = {.vt = VT_BOOL, .boolVal = VARIANT_TRUE};

    return IDeliveryOptimizationFile2_SetProperty(world->file2,
                                                  DOFilePropertyId_IntegrityCheckMandatory, &value);
}

static HRESULT set_size(struct world *world)
{
    VARIANT value = {.vt = VT_UI8, .ullVal = SIZE};

    return IDeliveryOptimizationFile2_SetProperty(world->file2, DOFilePropertyId_TotalSizeBytes,
                                                  &value);
}

/* ---- of downloads ---- */

#define DOWNLOAD_CALL(function, expression)                                                        \
    static HRESULT function(struct world *world)                                                   \
    {                                                                                              \
        IDODownload *download = world->download;                                                   \
        return expression;                                                                         \
    }

DOWNLOAD_CALL(start, IDODownload_Start(download, NULL))
DOWNLOAD_CALL(pause, IDODownload_Pause(download))
DOWNLOAD_CALL(abort_download, IDODownload_Abort(download))
DOWNLOAD_CALL(finalize, IDODownload_Finalize(download))
DOWNLOAD_CALL(set_download_url, kit_set_string(download, DODownloadProperty_Uri, URL))
DOWNLOAD_CALL(set_download_name, kit_set_string(download, DODownloadProperty_DisplayName, L"after"))
DOWNLOAD_CALL(set_download_headers,
              kit_set_string(download, DODownloadProperty_HttpCustomHeaders, L"X-Mine: 1"))
DOWNLOAD_CALL(set_foreground, kit_set_bool(download, DODownloadProperty_ForegroundPriority, true))

static HRESULT start_ranges(struct world *world)
{
    DO_DOWNLOAD_RANGES_INFO ranges = {.RangeCount = 1, .Ranges = {{0, 100}}};

    return IDODownload_Start(world->download, &ranges);
}

static HRESULT set_path(struct world *world)
{
    wchar_t path[MAX_PATH];

    return kit_set_string(world->download, DODownloadProperty_LocalPath,
                          kit_path(&world->kit, L"e", path));
}

/* ---- all of them ---- */

static const struct call
{
    const char *name;
    HRESULT (*make)(struct world *world);
    enum scene scene;
    bool hidden; /* no getter tells what it changes */
} calls[] = {
    {"CreateJob", create_job, RESTING, false},
    {"CreateDownload", create_download, RESTING, false},
    {"Resume", resume, RESTING, false},
    {"Suspend", suspend, RUNNING, false},
    {"Cancel", cancel, RESTING, false},
    {"Cancel, running", cancel, RUNNING, false},
    {"Cancel, transferred", cancel, DONE, false},
    {"Complete", complete, DONE, false},
    {"SetDisplayName", set_name, RESTING, false},
    {"SetDescription", set_description, RESTING, false},
    {"SetPriority", set_priority, RESTING, false},
    {"SetPriority, running", set_priority, RUNNING, false},
    {"SetNotifyFlags", set_flags, RESTING, false},
    {"SetMinimumRetryDelay", set_delay, RESTING, false},
    {"SetNoProgressTimeout", set_timeout, RESTING, false},
    {"SetProxySettings", set_proxy, RESTING, false},
    {"SetNotifyCmdLine", set_program, RESTING, false},
    {"SetFileACLFlags", set_acl, RESTING, false},
    {"SetPeerCachingFlags", set_peers, RESTING, false},
    {"SetMaximumDownloadTime", set_time, RESTING, false},
    {"ReplaceRemotePrefix", replace_prefix, RESTING, false},
    {"SetCredentials", set_login, RESTING, true},
    {"RemoveCredentials", forget_login, RESTING, true},
    {"SetProperty", set_cost, RESTING, false},
    {"AddFile", add_file, RESTING, false},
    {"AddFile, running", add_file, RUNNING, false},
    {"AddFileSet", add_file_set, RESTING, false},
    {"AddFileWithRanges", add_file_with_ranges, RESTING, false},
    {"IDeliveryOptimizationJob2::AddFile", add_file_of_an_id, RESTING, false},
    {"SetCustomHeaders", set_headers, RESTING, false},
    {"MakeCustomHeadersWriteOnly", hide_headers, RESTING, true},
    {"SetSecurityFlags", set_security, RESTING, false},
    {"SetHttpMethod", set_method, RESTING, false},
    {"SetRemoteName", set_url, RESTING, false},
    {"SetValidationState TRUE", set_valid, DONE, false},
    {"SetValidationState FALSE", set_invalid, DONE, false},
    {"file's IntegrityCheckMandatory", set_mandatory, RESTING, false},
    {"file's TotalSizeBytes", set_size, RESTING, true},
    {"Start", start, RESTING, false},
    {"Start, ranges", start_ranges, RESTING, false},
    {"Pause", pause, RUNNING, false},
    {"Abort", abort_download, RESTING, false},
    {"Abort, running", abort_download, RUNNING, false},
    {"Abort, transferred", abort_download, DONE, false},
    {"Finalize", finalize, DONE, false},
    {"Uri", set_download_url, RESTING, false},
    {"DisplayName", set_download_name, RESTING, false},
    {"LocalPath", set_path, RESTING, false},
    {"HttpCustomHeaders", set_download_headers, RESTING, false},
    {"ForegroundPriority", set_foreground, RESTING, false},
};

#endif
