/*
 * What a job trusts and allows: its security flags, in whichever of the two languages they are
 * kept, its request method and its client certificate. A transfer takes a copy when it starts, so
 * a change counts from the next one on.
 */
#ifndef DOSVC_CORE_SECURITY_H
#define DOSVC_CORE_SECURITY_H

#include "core/job.h"

struct security
{
    DWORD tls; /* HTTP_TLS_* */
    bool refuse_redirect;
    bool insecure_redirect;          /* https to http is followed */
    bool report_redirect;            /* the file's remote name becomes the URL that answered */
    char *method;                    /* NULL: GET */
    bool judged;                     /* by a client: `judge`, unless it is gone */
    struct certificate_judge *judge; /* counted */
    BYTE approved[CERTIFICATE_HASH_SIZE];
    char *certificate; /* of http_request; NULL: none */
};

/* What was made before an error is freed by security_cleanup, which zeros allow as well. The caller
 * holds engine_lock. */
HRESULT security_init_locked(struct security *security, const struct job *job);
void security_cleanup(struct security *security);

/* RFC 9110 15.4: what the method becomes when an answer of this status is followed. */
void security_redirected(struct security *security, int status);
bool security_is_head(const struct security *security);

#endif
