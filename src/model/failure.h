#ifndef MODEL_FAILURE_H
#define MODEL_FAILURE_H

#include <stdbool.h>
#include <stdint.h>

/* What can go wrong, once, and what it is called in each of the two languages that clients speak:
 * the DO_E_* codes and the BG_E_* codes. */

enum dialect
{
    DIALECT_DO,
    DIALECT_BITS,
    DIALECT_COUNT
};

enum failure
{
    FAILURE_NONE = 0,
    FAILURE_INVALID_STATE,
    FAILURE_EMPTY,
    FAILURE_NOT_FOUND,
    FAILURE_ERROR_INFORMATION_UNAVAILABLE,
    FAILURE_FILE_NOT_AVAILABLE,
    FAILURE_NO_PROGRESS,
    FAILURE_MAX_TIME,
    FAILURE_INVALID_RANGE,
    FAILURE_OVERLAPPING_RANGES,
    FAILURE_INSUFFICIENT_RANGE,
    FAILURE_BLOCKSIZE_MISMATCH,
    FAILURE_HTTP_STATUS, /* http_status says which */
    FAILURE_REDIRECT_LOOP,
    FAILURE_REDIRECT_REFUSED,
    FAILURE_BAD_RESPONSE,
    FAILURE_RESOLVE,
    FAILURE_CONNECT,
    FAILURE_CONNECTION_RESET,
    FAILURE_TIMEOUT,
    FAILURE_STALLED,
    FAILURE_TLS,                 /* hr = the cause, if known */
    FAILURE_CERTIFICATE_REFUSED, /* by the client; hr = what it returned */
    FAILURE_NO_JUDGE,            /* the client that judges certificates is not there */
    FAILURE_BAD_URL,
    FAILURE_UNKNOWN_SCHEME,
    FAILURE_LOCAL_FILE, /* hr = the Win32 cause */
    FAILURE_PART_FILE_GONE,
    FAILURE_OUT_OF_MEMORY,
    FAILURE_UNKNOWN_PROPERTY,
    FAILURE_READ_ONLY_PROPERTY,
    FAILURE_WRITE_ONLY_PROPERTY,
    FAILURE_STRING_TOO_LONG,
    FAILURE_TOO_MANY_FILES,
    FAILURE_TOO_MANY_JOBS,
    FAILURE_TOO_MANY_RANGES,
    FAILURE_NO_URI,
    FAILURE_NO_SINK,
    FAILURE_SINK_ALREADY_SET,
    FAILURE_RANGES_EXPECTED,
    FAILURE_RANGES_UNEXPECTED,
    FAILURE_DIGEST_MISMATCH, /* hr = which digest, if known (DO_E_METAINFO_*) */
    FAILURE_INTEGRITY_UNSPECIFIED,
    FAILURE_INTEGRITY_UNAVAILABLE, /* hr = why, if known (DO_E_METAINFO_*) */
    FAILURE_SIZE_MISMATCH,
    FAILURE_VALIDATION,
    FAILURE_MAX_SIZE,
    FAILURE_COST,
    FAILURE_NO_NETWORK,
    FAILURE_INTERNAL, /* hr = the cause, if known */
    FAILURE_COUNT
};

struct failure_info
{
    enum failure kind;
    uint32_t http_status; /* FAILURE_HTTP_STATUS only */
    uint32_t hr;          /* an HRESULT; 0 = nothing more is known than the kind */
};

/* The HRESULT for clients: 0 for FAILURE_NONE, 0x80190000 | status for FAILURE_HTTP_STATUS, hr for
 * the kinds that carry one (DO's integrity codes have no BITS counterpart and become
 * BG_E_VALIDATION_FAILED there), else the kind's own code in that dialect. */
uint32_t failure_code(enum dialect dialect, const struct failure_info *info);

/* The same for a kind of which nothing more is to be said. */
uint32_t failure_code_of(enum dialect dialect, enum failure kind);

/* The BG_ERROR_CONTEXT. DO knows NONE and, for HTTP 403, REMOTE_FILE. */
unsigned failure_context(enum dialect dialect, const struct failure_info *info);

/* Whether another try may end better: HTTP 5xx, 408, 421, 425 and 429, and what the network does.
 */
bool failure_is_transient(const struct failure_info *info);

/* One English sentence; never NULL. */
const char *failure_sentence(enum failure kind);

#endif
