#include "core/record.h"

#include "base/mem.h"
#include "core/record_names.h"

#include <string.h>

UINT64 record_time(const FILETIME *time)
{
    return (UINT64)time->dwHighDateTime << 32 | time->dwLowDateTime;
}

FILETIME record_to_time(UINT64 time)
{
    return (FILETIME){.dwLowDateTime = (DWORD)time, .dwHighDateTime = (DWORD)(time >> 32)};
}

/* ---- jobs ---- */

struct store_failure record_failure_info(const struct failure_info *failure)
{
    return (struct store_failure){
        .kind = record_failure(failure->kind), .status = failure->http_status, .hr = failure->hr};
}

void record_job_locked(const struct job *job, char *detail, struct store_job *row)
{
    lstrcpynA(detail, job->error.detail, JOB_DETAIL_CHARS);
    *row = (struct store_job){
        .id = job->row,
        .revision = job->revision,
        .guid = job->id,
        .face = record_face(job->face),
        .state = record_state(job->state),
        .resumed = job->resumed,
        .streamed = job->streamed,
        .home = job->home,
        .claimant = job->claimant,
        .created = record_time(&job->creation),
        .modified = record_time(&job->modification),
        .completed = record_time(&job->transfer_completion),
        .error_count = job->error_count,
        .error = record_failure_info(&job->error.failure),
        .cause = record_failure_info(&job->error_cause),
        .error_file = job->error.file ? (INT64)job->error.file->index : -1,
        .detail = detail,
        .name = job->texts[JOB_NAME],
    };
}

/* ---- blobs: a version, then numbers in little endian ---- */

#define RANGES_VERSION 1
#define VALIDATOR_VERSION 1

static BYTE *put(BYTE *at, UINT64 number)
{
    memcpy(at, &number, sizeof(number));
    return at + sizeof(number);
}

static const BYTE *get(const BYTE *at, UINT64 *number)
{
    memcpy(number, at, sizeof(*number));
    return at + sizeof(*number);
}

size_t record_ranges_size(size_t range_count)
{
    return range_count ? RECORD_RANGES_SIZE(range_count) : 0;
}

void record_ranges(const struct range *ranges, size_t count, void *memory)
{
    BYTE *at = memory;
    size_t i;

    if (!count)
        return;
    *at++ = RANGES_VERSION;
    for (i = 0; i < count; i++)
        at = put(put(at, ranges[i].offset), ranges[i].length);
}

HRESULT record_to_ranges(const void *blob, size_t size, struct range **ranges, size_t *count)
{
    const BYTE *at = blob;
    struct range *made;
    size_t length, i;

    *ranges = NULL;
    *count = 0;
    if (!size)
        return S_OK;
    length = (size - 1) / (2 * sizeof(UINT64));
    if (*at++ != RANGES_VERSION || !length || record_ranges_size(length) != size)
        return E_INVALIDARG;
    if (!(made = mem_array_alloc(length, sizeof(*made))))
        return E_OUTOFMEMORY;
    for (i = 0; i < length; i++)
        at = get(get(at, &made[i].offset), &made[i].length);
    *ranges = made;
    *count = length;
    return S_OK;
}

HRESULT record_to_spans(const void *blob, size_t size, struct file *file)
{
    struct range *spans;
    HRESULT hr = record_to_ranges(blob, size, &spans, &file->span_count);

    if (SUCCEEDED(hr) && file->span_count &&
        (file->range_count || file->total == UINT64_MAX ||
         !runs_are_behind(spans, file->span_count, file->front, file->total)))
        hr = E_INVALIDARG;
    if (FAILED(hr) || !file->span_count)
    {
        file->span_count = 0;
        mem_free(spans);
        return hr;
    }
    if (!(file->spans = mem_array_alloc(RUNS_MAX, sizeof(*spans))))
    {
        file->span_count = 0;
        hr = E_OUTOFMEMORY;
    }
    else
        memcpy(file->spans, spans, file->span_count * sizeof(*spans));
    mem_free(spans);
    return hr;
}

#define HAS_ETAG 1u
#define ETAG_WEAK 2u
#define HAS_MODIFIED 4u
#define MODIFIED_STRONG 8u
/* Version, flags, source, length, time; then the ETag. */
#define VALIDATOR_HEAD (3 + 2 * sizeof(UINT64))

static size_t put_validator(const struct file *file, BYTE *memory)
{
    const struct validator *validator = &file->validator;
    size_t length = validator->has_etag ? strlen(validator->etag) : 0;
    unsigned int flags = 0;
    BYTE *at = memory;

    if (validator->has_etag)
        flags |= HAS_ETAG;
    if (validator->etag_weak)
        flags |= ETAG_WEAK;
    if (validator->has_last_modified)
        flags |= HAS_MODIFIED;
    if (validator->last_modified_strong)
        flags |= MODIFIED_STRONG;
    *at++ = VALIDATOR_VERSION;
    *at++ = (BYTE)flags;
    *at++ = (BYTE)file->validator_source;
    at = put(put(at, validator->length), (UINT64)validator->last_modified);
    memcpy(at, validator->etag, length);
    return VALIDATOR_HEAD + length;
}
static_assert(sizeof(((struct record_memory *)NULL)->validator) >= VALIDATOR_HEAD + HTTP_ETAG_SIZE,
              "it has room");

bool record_to_validator(const void *blob, size_t size, struct file *file)
{
    struct validator *validator = &file->validator;
    const BYTE *at = blob;
    UINT64 modified;
    unsigned int flags;

    validator_init(validator);
    if (size < VALIDATOR_HEAD || size - VALIDATOR_HEAD >= HTTP_ETAG_SIZE ||
        *at++ != VALIDATOR_VERSION)
        return false;
    flags = *at++;
    file->validator_source = (signed char)*at++;
    validator->has_etag = flags & HAS_ETAG;
    validator->etag_weak = flags & ETAG_WEAK;
    validator->has_last_modified = flags & HAS_MODIFIED;
    validator->last_modified_strong = flags & MODIFIED_STRONG;
    at = get(get(at, &validator->length), &modified);
    validator->last_modified = (int64_t)modified;
    memcpy(validator->etag, at, size - VALIDATOR_HEAD);
    validator->etag[size - VALIDATOR_HEAD] = 0;
    return true;
}

/* ---- files ---- */

void record_file_locked(const struct file *file, struct store_file *row)
{
    *row = (struct store_file){
        .job = file->job->row,
        .index = (UINT32)file->index,
        .remote_name = file->texts[FILE_REMOTE_NAME],
        .local_name = file->texts[FILE_LOCAL_NAME],
        .part_name = file->texts[FILE_TEMPORARY_NAME],
        .file_id = file->texts[FILE_ID],
        .size_hint = file->size_hint,
        .mandatory = file->mandatory,
    };
}

static enum store_phase phase_of(const struct file *file)
{
    if (file->in_place)
        return STORE_IN_PLACE;
    return file->phase == FILE_DONE ? STORE_DONE : STORE_WAITING;
}

void record_progress_locked(const struct file *file, struct record_memory *memory,
                            struct store_progress *row)
{
    record_ranges(file->spans, file->span_count, memory->spans);
    *row = (struct store_progress){
        .job = file->job->row,
        .index = (UINT32)file->index,
        .phase = phase_of(file),
        .valid = file->valid,
        .total = file->total,
        .remote = file->remote,
        .received = file->phase == FILE_DONE ? file->received : file->checkpoint,
        .highest = file->highest,
        .validator = memory->validator,
        .validator_size = put_validator(file, memory->validator),
        .spans = file->span_count ? memory->spans : NULL,
        .spans_size = record_ranges_size(file->span_count),
        .body_bytes = file->body_bytes,
        .duration_ms = file->duration_ms,
        .connections = file->connections,
        .cache_bytes = file->cache_bytes,
        .cache_connections = file->cache_connections,
        .effective_url = file->texts[FILE_EFFECTIVE_URL],
        .server_ip = file->texts[FILE_SERVER_IP],
        .response_headers = file->texts[FILE_RESPONSE_HEADERS],
    };
}

void record_no_content(const struct file *file, struct store_progress *row)
{
    row->phase = STORE_WAITING;
    row->total = range_total(file->ranges, file->range_count, STORE_UNKNOWN);
    row->remote = STORE_UNKNOWN;
    row->received = row->highest = 0;
    row->validator = NULL;
    row->validator_size = 0;
    row->spans = NULL;
    row->spans_size = 0;
}
