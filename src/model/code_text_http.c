#include "model/code_text_rows.h"

#define HTTP(status, name, sentence)                                                               \
    {                                                                                              \
        0x80190000u | status, "HTTP_E_STATUS_" #name, sentence                                     \
    }

/* clang-format off */
static const struct code_text rows[] = {
    HTTP(1, UNEXPECTED, "The server answered with a status that makes no sense here."),
    HTTP(3, UNEXPECTED_REDIRECTION, "The server redirected too often, to nowhere, or to an address that may not be followed (https to http, or another scheme)."),
    HTTP(4, UNEXPECTED_CLIENT_ERROR, "The server refused the request with an unusual status."),
    HTTP(5, UNEXPECTED_SERVER_ERROR, "The server failed with an unusual status."),
    HTTP(300, AMBIGUOUS, "The server offers several versions of the file (300). Use the address of one of them."),
    HTTP(301, MOVED, "The file has moved (301), and the new address could not be followed."),
    HTTP(302, REDIRECT, "The file is elsewhere for now (302), and that address could not be followed."),
    HTTP(303, REDIRECT_METHOD, "The answer is elsewhere (303), and that address could not be followed."),
    HTTP(304, NOT_MODIFIED, "The server says that nothing has changed (304), though it was not asked."),
    HTTP(305, USE_PROXY, "The server demands a certain proxy (305). Set it on the job."),
    HTTP(307, REDIRECT_KEEP_VERB, "The file is elsewhere for now (307), and that address could not be followed."),
    HTTP(308, PERMANENT_REDIRECT, "The file has moved (308), and the new address could not be followed."),
    HTTP(400, BAD_REQUEST, "The server did not understand the request (400). Check the URL and the custom headers."),
    HTTP(401, DENIED, "The server wants credentials (401). Set them on the job, or check the ones that are set."),
    HTTP(402, PAYMENT_REQ, "The server wants to be paid (402)."),
    HTTP(403, FORBIDDEN, "The server does not allow access to the file (403). Check rights and whether a signed URL has expired."),
    HTTP(404, NOT_FOUND, "The server does not have the file (404). Check the URL."),
    HTTP(405, BAD_METHOD, "The server does not allow GET for this URL (405)."),
    HTTP(406, NONE_ACCEPTABLE, "The server has no version of the file that the headers accept (406)."),
    HTTP(407, PROXY_AUTH_REQ, "The proxy wants credentials (407). Set them on the job for the proxy."),
    HTTP(408, REQUEST_TIMEOUT, "The server did not get the request in time (408). It is tried again."),
    HTTP(409, CONFLICT, "The file's state on the server does not allow the request (409)."),
    HTTP(410, GONE, "The server no longer has the file (410)."),
    HTTP(411, LENGTH_REQUIRED, "The server wants a length in the request (411)."),
    HTTP(412, PRECOND_FAILED, "A condition of the request was not met (412)."),
    HTTP(413, REQUEST_TOO_LARGE, "The request is too large for the server (413). Check the custom headers."),
    HTTP(414, URI_TOO_LONG, "The URL is too long for the server (414)."),
    HTTP(415, UNSUPPORTED_MEDIA, "The server does not support the request's format (415)."),
    HTTP(416, RANGE_NOT_SATISFIABLE, "The server does not have the bytes that were asked for (416): the file is shorter now, or the range is wrong."),
    HTTP(417, EXPECTATION_FAILED, "The server could not do what the request expects (417)."),
    HTTP(421, MISDIRECTED_REQUEST, "The request reached a server that cannot answer it (421). It is tried again."),
    HTTP(423, LOCKED, "The file is locked on the server (423)."),
    HTTP(425, TOO_EARLY, "The server wants the request again a little later (425). It is tried again."),
    HTTP(426, UPGRADE_REQUIRED, "The server wants another protocol (426)."),
    HTTP(428, PRECONDITION_REQUIRED, "The server wants a condition in the request (428)."),
    HTTP(429, TOO_MANY_REQUESTS, "The server got too many requests (429). It is tried again later."),
    HTTP(431, HEADERS_TOO_LARGE, "The request's headers are too large for the server (431)."),
    HTTP(449, RETRY_WITH, "The server wants more from the client first (449)."),
    HTTP(451, LEGAL_REASONS, "The server may not give out the file for legal reasons (451)."),
    HTTP(500, SERVER_ERROR, "The server failed (500). It is tried again."),
    HTTP(501, NOT_SUPPORTED, "The server cannot do what was asked (501)."),
    HTTP(502, BAD_GATEWAY, "A server on the way got no good answer (502). It is tried again."),
    HTTP(503, SERVICE_UNAVAIL, "The server is overloaded or being serviced (503). It is tried again."),
    HTTP(504, GATEWAY_TIMEOUT, "A server on the way got no answer in time (504). It is tried again."),
    HTTP(505, VERSION_NOT_SUP, "The server does not support this version of HTTP (505)."),
    HTTP(507, INSUFFICIENT_STORAGE, "The server has no space left (507)."),
    HTTP(508, LOOP_DETECTED, "The server went round in a circle (508)."),
    HTTP(511, NETWORK_AUTH_REQUIRED, "The network wants a login first (511), as hotels and airports do. Open a browser."),
};
/* clang-format on */

CODE_ROWS(code_rows_http, rows);
