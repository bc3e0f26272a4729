#include "testkit/kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static wchar_t home[MAX_PATH]; /* this process's queue; empty: not its own */

/* ---- folders ------------------------------------------------------------------------------------
 */

void kit_remove_folder(const wchar_t *folder)
{
    wchar_t path[MAX_PATH * 2];
    WIN32_FIND_DATAW found;
    HANDLE search;

    swprintf(path, ARRAY_SIZE(path), L"%ls\\*", folder);
    search = FindFirstFileW(path, &found);
    if (search == INVALID_HANDLE_VALUE)
        return;
    do
    {
        swprintf(path, ARRAY_SIZE(path), L"%ls\\%ls", folder, found.cFileName);
        if (!(found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY))
        {
            SetFileAttributesW(path, FILE_ATTRIBUTE_NORMAL);
            DeleteFileW(path);
        }
        else if (wcscmp(found.cFileName, L".") != 0 && wcscmp(found.cFileName, L"..") != 0)
            kit_remove_folder(path);
    } while (FindNextFileW(search, &found));
    FindClose(search);
    RemoveDirectoryW(folder);
}

bool kit_make_folder(const wchar_t *name, wchar_t *folder)
{
    static LONG counter;
    wchar_t temp[MAX_PATH];

    if (!GetTempPathW(ARRAY_SIZE(temp), temp))
        return false;
    swprintf(folder, MAX_PATH, L"%lsdosvc-%ls-%lu-%ld", temp, name, GetCurrentProcessId(),
             InterlockedIncrement(&counter));
    kit_remove_folder(folder); /* of a dead process that had the same id */
    return CreateDirectoryW(folder, NULL);
}

wchar_t *kit_path(const struct kit *kit, const wchar_t *name, wchar_t *buffer)
{
    swprintf(buffer, MAX_PATH, L"%ls\\%ls", kit->folder, name);
    return buffer;
}

/* ---- the process --------------------------------------------------------------------------------
 */

/* The C library keeps a copy of the environment, and a DLL may ask either. */
void kit_environment(const wchar_t *name, const wchar_t *value)
{
    SetEnvironmentVariableW(name, value);
    _wputenv_s(name, value ? value : L"");
}

static void remove_home(void)
{
    kit_remove_folder(home);
}

static void filter_tests(void)
{
    static char pattern[128];

    if (GetEnvironmentVariableA("TESTKIT_FILTER", pattern, sizeof(pattern)))
        cmocka_set_test_filter(pattern);
}

void kit_process(const wchar_t *faults)
{
    filter_tests();
    if (home[0] || GetEnvironmentVariableW(KIT_CHILD_MARK, NULL, 0))
        return;
    if (!kit_make_folder(L"home", home))
        abort();
    atexit(remove_home);
    kit_environment(L"DOSVC_HOME", home);
    if (faults)
        kit_environment(L"DOSVC_FAULTS", faults);
}

/* ---- objects ------------------------------------------------------------------------------------
 */

HMODULE kit_dll(void)
{
    HMODULE module = GetModuleHandleW(L"dosvc.dll");
    wchar_t path[MAX_PATH];

    if (!module && GetEnvironmentVariableW(L"DOSVC_DLL", path, ARRAY_SIZE(path)))
        module = LoadLibraryW(path);
    return module;
}

typedef HRESULT(STDAPICALLTYPE *get_class_object)(REFCLSID clsid, REFIID iid, void **object);

static HRESULT create_from_dll(REFCLSID clsid, REFIID iid, void **object)
{
    HMODULE module = kit_dll();
    IClassFactory *factory;
    get_class_object get;
    HRESULT hr;

    get = module ? (get_class_object)(void *)GetProcAddress(module, "DllGetClassObject") : NULL;
    if (!get)
        return REGDB_E_CLASSNOTREG;
    hr = get(clsid, &IID_IClassFactory, (void **)&factory);
    if (SUCCEEDED(hr))
    {
        hr = IClassFactory_CreateInstance(factory, NULL, iid, object);
        IClassFactory_Release(factory);
    }
    return hr;
}

bool kit_goes_way(const wchar_t *way)
{
    wchar_t ways[64];

    return GetEnvironmentVariableW(L"TESTKIT_WAY", ways, ARRAY_SIZE(ways)) && wcsstr(ways, way);
}

bool kit_wait_rpc_service(void)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service =
        manager ? OpenServiceW(manager, L"RpcSs", SERVICE_QUERY_STATUS | SERVICE_START) : NULL;
    uint64_t deadline = GetTickCount64() + 3 * KIT_LIMIT;
    SERVICE_STATUS status = {.dwCurrentState = SERVICE_STOPPED};

    while (service && QueryServiceStatus(service, &status) &&
           status.dwCurrentState != SERVICE_RUNNING && GetTickCount64() < deadline)
    {
        StartServiceW(service, 0, NULL); /* refused while another service is being started */
        kit_pass(100);
    }
    if (service)
        CloseServiceHandle(service);
    if (manager)
        CloseServiceHandle(manager);
    return status.dwCurrentState == SERVICE_RUNNING;
}

/* By the manifest beside the DLL: what the registry says does not count. */
static HRESULT create_from_manifest(REFCLSID clsid, REFIID iid, void **object)
{
    wchar_t path[MAX_PATH], *slash;
    ACTCTXW context = {.cbSize = sizeof(context), .lpSource = path};
    ULONG_PTR cookie;
    HANDLE handle;
    HRESULT hr;

    if (!GetEnvironmentVariableW(L"DOSVC_DLL", path, ARRAY_SIZE(path)))
        return REGDB_E_CLASSNOTREG;
    for (slash = path + wcslen(path); slash > path && *slash != '\\' && *slash != '/'; slash--)
        ;
    wcscpy(slash + 1, L"dosvc.manifest");
    handle = CreateActCtxW(&context);
    if (handle == INVALID_HANDLE_VALUE)
        return HRESULT_FROM_WIN32(GetLastError());
    hr = HRESULT_FROM_WIN32(ERROR_INTERNAL_ERROR);
    if (ActivateActCtx(handle, &cookie))
    {
        hr = CoCreateInstance(clsid, NULL, CLSCTX_INPROC_SERVER, iid, object);
        DeactivateActCtx(0, cookie);
    }
    ReleaseActCtx(handle);
    return hr;
}

HRESULT kit_create(REFCLSID clsid, REFIID iid, void **object)
{
    HRESULT hr;

    *object = NULL;
    if (kit_goes_way(KIT_BY_MANIFEST))
        return create_from_manifest(clsid, iid, object);
    if (kit_goes_way(KIT_BY_SERVER) && !IsEqualCLSID(clsid, &CLSID_DosvcCallback) &&
        kit_wait_rpc_service())
        return CoCreateInstance(clsid, NULL, CLSCTX_LOCAL_SERVER, iid, object);
    hr = CoCreateInstance(clsid, NULL, CLSCTX_INPROC_SERVER, iid, object);
    return hr == REGDB_E_CLASSNOTREG ? create_from_dll(clsid, iid, object) : hr;
}

HRESULT kit_manager(REFCLSID clsid, IBackgroundCopyManager **manager)
{
    return kit_create(clsid, &IID_IBackgroundCopyManager, (void **)manager);
}

wchar_t *kit_text(size_t length)
{
    wchar_t *text = calloc(length + 1, sizeof(*text));

    assert_non_null(text);
    wmemset(text, L'x', length);
    return text;
}

void *kit_face(void *object, REFIID iid)
{
    void *face = NULL;

    assert_hr(S_OK, IUnknown_QueryInterface((IUnknown *)object, iid, &face));
    return face;
}

static IBackgroundCopyJob *create_job(IBackgroundCopyManager *manager, const wchar_t *name)
{
    IBackgroundCopyJob *job = NULL;
    GUID id;

    assert_hr(S_OK,
              IBackgroundCopyManager_CreateJob(manager, name, BG_JOB_TYPE_DOWNLOAD, &id, &job));
    assert_non_null(job);
    return job;
}

IBackgroundCopyJob *kit_job(struct kit *kit, const wchar_t *name)
{
    return create_job(kit->manager, name);
}

IBackgroundCopyJob *kit_job_of_class(REFCLSID clsid, const wchar_t *name)
{
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job;

    assert_hr(S_OK, kit_manager(clsid, &manager));
    job = create_job(manager, name);
    IBackgroundCopyManager_Release(manager);
    return job;
}

void kit_cancel(IBackgroundCopyJob *job)
{
    assert_hr(S_OK, IBackgroundCopyJob_Cancel(job));
    IBackgroundCopyJob_Release(job);
}

void kit_add_file(struct kit *kit, IBackgroundCopyJob *job, const char *path, const wchar_t *name)
{
    wchar_t url[HTTPD_URL_MAX], local[MAX_PATH];

    assert_hr(S_OK, IBackgroundCopyJob_AddFile(job, httpd_wide_url(kit->httpd, path, url),
                                               kit_path(kit, name, local)));
}

IBackgroundCopyJob *kit_job_of(struct kit *kit, const char *path, const wchar_t *name)
{
    IBackgroundCopyJob *job = kit_job(kit, name);

    kit_add_file(kit, job, path, name);
    return job;
}

HRESULT kit_set_string(IDODownload *download, DODownloadProperty property, const wchar_t *value)
{
    VARIANT variant;
    HRESULT hr;

    VariantInit(&variant);
    V_VT(&variant) = VT_BSTR;
    V_BSTR(&variant) = SysAllocString(value);
    hr = IDODownload_SetProperty(download, property, &variant);
    VariantClear(&variant);
    return hr;
}

HRESULT kit_set_uint(IDODownload *download, DODownloadProperty property, uint32_t value)
{
    VARIANT variant;

    VariantInit(&variant);
    V_VT(&variant) = VT_UI4;
    V_UI4(&variant) = value;
    return IDODownload_SetProperty(download, property, &variant);
}

HRESULT kit_set_bool(IDODownload *download, DODownloadProperty property, bool value)
{
    VARIANT variant;

    VariantInit(&variant);
    V_VT(&variant) = VT_BOOL;
    V_BOOL(&variant) = value ? VARIANT_TRUE : VARIANT_FALSE;
    return IDODownload_SetProperty(download, property, &variant);
}

IDODownload *kit_download(struct kit *kit)
{
    IDOManager *manager = kit_face(kit->manager, &IID_IDOManager);
    IDODownload *download = NULL;

    assert_hr(S_OK, IDOManager_CreateDownload(manager, &download));
    IDOManager_Release(manager);
    return download;
}

DODownloadState kit_download_state(IDODownload *download)
{
    DO_DOWNLOAD_STATUS status;

    assert_hr(S_OK, IDODownload_GetStatus(download, &status));
    return status.State;
}

IDODownload *kit_download_of(struct kit *kit, const char *path, const wchar_t *name)
{
    IDODownload *download = kit_download(kit);
    wchar_t url[HTTPD_URL_MAX], local[MAX_PATH];

    assert_hr(S_OK, kit_set_string(download, DODownloadProperty_Uri,
                                   httpd_wide_url(kit->httpd, path, url)));
    assert_hr(S_OK,
              kit_set_string(download, DODownloadProperty_LocalPath, kit_path(kit, name, local)));
    return download;
}

/* ---- fixtures -----------------------------------------------------------------------------------
 */

static int set_up(void **state, bool sta)
{
    struct kit *kit = calloc(1, sizeof(*kit));

    if (!kit)
        return -1;
    *state = kit;
    kit->sta = sta;
    kit_process(NULL);
    kit_live(&kit->before);
    if (!kit_make_folder(L"test", kit->folder) || !(kit->httpd = httpd_start()))
        return -1;
    assert_hr(S_OK, CoInitializeEx(NULL, sta ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED));
    assert_hr(S_OK, kit_manager(&CLSID_DosvcManager, &kit->manager));
    return 0;
}

int kit_setup(void **state)
{
    return set_up(state, kit_goes_way(KIT_IN_STA));
}

int kit_setup_sta(void **state)
{
    return set_up(state, true);
}

void kit_leave_queue(struct kit *kit)
{
    IBackgroundCopyManager_Release(kit->manager);
    kit->manager = NULL;
    assert_true(kit_wait_nothing_more(&kit->before));
}

int kit_setup_without_queue(void **state)
{
    int result = kit_setup(state);

    if (!result)
        kit_leave_queue(*state);
    return result;
}

static void cancel_jobs(IBackgroundCopyManager *manager)
{
    IEnumBackgroundCopyJobs *jobs;
    IBackgroundCopyJob *job;

    if (IBackgroundCopyManager_EnumJobs(manager, 0, &jobs) != S_OK)
        return;
    while (IEnumBackgroundCopyJobs_Next(jobs, 1, &job, NULL) == S_OK)
    {
        IBackgroundCopyJob_Cancel(job);
        IBackgroundCopyJob_Release(job);
    }
    IEnumBackgroundCopyJobs_Release(jobs);
}

static void abort_one(IUnknown *unknown)
{
    IDODownload *download;

    if (SUCCEEDED(IUnknown_QueryInterface(unknown, &IID_IDODownload, (void **)&download)))
    {
        IDODownload_Abort(download);
        IDODownload_Release(download);
    }
    IUnknown_Release(unknown);
}

static void abort_downloads(IBackgroundCopyManager *manager)
{
    IEnumUnknown *downloads;
    IDOManager *face;
    IUnknown *unknown;
    ULONG fetched;

    if (FAILED(IBackgroundCopyManager_QueryInterface(manager, &IID_IDOManager, (void **)&face)))
        return;
    if (IDOManager_EnumDownloads(face, NULL, &downloads) == S_OK)
    {
        while (IEnumUnknown_Next(downloads, 1, &unknown, &fetched) == S_OK)
            abort_one(unknown);
        IEnumUnknown_Release(downloads);
    }
    IDOManager_Release(face);
}

int kit_teardown(void **state)
{
    struct kit *kit = *state;
    bool clean = true;

    if (kit->manager)
    {
        cancel_jobs(kit->manager);
        abort_downloads(kit->manager);
        IBackgroundCopyManager_Release(kit->manager);
        clean = kit_wait_nothing_more(&kit->before);
    }
    httpd_stop(kit->httpd);
    CoUninitialize();
    kit_remove_folder(kit->folder);
    free(kit);
    return clean ? 0 : -1;
}
