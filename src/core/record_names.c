#include "core/record_names.h"

#include <assert.h>
#include <string.h>

/* ---- numbers ---- */

static const unsigned char states[] = {
    [JOB_QUEUED] = 0,      [JOB_CONNECTING] = 1,   [JOB_TRANSFERRING] = 2,
    [JOB_SUSPENDED] = 3,   [JOB_ERROR] = 4,        [JOB_TRANSIENT_ERROR] = 5,
    [JOB_TRANSFERRED] = 6, [JOB_ACKNOWLEDGED] = 7, [JOB_CANCELLED] = 8,
};
static_assert(ARRAY_SIZE(states) == JOB_STATE_COUNT, "every state has its number");

static const unsigned char faces[] = {
    [JOB_FACE_DO] = 0,
    [JOB_FACE_BITS] = 1,
    [JOB_FACE_DOWNLOAD] = 2,
};

static const unsigned char failures[] = {
    [FAILURE_NONE] = 0,
    [FAILURE_INVALID_STATE] = 1,
    [FAILURE_EMPTY] = 2,
    [FAILURE_NOT_FOUND] = 3,
    [FAILURE_ERROR_INFORMATION_UNAVAILABLE] = 4,
    [FAILURE_FILE_NOT_AVAILABLE] = 5,
    [FAILURE_NO_PROGRESS] = 6,
    [FAILURE_MAX_TIME] = 7,
    [FAILURE_INVALID_RANGE] = 8,
    [FAILURE_OVERLAPPING_RANGES] = 9,
    [FAILURE_INSUFFICIENT_RANGE] = 10,
    [FAILURE_BLOCKSIZE_MISMATCH] = 11,
    [FAILURE_HTTP_STATUS] = 12,
    [FAILURE_REDIRECT_LOOP] = 13,
    [FAILURE_REDIRECT_REFUSED] = 14,
    [FAILURE_BAD_RESPONSE] = 15,
    [FAILURE_RESOLVE] = 16,
    [FAILURE_CONNECT] = 17,
    [FAILURE_CONNECTION_RESET] = 18,
    [FAILURE_TIMEOUT] = 19,
    [FAILURE_STALLED] = 20,
    [FAILURE_TLS] = 21,
    [FAILURE_CERTIFICATE_REFUSED] = 22,
    [FAILURE_NO_JUDGE] = 23,
    [FAILURE_BAD_URL] = 24,
    [FAILURE_UNKNOWN_SCHEME] = 25,
    [FAILURE_LOCAL_FILE] = 26,
    [FAILURE_PART_FILE_GONE] = 27,
    [FAILURE_OUT_OF_MEMORY] = 28,
    [FAILURE_UNKNOWN_PROPERTY] = 29,
    [FAILURE_READ_ONLY_PROPERTY] = 30,
    [FAILURE_WRITE_ONLY_PROPERTY] = 31,
    [FAILURE_STRING_TOO_LONG] = 32,
    [FAILURE_TOO_MANY_FILES] = 33,
    [FAILURE_TOO_MANY_JOBS] = 34,
    [FAILURE_TOO_MANY_RANGES] = 35,
    [FAILURE_NO_URI] = 36,
    [FAILURE_NO_SINK] = 37,
    [FAILURE_SINK_ALREADY_SET] = 38,
    [FAILURE_RANGES_EXPECTED] = 39,
    [FAILURE_RANGES_UNEXPECTED] = 40,
    [FAILURE_DIGEST_MISMATCH] = 41,
    [FAILURE_INTEGRITY_UNSPECIFIED] = 42,
    [FAILURE_INTEGRITY_UNAVAILABLE] = 43,
    [FAILURE_SIZE_MISMATCH] = 44,
    [FAILURE_VALIDATION] = 45,
    [FAILURE_MAX_SIZE] = 46,
    [FAILURE_COST] = 47,
    [FAILURE_NO_NETWORK] = 48,
    [FAILURE_INTERNAL] = 49,
};
static_assert(ARRAY_SIZE(failures) == FAILURE_COUNT, "every failure has its number");

/* The index of a number; `count` if there is none. */
static size_t find_number(const unsigned char *numbers, size_t count, int number)
{
    size_t i;

    for (i = 0; i < count && numbers[i] != number; i++)
        ;
    return i;
}

int record_state(enum job_state state)
{
    return states[state];
}

bool record_to_state(int number, enum job_state *state)
{
    size_t i = find_number(states, ARRAY_SIZE(states), number);

    *state = (enum job_state)i;
    return i < ARRAY_SIZE(states);
}

int record_face(enum job_face face)
{
    return faces[face];
}

bool record_to_face(int number, enum job_face *face)
{
    size_t i = find_number(faces, ARRAY_SIZE(faces), number);

    *face = (enum job_face)i;
    return i < ARRAY_SIZE(faces);
}

int record_failure(enum failure failure)
{
    return failures[failure];
}

enum failure record_to_failure(int number)
{
    size_t i = find_number(failures, ARRAY_SIZE(failures), number);

    return i < ARRAY_SIZE(failures) ? (enum failure)i : FAILURE_INTERNAL;
}

/* ---- names ---- */

static const char *const numbers[] = {
    [JOB_PRIORITY] = "priority",
    [JOB_NOTIFY_FLAGS] = "notify-flags",
    [JOB_RETRY_DELAY] = "retry-delay",
    [JOB_NO_PROGRESS_TIMEOUT] = "no-progress-timeout",
    [JOB_MAX_DOWNLOAD_TIME] = "max-download-time",
    [JOB_PROXY_USAGE] = "proxy-usage",
    [JOB_ACL_FLAGS] = "acl-flags",
    [JOB_PEER_FLAGS] = "peer-flags",
    [JOB_COST_FLAGS] = "cost-flags",
    [JOB_DYNAMIC_CONTENT] = "dynamic-content",
    [JOB_HIGH_PERFORMANCE] = "high-performance",
    [JOB_ON_DEMAND] = "on-demand",
    [JOB_MAX_DOWNLOAD_SIZE] = "max-download-size",
    [JOB_MIN_NOTIFY_INTERVAL] = "min-notify-interval",
    [JOB_SECURITY_FLAGS] = "security-flags",
    [JOB_INSECURE_REDIRECT] = "insecure-redirect",
    [JOB_CALLBACK_PERCENT] = "callback-percent",
    [JOB_CALLBACK_SECONDS] = "callback-seconds",
    [JOB_BLOCKING] = "blocking",
    [JOB_NO_CELLULAR] = "no-cellular",
    [JOB_NON_VOLATILE] = "non-volatile",
    [JOB_INTEGRITY_MANDATORY] = "integrity-mandatory",
    [JOB_NETWORK_TOKEN] = "network-token",
    [JOB_HEADERS_WRITE_ONLY] = "headers-write-only",
    [JOB_STORED_CREDENTIALS] = "stored-credentials",
    [JOB_JUDGED] = "judged",
    [JOB_MAX_RATE] = "max-rate",
    [JOB_HELPER_FLAGS] = NULL, /* of the token that a client lends while it lives */
};
static_assert(ARRAY_SIZE(numbers) == JOB_NUMBER_COUNT, "every number has its name");

static const char *const texts[] = {
    [JOB_NAME] = NULL, /* a column of its own */
    [JOB_DESCRIPTION] = "description",
    [JOB_OWNER] = "owner",
    [JOB_PROXY_LIST] = "proxy-list",
    [JOB_PROXY_BYPASS] = "proxy-bypass",
    [JOB_COMMAND_PROGRAM] = "command-program",
    [JOB_COMMAND_PARAMETERS] = "command-parameters",
    [JOB_CUSTOM_HEADERS] = "custom-headers",
    [JOB_AUTH_HEADERS] = "auth-headers",
    [JOB_HTTP_METHOD] = "http-method",
    [JOB_CONTENT_ID] = "content-id",
    [JOB_CORRELATION_VECTOR] = "correlation-vector",
    [JOB_DECRYPTION_INFO] = "decryption-info",
    [JOB_INTEGRITY_INFO] = "integrity-info",
    [JOB_NOTIFICATION_CLSID] = "notification-clsid",
    [JOB_CLIENT_CERTIFICATE] = "client-certificate",
    [JOB_HELPER_SID] = NULL,
};
static_assert(ARRAY_SIZE(texts) == JOB_TEXT_COUNT, "every text has its name");

static const char *const file_texts[] = {
    [FILE_REMOTE_NAME] = NULL,
    [FILE_LOCAL_NAME] = NULL,
    [FILE_TEMPORARY_NAME] = NULL,
    [FILE_ID] = NULL,
    [FILE_RESPONSE_HEADERS] = NULL,
    [FILE_EFFECTIVE_URL] = NULL,
    [FILE_SERVER_IP] = NULL, /* columns, all */
    [FILE_DECRYPTION_INFO] = "decryption-info",
    [FILE_INTEGRITY_INFO] = "integrity-info",
    [FILE_MIRRORS] = "mirrors",
};
static_assert(ARRAY_SIZE(file_texts) == FILE_TEXT_COUNT, "every text of a file has its name");

static const char *const pairs[AUTH_TARGET_COUNT][AUTH_SCHEMES] = {
    [AUTH_SERVER] = {"server-basic", "server-digest", "server-ntlm", "server-negotiate"},
    [AUTH_PROXY] = {"proxy-basic", "proxy-digest", "proxy-ntlm", "proxy-negotiate"},
};
static_assert(AUTH_BASIC == 1 && AUTH_DIGEST == 2 && AUTH_NTLM == 4 && AUTH_NEGOTIATE == 8,
              "the order of the pairs");

static size_t find_name(const char *const *names, size_t count, const char *name)
{
    size_t i;

    for (i = 0; i < count && (!names[i] || strcmp(names[i], name) != 0); i++)
        ;
    return i;
}

const char *record_number_name(enum job_number which)
{
    return numbers[which];
}

const char *record_text_name(enum job_text which)
{
    return texts[which];
}

const char *record_file_text_name(enum file_text which)
{
    return file_texts[which];
}

const char *record_credentials_name(enum auth_target target, unsigned int index)
{
    return pairs[target][index];
}

bool record_to_number(const char *name, enum job_number *which)
{
    size_t i = find_name(numbers, ARRAY_SIZE(numbers), name);

    *which = (enum job_number)i;
    return i < ARRAY_SIZE(numbers);
}

bool record_to_text(const char *name, enum job_text *which)
{
    size_t i = find_name(texts, ARRAY_SIZE(texts), name);

    *which = (enum job_text)i;
    return i < ARRAY_SIZE(texts);
}

bool record_to_file_text(const char *name, enum file_text *which)
{
    size_t i = find_name(file_texts, ARRAY_SIZE(file_texts), name);

    *which = (enum file_text)i;
    return i < ARRAY_SIZE(file_texts);
}

bool record_to_credentials(const char *name, enum auth_target *target, unsigned int *index)
{
    size_t i = find_name(&pairs[0][0], AUTH_TARGET_COUNT * AUTH_SCHEMES, name);

    *target = (enum auth_target)(i / AUTH_SCHEMES);
    *index = (unsigned int)(i % AUTH_SCHEMES);
    return i < AUTH_TARGET_COUNT * AUTH_SCHEMES;
}
