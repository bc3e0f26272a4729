#include "io/http_exchange.h"

#include <string.h>

/* libcurl's codes in our terms. What is not listed has no business here and is FAILURE_BAD_RESPONSE
 * if there was a server to blame. */

struct row
{
    CURLcode code;
    enum failure kind;
};

static const struct row rows[] = {
    {CURLE_URL_MALFORMAT, FAILURE_BAD_URL},
    {CURLE_COULDNT_RESOLVE_HOST, FAILURE_RESOLVE},
    {CURLE_COULDNT_RESOLVE_PROXY, FAILURE_RESOLVE},
    {CURLE_COULDNT_CONNECT, FAILURE_CONNECT},
    {CURLE_PROXY, FAILURE_CONNECT},
    {CURLE_INTERFACE_FAILED, FAILURE_CONNECT},
    {CURLE_NO_CONNECTION_AVAILABLE, FAILURE_CONNECT},
    {CURLE_OPERATION_TIMEDOUT, FAILURE_TIMEOUT},
    {CURLE_PARTIAL_FILE, FAILURE_CONNECTION_RESET},
    {CURLE_GOT_NOTHING, FAILURE_CONNECTION_RESET},
    {CURLE_SEND_ERROR, FAILURE_CONNECTION_RESET},
    {CURLE_RECV_ERROR, FAILURE_CONNECTION_RESET},
    {CURLE_OUT_OF_MEMORY, FAILURE_OUT_OF_MEMORY},
    {CURLE_FAILED_INIT, FAILURE_OUT_OF_MEMORY},
    {CURLE_SSL_CONNECT_ERROR, FAILURE_TLS},
    {CURLE_SSL_ENGINE_INITFAILED, FAILURE_TLS},
    {CURLE_SSL_CERTPROBLEM, FAILURE_TLS},
    {CURLE_SSL_CIPHER, FAILURE_TLS},
    {CURLE_PEER_FAILED_VERIFICATION, FAILURE_TLS},
    {CURLE_SSL_SHUTDOWN_FAILED, FAILURE_CONNECTION_RESET},
};

void failure_from_curl(CURLcode code, bool connected, long connect_status,
                       struct failure_info *info)
{
    size_t i;

    memset(info, 0, sizeof(*info));
    if (!code)
        return;
    if (connect_status >=
        300) /* the proxy's answer to CONNECT, which is no response of the server */
    {
        info->kind = FAILURE_HTTP_STATUS;
        info->http_status = (uint32_t)connect_status;
        return;
    }
    info->kind = connected ? FAILURE_BAD_RESPONSE : FAILURE_CONNECT;
    if (code == CURLE_UNSUPPORTED_PROTOCOL && !connected) /* else: no status line came */
        info->kind = FAILURE_UNKNOWN_SCHEME;
    if (code == CURLE_SSL_CERTPROBLEM)
        info->hr = (uint32_t)SEC_E_NO_CREDENTIALS; /* the client's certificate, or its key */
    for (i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].code == code)
            info->kind = rows[i].kind;
}
