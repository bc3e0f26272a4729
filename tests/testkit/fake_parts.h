/*
 * The files and errors of a fake job, and what they and the job know of each other. Tests use
 * fake_job.h.
 */
#ifndef TESTKIT_FAKE_PARTS_H
#define TESTKIT_FAKE_PARTS_H

#include "com/com_object.h"
#include "fake_job.h"

struct fake_data /* of one file */
{
    const WCHAR *remote; /* literals of the test */
    const WCHAR *local;
    UINT64 size;
    UINT64 bytes;
};

struct fake_failure_data /* of an error */
{
    BG_ERROR_CONTEXT context;
    HRESULT code;
    size_t file; /* or SIZE_MAX */
};

struct com_object *fake_job_object(struct fake_job *job);
struct fake_data fake_job_data(struct fake_job *job, size_t index);

HRESULT fake_file_create(struct fake_job *job, size_t index, IUnknown **out);
HRESULT fake_error_create(struct fake_job *job, const struct fake_failure_data *data,
                          IBackgroundCopyError **out);

/* Unnamed parameters are what a method has that is not here. */
#define NOT_FAKED(object, face, method, ...)                                                       \
    static HRESULT STDMETHODCALLTYPE object##_##method(face *iface, ##__VA_ARGS__)                 \
    {                                                                                              \
        (void)iface;                                                                               \
        return E_NOTIMPL;                                                                          \
    }

#endif
