#include "core/log_name.h"
#include "core/transfer_parts.h"

#include "core/credentials.h"

static_assert(AUTH_BASIC == HTTP_AUTH_BASIC && AUTH_DIGEST == HTTP_AUTH_DIGEST &&
                  AUTH_NTLM == HTTP_AUTH_NTLM && AUTH_NEGOTIATE == HTTP_AUTH_NEGOTIATE,
              "schemes have the same bits below");

bool transfer_at_home(const struct transfer *transfer)
{
    return url_same_origin(transfer->url, transfer->source.home);
}

static bool may_tell(const struct transfer *transfer, enum auth_target target)
{
    return target == AUTH_PROXY ? transfer->proxy != NULL : transfer_at_home(transfer);
}

bool transfer_answers_challenge(struct transfer *transfer, int status, const char *head)
{
    enum auth_target target = status == 407 ? AUTH_PROXY : AUTH_SERVER;
    struct transfer_login *login = &transfer->logins[target];
    unsigned int schemes;

    if ((status != 401 && status != 407) || login->asked || !may_tell(transfer, target))
        return false;
    login->asked = true;
    schemes = credentials_schemes(transfer->file->job, target);
    /* Where libcurl keeps the challenge to itself (a tunnel's), it also picks the scheme. */
    login->schemes =
        head ? challenge_strongest(schemes & challenge_schemes(head, target == AUTH_PROXY))
             : schemes;
    if (!login->schemes && !(target == AUTH_SERVER && transfer->auth))
        return false;
    INFO("%s: %d, asking again with credentials", LOG_FILE(transfer->file), status);
    return true;
}

/* Decrypting may ask another process of this machine. It is the one such question of the engine
 * thread, takes well under a millisecond, and only jobs that log in have it. */
HRESULT transfer_reveal_login(struct transfer *transfer, enum auth_target target,
                              struct login *plain, struct http_credentials *credentials)
{
    const struct transfer_login *login = &transfer->logins[target];
    HRESULT hr;

    *plain = (struct login){0};
    if (!login->schemes || !may_tell(transfer, target))
        return S_OK;
    hr =
        credentials_reveal(transfer->file->job, target, challenge_strongest(login->schemes), plain);
    /* S_FALSE: the user of this process, who needs neither name nor password */
    if (SUCCEEDED(hr))
        *credentials = (struct http_credentials){
            .user = plain->user, .password = plain->password, .schemes = login->schemes};
    return hr;
}
