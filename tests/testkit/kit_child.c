/* The kit's child processes: this test program once more. */
#include "testkit/kit.h"

#include <stdio.h>
#include <stdlib.h>

/* In the environment of a child. */
#define URL_NAME L"TESTKIT_URL"
#define TARGET_NAME L"TESTKIT_TARGET"

/* A file, never a pipe: a process started by the child keeps a pipe open. */
static HANDLE open_output(const wchar_t *path)
{
    SECURITY_ATTRIBUTES inherited = {sizeof(inherited), NULL, TRUE};

    return CreateFileW(path, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                       &inherited, CREATE_ALWAYS, 0, NULL);
}

/* On a machine that is out of breath Wine's new process may die before it begins. */
static BOOL start(const wchar_t *program, wchar_t *command, STARTUPINFOW *startup,
                  PROCESS_INFORMATION *process)
{
    unsigned int tries = 3;
    BOOL started;

    do
        started =
            CreateProcessW(program, command, NULL, NULL, TRUE, 0, NULL, NULL, startup, process);
    while (!started && GetLastError() == ERROR_INTERNAL_ERROR && --tries);
    return started;
}

void kit_child(struct kit_child *child, const struct kit *kit, const wchar_t *argument)
{
    static unsigned int counter;
    STARTUPINFOW startup = {.cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES};
    wchar_t program[MAX_PATH], command[MAX_PATH * 2], name[32];
    PROCESS_INFORMATION process;
    BOOL started;
    HANDLE output;

    swprintf(name, ARRAY_SIZE(name), L"child-%u.txt", ++counter);
    kit_path(kit, name, child->output);
    output = open_output(child->output);
    startup.hStdOutput = startup.hStdError = output;
    GetModuleFileNameW(NULL, program, ARRAY_SIZE(program));
    swprintf(command, ARRAY_SIZE(command), L"\"%ls\" %ls", program, argument);
    kit_environment(KIT_CHILD_MARK, L"1");
    started = start(program, command, &startup, &process);
    if (!started)
        print_error("%ls: error %lu\n", command, GetLastError());
    kit_environment(KIT_CHILD_MARK, NULL);
    CloseHandle(output);
    assert_true(started);
    CloseHandle(process.hThread);
    child->process = process.hProcess;
}

static void show_output(const struct kit_child *child)
{
    FILE *file = _wfopen(child->output, L"r");
    char line[512];

    while (file && fgets(line, sizeof(line), file))
        print_error("child: %s", line);
    if (file)
        fclose(file);
}

DWORD kit_child_wait(struct kit_child *child, unsigned int ms)
{
    DWORD code = STILL_ACTIVE;

    if (WaitForSingleObject(child->process, ms) == WAIT_OBJECT_0)
        GetExitCodeProcess(child->process, &code);
    else
        TerminateProcess(child->process, 98);
    WaitForSingleObject(child->process, 5000);
    CloseHandle(child->process);
    child->process = NULL;
    if (code)
        show_output(child);
    return code;
}

void kit_child_kill(struct kit_child *child)
{
    TerminateProcess(child->process, 98);
    WaitForSingleObject(child->process, 5000);
    CloseHandle(child->process);
    child->process = NULL;
}

void kit_offer(const struct kit *kit, const char *path, const wchar_t *name, wchar_t *target)
{
    wchar_t url[HTTPD_URL_MAX];

    kit_environment(URL_NAME, httpd_wide_url(kit->httpd, path, url));
    kit_environment(TARGET_NAME, kit_path(kit, name, target));
}

static bool offered(wchar_t url[HTTPD_URL_MAX], wchar_t target[MAX_PATH])
{
    return GetEnvironmentVariableW(URL_NAME, url, HTTPD_URL_MAX) &&
           GetEnvironmentVariableW(TARGET_NAME, target, MAX_PATH);
}

HRESULT kit_take_offer(IBackgroundCopyManager *manager, IBackgroundCopyJob **job)
{
    wchar_t url[HTTPD_URL_MAX], target[MAX_PATH];
    HRESULT hr;
    GUID id;

    *job = NULL;
    if (!offered(url, target))
        return E_FAIL;
    hr = IBackgroundCopyManager_CreateJob(manager, L"child", BG_JOB_TYPE_DOWNLOAD, &id, job);
    if (FAILED(hr))
        return hr;
    hr = IBackgroundCopyJob_AddFile(*job, url, target);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyJob_Resume(*job);
    if (SUCCEEDED(hr))
        return hr;
    IBackgroundCopyJob_Release(*job);
    *job = NULL;
    return hr;
}

IBackgroundCopyJob *kit_offered_job(IBackgroundCopyManager *manager)
{
    IBackgroundCopyJob *job;

    return SUCCEEDED(kit_take_offer(manager, &job)) ? job : NULL;
}

IDODownload *kit_offered_download(IDOManager *manager)
{
    wchar_t url[HTTPD_URL_MAX], target[MAX_PATH];
    IDODownload *download;

    if (!offered(url, target) || FAILED(IDOManager_CreateDownload(manager, &download)))
        return NULL;
    if (SUCCEEDED(kit_set_string(download, DODownloadProperty_Uri, url)) &&
        SUCCEEDED(kit_set_string(download, DODownloadProperty_LocalPath, target)) &&
        SUCCEEDED(IDODownload_Start(download, NULL)))
        return download;
    IDODownload_Release(download);
    return NULL;
}
