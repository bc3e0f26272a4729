#include "core/credentials.h"

#include "base/mem.h"
#include "base/str.h"
#include "core/change.h"
#include "core/lock.h"

#include <assert.h>
#include <wincrypt.h>

/* The user's key; where this user's profile is not loaded (services, containers) only the
 * machine's can be had. Both may ask another process of the system, so never under a lock. */
static bool protect(DATA_BLOB *plain, DATA_BLOB *sealed)
{
    const DWORD quiet = CRYPTPROTECT_UI_FORBIDDEN;

    return CryptProtectData(plain, NULL, NULL, NULL, NULL, quiet, sealed) ||
           CryptProtectData(plain, NULL, NULL, NULL, NULL, quiet | CRYPTPROTECT_LOCAL_MACHINE,
                            sealed);
}

static void wipe_text(char *text)
{
    if (text)
        SecureZeroMemory(text, strlen(text));
    mem_free(text);
}

void credentials_wipe(struct login *login)
{
    wipe_text(login->user);
    wipe_text(login->password);
    login->user = login->password = NULL;
}

static HRESULT last_error(void)
{
    HRESULT hr = HRESULT_FROM_WIN32(GetLastError());

    return FAILED(hr) ? hr : E_FAIL;
}

/* What is encrypted: the user and the password, each with its final 0; nothing but a 0 for the
 * user of this process. */
static HRESULT seal_login(const struct login *login, struct sealed *sealed)
{
    size_t user = login->user ? strlen(login->user) + 1 : 0;
    size_t password = strlen(login->password) + 1;
    DATA_BLOB plain, secret = {0};
    HRESULT hr = S_OK;

    plain.cbData = (DWORD)(user + password);
    plain.pbData = mem_alloc(plain.cbData);
    if (!plain.pbData)
        return E_OUTOFMEMORY;
    if (user)
        memcpy(plain.pbData, login->user, user);
    memcpy(plain.pbData + user, login->password, password);
    if (!protect(&plain, &secret))
        hr = last_error();
    else if (!(sealed->data = mem_dup(secret.pbData, secret.cbData)))
        hr = E_OUTOFMEMORY;
    else
        sealed->size = secret.cbData;
    LocalFree(secret.pbData);
    SecureZeroMemory(plain.pbData, plain.cbData);
    mem_free(plain.pbData);
    return hr;
}

static HRESULT seal(const WCHAR *user, const WCHAR *password, struct sealed *sealed)
{
    struct login login = {0};
    HRESULT hr = S_OK;

    if (user && !(login.user = str_utf8_from_wide(user)))
        hr = last_error();
    else if (!(login.password = str_utf8_from_wide(password ? password : L"")))
        hr = last_error();
    else
        hr = seal_login(&login, sealed);
    credentials_wipe(&login);
    return hr == HRESULT_FROM_WIN32(ERROR_NO_UNICODE_TRANSLATION) ? E_INVALIDARG : hr;
}

static HRESULT unseal(const struct sealed *sealed, struct login *login)
{
    DATA_BLOB secret = {.cbData = sealed->size, .pbData = sealed->data}, plain = {0};
    const char *user, *password;
    HRESULT hr = S_OK;

    if (!CryptUnprotectData(&secret, NULL, NULL, NULL, NULL, CRYPTPROTECT_UI_FORBIDDEN, &plain))
        return last_error();
    user = (const char *)plain.pbData;
    password = user + strlen(user) + 1;
    if (plain.cbData > 1 &&
        (!(login->user = mem_strdup(user)) || !(login->password = mem_strdup(password))))
        hr = E_OUTOFMEMORY;
    SecureZeroMemory(plain.pbData, plain.cbData);
    LocalFree(plain.pbData);
    return hr;
}

/* ---- a job's pairs ---- */

static unsigned int index_of(unsigned int scheme)
{
    unsigned int index = 0;

    assert(scheme == AUTH_BASIC || scheme == AUTH_DIGEST || scheme == AUTH_NTLM ||
           scheme == AUTH_NEGOTIATE);
    while (scheme >> index != 1)
        index++;
    return index;
}

void credentials_free(struct credentials *credentials)
{
    size_t target, scheme;

    for (target = 0; target < AUTH_TARGET_COUNT; target++)
        for (scheme = 0; scheme < AUTH_SCHEMES; scheme++)
            mem_free(credentials->pairs[target][scheme].data);
}

struct exchange
{
    enum auth_target target;
    unsigned int index;
    struct sealed sealed; /* afterwards: what was there */
};

static HRESULT decide(struct change *change, void *context)
{
    const struct exchange *exchange = context;
    const struct job *job = change->job;

    if (job_state_is_final(job->state))
        return job_hr(job, FAILURE_INVALID_STATE);
    if (!exchange->sealed.data && !job->credentials.pairs[exchange->target][exchange->index].data)
        return S_FALSE;
    change_touch_locked(change);
    change_credentials_locked(change, exchange->target, exchange->index, &exchange->sealed);
    return S_OK;
}

static void publish(struct change *change, void *context)
{
    struct exchange *exchange = context;
    struct sealed *pair = &change->job->credentials.pairs[exchange->target][exchange->index];
    struct sealed old = *pair;

    *pair = exchange->sealed;
    exchange->sealed = old;
    job_touch_locked(change->job);
}

static const struct change_plan plan = {decide, publish};

HRESULT engine_set_credentials(struct job *job, enum auth_target target, unsigned int scheme,
                               const WCHAR *user, const WCHAR *password)
{
    struct exchange exchange = {.target = target, .index = index_of(scheme)};
    HRESULT hr = seal(user, password, &exchange.sealed);

    if (SUCCEEDED(hr))
        hr = change_run(job, &plan, &exchange);
    mem_free(exchange.sealed.data);
    return hr;
}

HRESULT engine_remove_credentials(struct job *job, enum auth_target target, unsigned int scheme)
{
    struct exchange exchange = {.target = target, .index = index_of(scheme)};
    HRESULT hr = change_run(job, &plan, &exchange);

    mem_free(exchange.sealed.data);
    return hr;
}

unsigned int credentials_schemes(struct job *job, enum auth_target target)
{
    unsigned int schemes = 0, i;

    lock_take_shared(&engine_lock);
    for (i = 0; i < AUTH_SCHEMES; i++)
        if (job->credentials.pairs[target][i].data)
            schemes |= 1u << i;
    if (job->numbers[JOB_STORED_CREDENTIALS] == target + 1u)
        schemes |= AUTH_NTLM | AUTH_NEGOTIATE; /* as the user of this process */
    lock_drop_shared(&engine_lock);
    return schemes;
}

HRESULT credentials_reveal(struct job *job, enum auth_target target, unsigned int scheme,
                           struct login *login)
{
    const struct sealed *pair = &job->credentials.pairs[target][index_of(scheme)];
    struct sealed copy = {0};
    bool has;
    HRESULT hr = S_FALSE;

    *login = (struct login){0};
    lock_take_shared(&engine_lock);
    has = pair->data;
    if (has)
        copy = (struct sealed){.data = mem_dup(pair->data, pair->size), .size = pair->size};
    lock_drop_shared(&engine_lock);
    if (has)
        hr = copy.data ? unseal(&copy, login) : E_OUTOFMEMORY;
    mem_free(copy.data);
    return hr;
}
