#include "checks.h"

#include "code_name.h"
#include "com.h"

#include "dosvc.h"

#include <winhttp.h>

#define SECURITY_WIN32
#include <schannel.h>
#include <security.h>
#include <wincrypt.h>

#include <stdarg.h>
#include <stdio.h>
#include <wchar.h>

#define PATH_CHARS 4096

static void find(struct check *check, enum verdict verdict, const WCHAR *format, ...)
{
    va_list list;

    va_start(list, format);
    check->verdict = verdict;
    if (vswprintf(check->finding, FINDING_CHARS, format, list) < 0)
        check->finding[FINDING_CHARS - 1] = 0;
    va_end(list);
}

/* ---- the folder ---- */

/* Where the queue lies; false and a finding if nobody can say. */
static bool queue_folder(struct check *check, WCHAR *folder)
{
    WCHAR local[PATH_CHARS];
    DWORD length = GetEnvironmentVariableW(L"DOSVC_HOME", folder, PATH_CHARS);

    if (length && length < PATH_CHARS)
        return true;
    length = GetEnvironmentVariableW(L"LOCALAPPDATA", local, PATH_CHARS - 16);
    if (!length || length >= PATH_CHARS - 16)
    {
        find(check, VERDICT_WRONG,
             L"Neither DOSVC_HOME nor LOCALAPPDATA says where the queue is to lie. Set DOSVC_HOME "
             L"to a folder of this user.");
        return false;
    }
    swprintf(folder, PATH_CHARS, L"%ls\\dosvc", local);
    return true;
}

static void check_folder(struct check *check)
{
    WCHAR folder[PATH_CHARS], probe[PATH_CHARS + 32];
    ULARGE_INTEGER room;
    DWORD attributes;
    HANDLE file;

    if (!queue_folder(check, folder))
        return;
    attributes = GetFileAttributesW(folder);
    if (attributes == INVALID_FILE_ATTRIBUTES)
    {
        find(check, VERDICT_NOTE, L"%ls is not there yet; the first job makes it.", folder);
        return;
    }
    if (!(attributes & FILE_ATTRIBUTE_DIRECTORY))
    {
        find(check, VERDICT_WRONG,
             L"%ls is a file, where the queue's folder should be. Move it away.", folder);
        return;
    }
    swprintf(probe, sizeof(probe) / sizeof(probe[0]), L"%ls\\doctor-%lu.tmp", folder,
             GetCurrentProcessId());
    file = CreateFileW(probe, GENERIC_WRITE, 0, NULL, CREATE_NEW, FILE_FLAG_DELETE_ON_CLOSE, NULL);
    if (file == INVALID_HANDLE_VALUE)
    {
        find(check, VERDICT_WRONG,
             L"Nothing can be written in %ls (error %lu). Give this user full access to it, or set "
             L"DOSVC_HOME.",
             folder, GetLastError());
        return;
    }
    CloseHandle(file);
    if (GetDiskFreeSpaceExW(folder, &room, NULL, NULL) && room.QuadPart < 64ull << 20)
        find(check, VERDICT_WRONG, L"There are only %u MiB left on the disk of %ls.",
             (unsigned int)(room.QuadPart >> 20), folder);
    else
        find(check, VERDICT_GOOD, L"The queue lies in %ls.", folder);
}

/* ---- the database ---- */

/* A quarantined database lies beside the new one. */
static bool find_damaged(const WCHAR *folder, WCHAR *name)
{
    WCHAR pattern[PATH_CHARS + 32];
    WIN32_FIND_DATAW found;
    HANDLE search;

    swprintf(pattern, sizeof(pattern) / sizeof(pattern[0]), L"%ls\\queue.db.damaged*", folder);
    search = FindFirstFileW(pattern, &found);
    if (search == INVALID_HANDLE_VALUE)
        return false;
    FindClose(search);
    wcscpy(name, found.cFileName);
    return true;
}

static unsigned int count_jobs(IBackgroundCopyManager *manager)
{
    IEnumBackgroundCopyJobs *jobs;
    ULONG count = 0;

    if (FAILED(IBackgroundCopyManager_EnumJobs(manager, 0, &jobs)))
        return 0;
    IEnumBackgroundCopyJobs_GetCount(jobs, &count);
    IEnumBackgroundCopyJobs_Release(jobs);
    return count;
}

static void check_database(struct check *check)
{
    WCHAR folder[PATH_CHARS], damaged[MAX_PATH], *sentence = NULL;
    IBackgroundCopyManager *manager;
    const WCHAR *name;
    unsigned int jobs;
    HRESULT hr;

    hr = com_create(&CLSID_DosvcManager, &IID_IBackgroundCopyManager, (void **)&manager);
    if (FAILED(hr))
    {
        name = code_name(hr);
        find(check, VERDICT_WRONG,
             L"The queue cannot be opened: 0x%08lX %ls. Run again with DOSVC_LOG=warn to see why.",
             (unsigned long)hr, name ? name : L"");
        return;
    }
    jobs = count_jobs(manager);
    IBackgroundCopyManager_Release(manager);
    CoTaskMemFree(sentence);
    if (queue_folder(check, folder) && find_damaged(folder, damaged))
        find(check, VERDICT_NOTE,
             L"The queue works. An older one was damaged and lies beside it as %ls; delete it when "
             L"nobody needs it.",
             damaged);
    else
        find(check, VERDICT_GOOD,
             L"The queue can be read and holds %u job%ls of Delivery "
             L"Optimization.",
             jobs, jobs == 1 ? L"" : L"s");
}

/* ---- the registration ---- */

static void check_registration(struct check *check)
{
    WCHAR guid[64], key[160], path[PATH_CHARS], *file = path;
    DWORD size = sizeof(path);
    LSTATUS status;

    StringFromGUID2(&CLSID_DosvcManager, guid, sizeof(guid) / sizeof(guid[0]));
    swprintf(key, sizeof(key) / sizeof(key[0]), L"CLSID\\%ls\\InprocServer32", guid);
    status = RegGetValueW(HKEY_CLASSES_ROOT, key, NULL, RRF_RT_REG_SZ, NULL, path, &size);
    if (status == ERROR_FILE_NOT_FOUND || status == ERROR_PATH_NOT_FOUND)
    {
        find(check, VERDICT_NOTE,
             L"dosvc.dll is not registered, so programs that ask CoCreateInstance for it do not "
             L"find it; doctl uses the one beside it. To register: regsvr32 .\\dosvc.dll");
        return;
    }
    if (status)
    {
        find(check, VERDICT_WRONG, L"The registration cannot be read: error %ld.", status);
        return;
    }
    if (*file == '"' && wcslen(file) > 2)
    {
        file++;
        file[wcslen(file) - 1] = 0;
    }
    if (GetFileAttributesW(file) == INVALID_FILE_ATTRIBUTES)
        find(check, VERDICT_WRONG,
             L"Registered is %ls, but there is no such file. Register the right one by its full "
             L"path: regsvr32 .\\dosvc.dll",
             file);
    else
        find(check, VERDICT_GOOD, L"Registered is %ls.", file);
}

/* ---- the proxy ---- */

static void free_proxy(WINHTTP_CURRENT_USER_IE_PROXY_CONFIG *config)
{
    if (config->lpszAutoConfigUrl)
        GlobalFree(config->lpszAutoConfigUrl);
    if (config->lpszProxy)
        GlobalFree(config->lpszProxy);
    if (config->lpszProxyBypass)
        GlobalFree(config->lpszProxyBypass);
}

/* False: the environment names none. */
static bool proxy_from_environment(struct check *check)
{
    static const WCHAR *const names[] = {L"https_proxy", L"http_proxy", L"all_proxy"};
    WCHAR value[1024], *at;
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
    {
        DWORD length = GetEnvironmentVariableW(names[i], value, sizeof(value) / sizeof(value[0]));

        if (!length || length >= sizeof(value) / sizeof(value[0]))
            continue;
        at = wcsrchr(value, '@'); /* never a credential */
        find(check, VERDICT_GOOD, L"The environment's %ls is %ls.", names[i], at ? at + 1 : value);
        return true;
    }
    return false;
}

static void check_proxy(struct check *check)
{
    WINHTTP_CURRENT_USER_IE_PROXY_CONFIG config = {0};

    if (proxy_from_environment(check))
        return;
    if (!WinHttpGetIEProxyConfigForCurrentUser(&config))
    {
        if (GetLastError() == ERROR_FILE_NOT_FOUND)
            find(check, VERDICT_GOOD, L"No proxy is set; servers are reached directly.");
        else
            find(check, VERDICT_WRONG,
                 L"The system's proxy settings cannot be read (error %lu). Give jobs a proxy of "
                 L"their own.",
                 GetLastError());
        return;
    }
    if (config.lpszAutoConfigUrl)
        find(check, VERDICT_GOOD, L"A script says which proxy: %ls.", config.lpszAutoConfigUrl);
    else if (config.lpszProxy)
        find(check, VERDICT_GOOD, L"The system's proxy is %ls.", config.lpszProxy);
    else if (config.fAutoDetect)
        find(check, VERDICT_GOOD, L"The proxy is found by itself (WPAD), if there is one.");
    else
        find(check, VERDICT_GOOD, L"No proxy is set; servers are reached directly.");
    free_proxy(&config);
}

/* ---- TLS ---- */

static unsigned int count_roots(void)
{
    HCERTSTORE store = CertOpenSystemStoreW(0, L"ROOT");
    const CERT_CONTEXT *certificate = NULL;
    unsigned int count = 0;

    while (store && (certificate = CertEnumCertificatesInStore(store, certificate)))
        count++;
    if (store)
        CertCloseStore(store, 0);
    return count;
}

static void check_tls(struct check *check)
{
    SCHANNEL_CRED wanted = {.dwVersion = SCHANNEL_CRED_VERSION};
    WCHAR package[] = L"Microsoft Unified Security Protocol Provider";
    CredHandle credentials;
    SECURITY_STATUS status;
    TimeStamp expiry;

    status = AcquireCredentialsHandleW(NULL, package, SECPKG_CRED_OUTBOUND, NULL, &wanted, NULL,
                                       NULL, &credentials, &expiry);
    if (status != SEC_E_OK)
    {
        find(check, VERDICT_WRONG,
             L"TLS cannot be used: 0x%08lX. Under Wine it needs the library GnuTLS (libgnutls30).",
             (unsigned long)status);
        return;
    }
    FreeCredentialsHandle(&credentials);
    if (count_roots())
        find(check, VERDICT_GOOD, L"TLS can be used, with %u root certificates.", count_roots());
    else
        find(check, VERDICT_WRONG,
             L"No root certificate is installed, so no https server is trusted. Under Wine they "
             L"come from the machine's ca-certificates.");
}

bool check_run(size_t number, struct check *check)
{
    static const struct
    {
        const WCHAR *name;
        void (*run)(struct check *check);
    } checks[] = {
        {L"folder", check_folder},
        {L"database", check_database},
        {L"registration", check_registration},
        {L"proxy", check_proxy},
        {L"TLS", check_tls},
    };

    if (number >= sizeof(checks) / sizeof(checks[0]))
        return false;
    check->name = checks[number].name;
    check->finding[0] = 0;
    checks[number].run(check);
    return true;
}
