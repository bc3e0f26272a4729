/*
 * The user names and passwords that a client gave for a job, one pair a target and scheme. They are
 * kept encrypted, and are in the clear only between credentials_reveal and credentials_wipe. They
 * never reach the log.
 */
#ifndef DOSVC_CORE_CREDENTIALS_H
#define DOSVC_CORE_CREDENTIALS_H

#include "core/engine.h"
#include "model/challenge.h"

struct sealed /* nothing in it: both 0 */
{
    BYTE *data;
    DWORD size;
};

struct credentials /* part of struct job; protected by engine_lock */
{
    struct sealed pairs[AUTH_TARGET_COUNT][AUTH_SCHEMES];
};
void credentials_free(struct credentials *credentials);

/* AUTH_* of the schemes for which there is a pair. */
unsigned int credentials_schemes(struct job *job, enum auth_target target);

struct login /* UTF-8; a NULL user means the user of this process */
{
    char *user;
    char *password;
};
/* The pair of one scheme, AUTH_*. S_FALSE and NULLs: there is none any more. */
HRESULT credentials_reveal(struct job *job, enum auth_target target, unsigned int scheme,
                           struct login *login);
void credentials_wipe(struct login *login); /* after any reveal */

#endif
