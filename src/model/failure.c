#include "model/failure.h"

#include <assert.h>
#include <stddef.h>

#define HR_HTTP 0x80190000u
#define HR_OUT_OF_MEMORY 0x8007000Eu
#define HR_INVALID_ARGUMENT 0x80070057u
#define HR_FILE_NOT_FOUND 0x80070002u
#define HR_FAIL 0x80004005u
#define FACILITY_DO(hr) ((hr) >> 16 == 0x80D0)

enum context /* the values of BG_ERROR_CONTEXT */
{
    NOWHERE = 0,
    QUEUE_MANAGER = 2,
    LOCAL_FILE = 4,
    REMOTE_FILE = 5,
    TRANSPORT = 6,
    CERTIFICATE = 8,
};

struct row
{
    uint32_t codes[DIALECT_COUNT];
    unsigned char contexts[DIALECT_COUNT];
    bool transient;
    bool carries_hr; /* failure_info.hr, if set, is the code */
    const char *sentence;
};

#define AGAIN true
#define FATAL false
#define OWN false
#define HR true

/* clang-format off */
static const struct row rows[] = {
    [FAILURE_NONE] = {{0, 0}, {NOWHERE, NOWHERE}, FATAL, OWN,
        "Nothing has failed."},
    [FAILURE_INVALID_STATE] = {{0x80D02013, 0x80200002}, {NOWHERE, QUEUE_MANAGER}, FATAL, OWN,
        "The current state does not allow this."},
    [FAILURE_EMPTY] = {{0x80D02004, 0x80200003}, {NOWHERE, QUEUE_MANAGER}, FATAL, OWN,
        "The job has no file left to transfer."},
    [FAILURE_NOT_FOUND] = {{0x80D02003, 0x80200001}, {NOWHERE, QUEUE_MANAGER}, FATAL, OWN,
        "There is no such job."},
    [FAILURE_ERROR_INFORMATION_UNAVAILABLE] =
        {{0x80D02014, 0x8020000F}, {NOWHERE, QUEUE_MANAGER}, FATAL, OWN,
        "The job is not in an error state, so there is no error to tell of."},
    [FAILURE_FILE_NOT_AVAILABLE] = {{0x80D02010, 0x80200004}, {NOWHERE, QUEUE_MANAGER}, FATAL, OWN,
        "The error does not belong to one file."},
    [FAILURE_NO_PROGRESS] = {{0x80D02002, 0x80200024}, {NOWHERE, TRANSPORT}, FATAL, OWN,
        "No new byte arrived within the time allowed."},
    [FAILURE_MAX_TIME] = {{0x80200054, 0x80200054}, {NOWHERE, QUEUE_MANAGER}, FATAL, OWN,
        "The transfer took longer than the maximum download time."},
    [FAILURE_INVALID_RANGE] = {{0x80D05010, 0x8020002B}, {NOWHERE, REMOTE_FILE}, FATAL, OWN,
        "A range is empty or reaches past the end of the file."},
    [FAILURE_OVERLAPPING_RANGES] = {{0x80D05012, 0x8020002C}, {NOWHERE, QUEUE_MANAGER}, FATAL, OWN,
        "Two ranges share bytes."},
    [FAILURE_INSUFFICIENT_RANGE] = {{0x80D05011, 0x80200013}, {NOWHERE, REMOTE_FILE}, FATAL, OWN,
        "The server does not answer range requests as HTTP demands."},
    [FAILURE_BLOCKSIZE_MISMATCH] = {{0x80D05001, 0x80200013}, {NOWHERE, REMOTE_FILE}, AGAIN, OWN,
        "The server sent another part of the file than was asked for."},
    [FAILURE_HTTP_STATUS] = {{0x80190001, 0x80190001}, {NOWHERE, REMOTE_FILE}, FATAL, OWN,
        "The server answered with an HTTP error status."},
    [FAILURE_REDIRECT_LOOP] = {{0x80190003, 0x80190003}, {NOWHERE, REMOTE_FILE}, FATAL, OWN,
        "The server redirected too often, or to nowhere."},
    [FAILURE_REDIRECT_REFUSED] = {{0x80190003, 0x80190003}, {NOWHERE, REMOTE_FILE}, FATAL, OWN,
        "The server redirected to an address that may not be followed."},
    [FAILURE_BAD_RESPONSE] = {{0x80072F78, 0x8020001B}, {NOWHERE, TRANSPORT}, FATAL, OWN,
        "The server's response is not valid HTTP."},
    [FAILURE_RESOLVE] = {{0x80072EE7, 0x80072EE7}, {NOWHERE, TRANSPORT}, AGAIN, OWN,
        "The server's name could not be resolved."},
    [FAILURE_CONNECT] = {{0x80072EFD, 0x80072EFD}, {NOWHERE, TRANSPORT}, AGAIN, OWN,
        "No connection to the server could be made."},
    [FAILURE_CONNECTION_RESET] = {{0x80072EFF, 0x80072EFF}, {NOWHERE, TRANSPORT}, AGAIN, OWN,
        "The connection to the server was lost."},
    [FAILURE_TIMEOUT] = {{0x80072EE2, 0x80072EE2}, {NOWHERE, TRANSPORT}, AGAIN, OWN,
        "The server did not answer in time."},
    [FAILURE_STALLED] = {{0x80072EE2, 0x80072EE2}, {NOWHERE, TRANSPORT}, AGAIN, OWN,
        "The server sent too slowly for too long."},
    [FAILURE_TLS] = {{0x80072F8F, 0x80072F8F}, {NOWHERE, TRANSPORT}, FATAL, HR,
        "No secure connection to the server could be made."},
    [FAILURE_CERTIFICATE_REFUSED] =
        {{0x80072F8F, 0x80072F8F}, {NOWHERE, CERTIFICATE}, AGAIN, HR,
        "The client refused the server's certificate."},
    [FAILURE_NO_JUDGE] = {{0x80200074, 0x80200074}, {NOWHERE, CERTIFICATE}, FATAL, OWN,
        "The client that is to judge the server's certificate is not there."},
    [FAILURE_BAD_URL] = {{0x800C0002, HR_INVALID_ARGUMENT}, {NOWHERE, REMOTE_FILE}, FATAL, OWN,
        "The URL is not valid."},
    [FAILURE_UNKNOWN_SCHEME] = {{0x800C0002, 0x80200014}, {NOWHERE, REMOTE_FILE}, FATAL, OWN,
        "Only http and https URLs can be downloaded."},
    [FAILURE_LOCAL_FILE] = {{HR_FAIL, HR_FAIL}, {NOWHERE, LOCAL_FILE}, FATAL, HR,
        "The local file could not be written."},
    [FAILURE_PART_FILE_GONE] = {{HR_FILE_NOT_FOUND, 0x8020001D}, {NOWHERE, LOCAL_FILE}, FATAL, OWN,
        "The unfinished local file was removed or changed by somebody else."},
    [FAILURE_OUT_OF_MEMORY] = {{HR_OUT_OF_MEMORY, HR_OUT_OF_MEMORY}, {NOWHERE, QUEUE_MANAGER},
        FATAL, OWN, "There is not enough memory."},
    [FAILURE_UNKNOWN_PROPERTY] = {{0x80D02011, 0x80200057}, {NOWHERE, QUEUE_MANAGER}, FATAL, OWN,
        "There is no such property."},
    [FAILURE_READ_ONLY_PROPERTY] = {{0x80D02012, 0x80200058}, {NOWHERE, QUEUE_MANAGER}, FATAL, OWN,
        "The property cannot be set."},
    [FAILURE_WRITE_ONLY_PROPERTY] =
        {{0x80D02015, 0x80004001}, {NOWHERE, QUEUE_MANAGER}, FATAL, OWN,
        "The property cannot be read."},
    [FAILURE_STRING_TOO_LONG] = {{0x80200021, 0x80200021}, {NOWHERE, QUEUE_MANAGER}, FATAL, OWN,
        "The text is too long."},
    [FAILURE_TOO_MANY_FILES] = {{0x80200051, 0x80200051}, {NOWHERE, QUEUE_MANAGER}, FATAL, OWN,
        "The job cannot hold that many files."},
    [FAILURE_TOO_MANY_JOBS] = {{0x80200049, 0x80200049}, {NOWHERE, QUEUE_MANAGER}, FATAL, OWN,
        "One user cannot have that many jobs."},
    [FAILURE_TOO_MANY_RANGES] = {{0x80200052, 0x80200052}, {NOWHERE, QUEUE_MANAGER}, FATAL, OWN,
        "A file cannot have that many ranges."},
    [FAILURE_NO_URI] = {{0x80D02200, HR_INVALID_ARGUMENT}, {NOWHERE, QUEUE_MANAGER}, FATAL, OWN,
        "The download has no URL."},
    [FAILURE_NO_SINK] = {{0x80D02018, HR_INVALID_ARGUMENT}, {NOWHERE, QUEUE_MANAGER}, FATAL, OWN,
        "The download has neither a file nor a stream to go to."},
    [FAILURE_SINK_ALREADY_SET] =
        {{0x80D02019, HR_INVALID_ARGUMENT}, {NOWHERE, QUEUE_MANAGER}, FATAL, OWN,
        "The file has somewhere to go already."},
    [FAILURE_RANGES_EXPECTED] =
        {{0x80D02204, HR_INVALID_ARGUMENT}, {NOWHERE, QUEUE_MANAGER}, FATAL, OWN,
        "A download to a stream needs ranges."},
    [FAILURE_RANGES_UNEXPECTED] =
        {{0x80D02203, HR_INVALID_ARGUMENT}, {NOWHERE, QUEUE_MANAGER}, FATAL, OWN,
        "The download was started with other ranges."},
    [FAILURE_DIGEST_MISMATCH] = {{0x80D06805, 0x80200053}, {NOWHERE, REMOTE_FILE}, FATAL, HR,
        "The bytes received are not the ones the digest promises."},
    [FAILURE_INTEGRITY_UNSPECIFIED] =
        {{0x80D02016, 0x80200053}, {NOWHERE, QUEUE_MANAGER}, FATAL, OWN,
        "An integrity check is mandatory, but nothing says how to do it."},
    [FAILURE_INTEGRITY_UNAVAILABLE] =
        {{0x80D02017, 0x80200053}, {NOWHERE, REMOTE_FILE}, FATAL, HR,
        "An integrity check is mandatory, but its data could not be fetched or understood."},
    [FAILURE_SIZE_MISMATCH] = {{0x80D06822, 0x80200053}, {NOWHERE, REMOTE_FILE}, FATAL, OWN,
        "The file has another size than the client said it has."},
    [FAILURE_VALIDATION] = {{0x80200053, 0x80200053}, {NOWHERE, LOCAL_FILE}, FATAL, OWN,
        "The client found that the file it got is not valid."},
    [FAILURE_MAX_SIZE] = {{0x80200064, 0x80200064}, {NOWHERE, QUEUE_MANAGER}, FATAL, OWN,
        "The files are larger than the job's maximum download size."},
    [FAILURE_COST] = {{0x80D03801, 0x80200059}, {NOWHERE, QUEUE_MANAGER}, AGAIN, OWN,
        "The job's cost policy does not allow transfers on this network."},
    [FAILURE_NO_NETWORK] = {{0x80D03805, 0x80200010}, {NOWHERE, TRANSPORT}, AGAIN, OWN,
        "There is no network connection."},
    [FAILURE_INTERNAL] = {{HR_FAIL, HR_FAIL}, {NOWHERE, QUEUE_MANAGER}, FATAL, HR,
        "Something unexpected failed."},
};
/* clang-format on */
static_assert(sizeof(rows) / sizeof(rows[0]) == FAILURE_COUNT, "every failure has a row");
static_assert(DIALECT_DO == 0 && DIALECT_BITS == 1, "the columns of rows");

static const struct row *row_of(enum failure kind)
{
    assert((unsigned)kind < FAILURE_COUNT);
    return &rows[kind];
}

uint32_t failure_code(enum dialect dialect, const struct failure_info *info)
{
    const struct row *row = row_of(info->kind);

    assert((unsigned)dialect < DIALECT_COUNT);
    if (info->kind == FAILURE_HTTP_STATUS && info->http_status)
        return HR_HTTP | (info->http_status & 0xffff);
    if (!row->carries_hr || !info->hr)
        return row->codes[dialect];
    if (dialect == DIALECT_BITS && FACILITY_DO(info->hr))
        return row->codes[DIALECT_BITS];
    return info->hr;
}

uint32_t failure_code_of(enum dialect dialect, enum failure kind)
{
    const struct failure_info info = {.kind = kind};

    return failure_code(dialect, &info);
}

unsigned failure_context(enum dialect dialect, const struct failure_info *info)
{
    assert((unsigned)dialect < DIALECT_COUNT);
    if (info->kind == FAILURE_HTTP_STATUS && info->http_status == 403)
        return REMOTE_FILE;
    return row_of(info->kind)->contexts[dialect];
}

static bool status_is_transient(uint32_t status)
{
    return status / 100 == 5 || status == 408 || status == 421 || status == 425 || status == 429;
}

bool failure_is_transient(const struct failure_info *info)
{
    if (info->kind == FAILURE_HTTP_STATUS)
        return status_is_transient(info->http_status);
    return row_of(info->kind)->transient;
}

const char *failure_sentence(enum failure kind)
{
    return row_of(kind)->sentence;
}
