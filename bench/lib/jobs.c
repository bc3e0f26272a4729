#include "jobs.h"

#include <stdio.h>
#include <wchar.h>

HRESULT jobs_manager(IBackgroundCopyManager **manager)
{
    return CoCreateInstance(&CLSID_DosvcManager, NULL, CLSCTX_INPROC_SERVER,
                            &IID_IBackgroundCopyManager, (void **)manager);
}

HRESULT jobs_create(IBackgroundCopyManager *manager, const WCHAR *url, const WCHAR *path,
                    IBackgroundCopyJob **job)
{
    HRESULT hr;
    GUID id;

    hr = IBackgroundCopyManager_CreateJob(manager, L"bench", BG_JOB_TYPE_DOWNLOAD, &id, job);
    if (FAILED(hr))
        return hr;
    hr = IBackgroundCopyJob_AddFile(*job, url, path);
    if (FAILED(hr))
        IBackgroundCopyJob_Release(*job);
    return hr;
}

void jobs_cancel_all(IBackgroundCopyManager *manager)
{
    IEnumBackgroundCopyJobs *list;
    IBackgroundCopyJob *job;

    if (FAILED(IBackgroundCopyManager_EnumJobs(manager, 0, &list)))
        return;
    while (IEnumBackgroundCopyJobs_Next(list, 1, &job, NULL) == S_OK)
    {
        IBackgroundCopyJob_Cancel(job);
        IBackgroundCopyJob_Release(job);
    }
    IEnumBackgroundCopyJobs_Release(list);
}

/* What is there was left by a process that was killed and had the same id. */
bool jobs_own_queue(WCHAR folder[MAX_PATH])
{
    WCHAR temp[MAX_PATH];

    GetTempPathW(MAX_PATH, temp);
    swprintf(folder, MAX_PATH, L"%lsbench-queue-%lu", temp, GetCurrentProcessId());
    jobs_remove_queue(folder);
    return CreateDirectoryW(folder, NULL) && SetEnvironmentVariableW(L"DOSVC_HOME", folder);
}

void jobs_remove_queue(const WCHAR *folder)
{
    WCHAR name[MAX_PATH];
    WIN32_FIND_DATAW data;
    HANDLE find;

    swprintf(name, MAX_PATH, L"%ls\\*", folder);
    find = FindFirstFileW(name, &data);
    if (find == INVALID_HANDLE_VALUE)
        return;
    do
    {
        swprintf(name, MAX_PATH, L"%ls\\%ls", folder, data.cFileName);
        DeleteFileW(name);
    } while (FindNextFileW(find, &data));
    FindClose(find);
    RemoveDirectoryW(folder);
}

bool jobs_silent_url(WCHAR *url, size_t size)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int length = sizeof(address);
    WSADATA data;
    SOCKET server;

    WSAStartup(MAKEWORD(2, 2), &data);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(server, (struct sockaddr *)&address, sizeof(address)) || listen(server, 200) ||
        getsockname(server, (struct sockaddr *)&address, &length))
        return false;
    swprintf(url, size, L"http://127.0.0.1:%u/never", ntohs(address.sin_port));
    return true;
}
