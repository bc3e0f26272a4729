/*
 * What a test tells of a job or a download: found by its id, so that a client's own object around
 * one will do, handed to fake/script, and delivered.
 */
#include "base/platform.h"

#include "base/str.h"
#include "core/download.h"
#include "core/engine.h"
#include "fake/fake_delivery.h"
#include "fake/script.h"

#include "dosvc_fake.h"

/* ---- whom it is about ---- */

static HRESULT find(const GUID *id, const enum job_face *faces, size_t count, struct job **job)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (SUCCEEDED(engine_find_job(faces[i], id, job)))
            return S_OK;
    return E_NOT_SET;
}

static HRESULT find_job(IBackgroundCopyJob *object, struct job **job)
{
    static const enum job_face faces[] = {JOB_FACE_DO, JOB_FACE_BITS};
    HRESULT hr;
    GUID id;

    if (!object)
        return E_INVALIDARG;
    hr = IBackgroundCopyJob_GetId(object, &id);
    return FAILED(hr) ? hr : find(&id, faces, ARRAY_SIZE(faces), job);
}

static HRESULT find_download(IDODownload *object, struct job **job)
{
    static const enum job_face faces[] = {JOB_FACE_DOWNLOAD};
    VARIANT value;
    HRESULT hr;
    GUID id;

    if (!object)
        return E_INVALIDARG;
    VariantInit(&value);
    hr = IDODownload_GetProperty(object, DODownloadProperty_Id, &value);
    if (SUCCEEDED(hr) && (V_VT(&value) != VT_BSTR || !str_wide_to_guid(V_BSTR(&value), &id)))
        hr = E_NOT_SET;
    VariantClear(&value);
    return FAILED(hr) ? hr : find(&id, faces, ARRAY_SIZE(faces), job);
}

/* It was told. */
static HRESULT end(struct job *job, HRESULT hr)
{
    job_release(job);
    if (SUCCEEDED(hr))
        fake_delivery_run();
    return hr;
}

/* ---- jobs ---- */

HRESULT STDAPICALLTYPE DosvcFakeJobConnect(IBackgroundCopyJob *object)
{
    struct job *job;
    HRESULT hr = find_job(object, &job);

    return FAILED(hr) ? hr : end(job, script_connect(job));
}

HRESULT STDAPICALLTYPE DosvcFakeJobReceive(IBackgroundCopyJob *object, ULONG file, UINT64 bytes,
                                           UINT64 total)
{
    struct job *job;
    HRESULT hr = find_job(object, &job);

    return FAILED(hr) ? hr : end(job, script_receive(job, file, bytes, total));
}

HRESULT STDAPICALLTYPE DosvcFakeJobFinishFile(IBackgroundCopyJob *object, ULONG file)
{
    struct job *job;
    HRESULT hr = find_job(object, &job);

    return FAILED(hr) ? hr : end(job, script_finish_file(job, file));
}

HRESULT STDAPICALLTYPE DosvcFakeJobTransfer(IBackgroundCopyJob *object)
{
    struct job *job;
    HRESULT hr = find_job(object, &job);

    return FAILED(hr) ? hr : end(job, script_finish(job));
}

static HRESULT fail_job(IBackgroundCopyJob *object, enum job_state state, BG_ERROR_CONTEXT context,
                        HRESULT code, ULONG file)
{
    struct script_error error = {.code = code, .context = context, .file = file};
    struct job *job;
    HRESULT hr;

    if (SUCCEEDED(code) || (unsigned int)context > BG_ERROR_CONTEXT_SERVER_CERTIFICATE_CALLBACK)
        return E_INVALIDARG;
    if (file == DOSVC_FAKE_NO_FILE)
        error.file = SCRIPT_NO_FILE;
    hr = find_job(object, &job);
    return FAILED(hr) ? hr : end(job, script_fail(job, state, &error));
}

HRESULT STDAPICALLTYPE DosvcFakeJobFail(IBackgroundCopyJob *object, BG_ERROR_CONTEXT context,
                                        HRESULT code, ULONG file)
{
    return fail_job(object, JOB_ERROR, context, code, file);
}

HRESULT STDAPICALLTYPE DosvcFakeJobHinder(IBackgroundCopyJob *object, BG_ERROR_CONTEXT context,
                                          HRESULT code, ULONG file)
{
    return fail_job(object, JOB_TRANSIENT_ERROR, context, code, file);
}

HRESULT STDAPICALLTYPE DosvcFakeJobModify(IBackgroundCopyJob *object)
{
    struct job *job;
    HRESULT hr = find_job(object, &job);

    return FAILED(hr) ? hr : end(job, script_modify(job));
}

/* ---- downloads ---- */

HRESULT STDAPICALLTYPE DosvcFakeDownloadReceive(IDODownload *object, UINT64 bytes, UINT64 total)
{
    struct job *job;
    HRESULT hr = find_download(object, &job);

    return FAILED(hr) ? hr : end(job, script_receive(job, 0, bytes, total));
}

/* A failed Write ends the download as it does in a real one. */
static HRESULT write_next(struct job *job, const void *data, ULONG size)
{
    struct script_error error = {.file = 0};
    struct download_status status;
    struct stream_sink *stream;
    HRESULT hr;

    download_status(job, &status);
    if (status.state != DOWNLOAD_TRANSFERRING)
        return E_NOT_VALID_STATE;
    if (status.bytes_total && size > status.bytes_total - status.bytes_transferred)
        return E_INVALIDARG;
    if (!(stream = download_stream(job)))
        return E_NOT_SET;
    hr = stream->write(stream, data, size);
    stream->release(stream);
    if (SUCCEEDED(hr))
        return script_receive(job, 0, status.bytes_transferred + size, UINT64_MAX);
    error.code = hr;
    script_fail(job, JOB_ERROR, &error);
    fake_delivery_run();
    return hr;
}

HRESULT STDAPICALLTYPE DosvcFakeDownloadWrite(IDODownload *object, const void *data, ULONG size)
{
    struct job *job;
    HRESULT hr;

    if (!data && size)
        return E_INVALIDARG;
    hr = find_download(object, &job);
    return FAILED(hr) ? hr : end(job, write_next(job, data, size));
}

HRESULT STDAPICALLTYPE DosvcFakeDownloadTransfer(IDODownload *object)
{
    struct job *job;
    HRESULT hr = find_download(object, &job);

    return FAILED(hr) ? hr : end(job, script_finish(job));
}

HRESULT STDAPICALLTYPE DosvcFakeDownloadFail(IDODownload *object, HRESULT error, HRESULT extended)
{
    struct script_error told = {.code = error, .extended = extended, .file = 0};
    struct job *job;
    HRESULT hr;

    if (SUCCEEDED(error))
        return E_INVALIDARG;
    hr = find_download(object, &job);
    return FAILED(hr) ? hr : end(job, script_fail(job, JOB_ERROR, &told));
}
