#include "com/job_methods.h"
#include "com/job_lane.h"
#include "com/notify_fallback.h"
#include "base/handle.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "model/challenge.h"
#include "model/range.h"
#include <assert.h>
#include <wchar.h>

#define PROGRAM_LENGTH MAX_PATH /* characters of a notification's command line */
#define PARAMETERS_LENGTH 4000
#define USER_LENGTH 300
#define PASSWORD_LENGTH 65536

/* ---- IBackgroundCopyJob2 ---- */

JOB_METHOD(SetNotifyCmdLine, LPCWSTR program, LPCWSTR parameters)
{
    const struct job_setting settings[] = {
        {.is_text = true, .text = JOB_COMMAND_PROGRAM, .content = program},
        {.is_text = true, .text = JOB_COMMAND_PARAMETERS, .content = parameters},
    };
    struct job *job = job_of(iface);
    HRESULT hr;

    TRACE("%p %s", (void *)iface, LOG_WIDE(program));
    if (!program && parameters)
        return E_INVALIDARG;
    if (program && text_exceeds(program, PROGRAM_LENGTH))
        return BG_E_STRING_TOO_LONG;
    if (parameters && text_exceeds(parameters, PARAMETERS_LENGTH))
        return BG_E_STRING_TOO_LONG;
    if (program && FAILED(hr = notify_command_judge(program)))
        return hr;
    /* what it needs is there before anything changes; without a program it starts nothing */
    if (program && FAILED(hr = job_lane_may_fall_back(job)))
        return hr;
    hr = engine_set_job(job, settings, ARRAY_SIZE(settings));
    if (SUCCEEDED(hr) && program)
        hr = job_lane_fall_back(job);
    return hr;
}

JOB_METHOD(GetNotifyCmdLine, LPWSTR *program, LPWSTR *parameters)
{
    struct job *job = job_of(iface);
    HRESULT hr;

    TRACE("%p %p %p", (void *)iface, (void *)program, (void *)parameters);
    if (!program || !parameters)
        return E_INVALIDARG;
    *parameters = NULL;
    hr = job_text_to_client(job, JOB_COMMAND_PROGRAM, L"", program);
    if (FAILED(hr))
        return hr;
    hr = job_text_to_client(job, JOB_COMMAND_PARAMETERS, L"", parameters);
    if (FAILED(hr))
    {
        CoTaskMemFree(*program);
        *program = NULL;
    }
    return hr;
}

/* There are no upload-reply jobs: what BITS answers for a download job. */
JOB_METHOD(GetReplyProgress, BG_JOB_REPLY_PROGRESS *progress)
{
    TRACE("%p %p", (void *)iface, (void *)progress);
    return progress ? E_NOTIMPL : E_INVALIDARG;
}

JOB_METHOD(GetReplyData, byte **data, UINT64 *length)
{
    TRACE("%p %p %p", (void *)iface, (void *)data, (void *)length);
    if (!data || !length)
        return E_INVALIDARG;
    *data = NULL;
    *length = 0;
    return E_NOTIMPL;
}

JOB_METHOD(SetReplyFileName, LPCWSTR name)
{
    TRACE("%p %s", (void *)iface, LOG_WIDE(name));
    return E_NOTIMPL;
}

JOB_METHOD(GetReplyFileName, LPWSTR *name)
{
    TRACE("%p %p", (void *)iface, (void *)name);
    if (!name)
        return E_INVALIDARG;
    *name = NULL;
    return E_NOTIMPL;
}

/* Passport is a scheme of Windows' own that no server speaks any more. */
static HRESULT judge_scheme(BG_AUTH_TARGET target, BG_AUTH_SCHEME scheme)
{
    if (target != BG_AUTH_TARGET_SERVER && target != BG_AUTH_TARGET_PROXY)
        return BG_E_INVALID_AUTH_TARGET;
    if (scheme < BG_AUTH_SCHEME_BASIC || scheme > BG_AUTH_SCHEME_NEGOTIATE)
        return BG_E_INVALID_AUTH_SCHEME;
    return S_OK;
}

static HRESULT judge_login(BG_AUTH_SCHEME scheme, const BG_BASIC_CREDENTIALS *login)
{
    bool is_plain = scheme == BG_AUTH_SCHEME_BASIC || scheme == BG_AUTH_SCHEME_DIGEST;

    if (!login->UserName && (is_plain || login->Password))
        return E_INVALIDARG;
    if (is_plain && !login->Password)
        return E_INVALIDARG;
    if (login->UserName && text_exceeds(login->UserName, USER_LENGTH))
        return BG_E_USERNAME_TOO_LARGE;
    if (login->Password && text_exceeds(login->Password, PASSWORD_LENGTH))
        return BG_E_PASSWORD_TOO_LARGE;
    /* RFC 7617 2: what follows the first colon would count as the password. */
    if (scheme == BG_AUTH_SCHEME_BASIC && wcschr(login->UserName, L':'))
        return E_INVALIDARG;
    return S_OK;
}

static enum auth_target target_of(BG_AUTH_TARGET target)
{
    return target == BG_AUTH_TARGET_PROXY ? AUTH_PROXY : AUTH_SERVER;
}

static unsigned int scheme_of(BG_AUTH_SCHEME scheme)
{
    return 1u << (scheme - BG_AUTH_SCHEME_BASIC);
}
static_assert(AUTH_NEGOTIATE == 1u << (BG_AUTH_SCHEME_NEGOTIATE - BG_AUTH_SCHEME_BASIC),
              "schemes have the API's order");

JOB_METHOD(SetCredentials, BG_AUTH_CREDENTIALS *credentials)
{
    const BG_BASIC_CREDENTIALS *login;
    HRESULT hr;

    TRACE("%p %p", (void *)iface, (void *)credentials);
    if (!credentials)
        return E_INVALIDARG;
    login = &credentials->Credentials.Basic;
    hr = judge_scheme(credentials->Target, credentials->Scheme);
    if (SUCCEEDED(hr))
        hr = judge_login(credentials->Scheme, login);
    if (FAILED(hr))
        return hr;
    return engine_set_credentials(job_of(iface), target_of(credentials->Target),
                                  scheme_of(credentials->Scheme), login->UserName, login->Password);
}

JOB_METHOD(RemoveCredentials, BG_AUTH_TARGET target, BG_AUTH_SCHEME scheme)
{
    HRESULT hr;

    TRACE("%p %d %d", (void *)iface, (int)target, (int)scheme);
    hr = judge_scheme(target, scheme);
    if (FAILED(hr))
        return hr;
    return engine_remove_credentials(job_of(iface), target_of(target), scheme_of(scheme));
}

/* ---- IBackgroundCopyJob3 ---- */

/* The URL with its prefix replaced; NULL where it does not begin so, or without memory. */
static WCHAR *replace_prefix(const WCHAR *url, const WCHAR *from, const WCHAR *to)
{
    size_t skip = wcslen(from), head = wcslen(to), tail;
    WCHAR *replaced;

    tail = wcslen(url + skip) + 1;
    replaced = mem_array_alloc(head + tail, sizeof(*replaced));
    if (!replaced)
        return NULL;
    memcpy(replaced, to, head * sizeof(*to));
    memcpy(replaced + head, url + skip, tail * sizeof(*url));
    return replaced;
}

/* S_FALSE if the file's URL does not begin with from. */
static HRESULT replace_file_prefix(struct file *file, const WCHAR *from, const WCHAR *to)
{
    WCHAR *url = NULL, *replaced = NULL;
    HRESULT hr;

    hr = engine_file_text(file, FILE_REMOTE_NAME, &url);
    if (FAILED(hr))
        return hr;
    if (!url || wcsncmp(url, from, wcslen(from)))
        hr = S_FALSE;
    else if (!(replaced = replace_prefix(url, from, to)))
        hr = E_OUTOFMEMORY;
    else if (text_exceeds(replaced, job_limits(file_job(file))->url_length))
        hr = E_INVALIDARG;
    else
        hr = engine_set_remote_name(file, replaced);
    mem_free(replaced);
    mem_free(url);
    return hr;
}

JOB_METHOD(ReplaceRemotePrefix, LPCWSTR from, LPCWSTR to)
{
    struct job *job = job_of(iface);
    HRESULT hr, result = S_FALSE;
    size_t i, count;

    TRACE("%p %p %p", (void *)iface, (const void *)from, (const void *)to);
    if (!from || !*from || !to || !*to)
        return E_INVALIDARG;
    if (job_is_final(job))
        return job_failure(job, FAILURE_INVALID_STATE);
    count = engine_file_count(job);
    for (i = 0; i < count; i++)
    {
        hr = replace_file_prefix(engine_file(job, i), from, to);
        if (FAILED(hr))
            return hr;
        if (hr == S_OK)
            result = S_OK;
    }
    return result;
}

HRESULT job_ranges_from_client(const BG_FILE_RANGE *ranges, DWORD count, struct range **out)
{
    DWORD i;

    *out = NULL;
    if (!count)
        return S_OK;
    if (!ranges)
        return E_INVALIDARG;
    *out = mem_array_alloc(count, sizeof(**out));
    if (!*out)
        return E_OUTOFMEMORY;
    for (i = 0; i < count; i++)
    {
        (*out)[i].offset = ranges[i].InitialOffset;
        (*out)[i].length = ranges[i].Length;
    }
    return S_OK;
}

HRESULT job_add_file(struct job *job, const struct file_spec *like, const BG_FILE_RANGE *ranges,
                     DWORD count, struct file **first)
{
    struct file_spec spec = *like;
    struct range *copy;
    HRESULT hr;

    hr = job_ranges_from_client(ranges, count, &copy);
    if (FAILED(hr))
        return hr;
    spec.ranges = copy;
    spec.range_count = count;
    hr = engine_add_files(job, &spec, 1, first);
    mem_free(copy);
    return hr;
}

JOB_METHOD(AddFileWithRanges, LPCWSTR remote, LPCWSTR local, DWORD count, BG_FILE_RANGE *ranges)
{
    struct file_spec spec = {.remote_name = remote, .local_name = local, .size = UINT64_MAX};

    TRACE("%p %s %lu", (void *)iface, LOG_WIDE(local), count);
    if (!remote || !local || !count)
        return E_INVALIDARG;
    return job_add_file(job_of(iface), &spec, ranges, count, NULL);
}

JOB_METHOD(SetFileACLFlags, DWORD flags)
{
    TRACE("%p %#lx", (void *)iface, flags);
    if (flags & ~(DWORD)BG_COPY_FILE_ALL)
        return E_INVALIDARG;
    return engine_set_job_number(job_of(iface), JOB_ACL_FLAGS, flags);
}

JOB_METHOD(GetFileACLFlags, DWORD *flags)
{
    TRACE("%p %p", (void *)iface, (void *)flags);
    return job_number_to_client(job_of(iface), JOB_ACL_FLAGS, flags);
}

/* ---- IBackgroundCopyJob4 ---- */

JOB_METHOD(SetPeerCachingFlags, DWORD flags)
{
    const DWORD known = BG_JOB_ENABLE_PEERCACHING_CLIENT | BG_JOB_ENABLE_PEERCACHING_SERVER |
                        BG_JOB_DISABLE_BRANCH_CACHE;

    TRACE("%p %#lx", (void *)iface, flags);
    if (flags & ~known)
        return E_INVALIDARG;
    return engine_set_job_number(job_of(iface), JOB_PEER_FLAGS, flags);
}

JOB_METHOD(GetPeerCachingFlags, DWORD *flags)
{
    TRACE("%p %p", (void *)iface, (void *)flags);
    return job_number_to_client(job_of(iface), JOB_PEER_FLAGS, flags);
}

/* Every job's owner is this process's user, so its token tells. */
static HRESULT query_token(TOKEN_INFORMATION_CLASS what, void *data, DWORD size)
{
    HANDLE token;
    DWORD length;
    HRESULT hr = S_OK;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return HRESULT_FROM_WIN32(GetLastError());
    handle_adopt(token);
    if (!GetTokenInformation(token, what, data, size, &length))
        hr = HRESULT_FROM_WIN32(GetLastError());
    handle_close(token);
    return hr;
}

JOB_METHOD(GetOwnerIntegrityLevel, ULONG *level)
{
    union
    {
        TOKEN_MANDATORY_LABEL label;
        BYTE room[sizeof(TOKEN_MANDATORY_LABEL) + SECURITY_MAX_SID_SIZE];
    } data;
    PSID sid;
    HRESULT hr;

    TRACE("%p %p", (void *)iface, (void *)level);
    if (!level)
        return E_INVALIDARG;
    hr = query_token(TokenIntegrityLevel, &data, sizeof(data));
    if (FAILED(hr))
        return hr;
    sid = data.label.Label.Sid;
    *level = *GetSidSubAuthority(sid, *GetSidSubAuthorityCount(sid) - 1u);
    return S_OK;
}

JOB_METHOD(GetOwnerElevationState, BOOL *elevated)
{
    TOKEN_ELEVATION elevation;
    HRESULT hr;

    TRACE("%p %p", (void *)iface, (void *)elevated);
    if (!elevated)
        return E_INVALIDARG;
    hr = query_token(TokenElevation, &elevation, sizeof(elevation));
    if (SUCCEEDED(hr))
        *elevated = !!elevation.TokenIsElevated;
    return hr;
}

JOB_METHOD(SetMaximumDownloadTime, ULONG seconds)
{
    TRACE("%p %lu", (void *)iface, seconds);
    return engine_set_job_number(job_of(iface), JOB_MAX_DOWNLOAD_TIME, seconds);
}

JOB_METHOD(GetMaximumDownloadTime, ULONG *seconds)
{
    TRACE("%p %p", (void *)iface, (void *)seconds);
    return job_number_to_client(job_of(iface), JOB_MAX_DOWNLOAD_TIME, seconds);
}
