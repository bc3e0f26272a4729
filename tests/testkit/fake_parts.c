#include "testkit/fake_parts.h"

#include "base/mem.h"
#include "base/str.h"

struct fake_file
{
    struct com_object com;
    IBackgroundCopyFile6 IBackgroundCopyFile6_iface;
    struct fake_job *job; /* counted */
    size_t index;
};
COM_IMPLEMENTS(fake_file, IBackgroundCopyFile6)

struct fake_error
{
    struct com_object com;
    IBackgroundCopyError IBackgroundCopyError_iface;
    struct fake_job *job; /* counted */
    struct fake_failure_data data;
};
COM_IMPLEMENTS(fake_error, IBackgroundCopyError)

/* ---- files ---- */

static void fake_file_free(struct com_object *com)
{
    struct fake_file *file = CONTAINER_OF(com, struct fake_file, com);

    com_object_release(fake_job_object(file->job));
    mem_free(file);
}

static struct fake_data file_data(struct fake_file *file)
{
    return fake_job_data(file->job, file->index);
}

static HRESULT STDMETHODCALLTYPE fake_file_GetRemoteName(IBackgroundCopyFile6 *iface, LPWSTR *name)
{
    return str_cotask_dup(file_data(fake_file_from_IBackgroundCopyFile6(iface)).remote, name);
}

static HRESULT STDMETHODCALLTYPE fake_file_GetLocalName(IBackgroundCopyFile6 *iface, LPWSTR *name)
{
    return str_cotask_dup(file_data(fake_file_from_IBackgroundCopyFile6(iface)).local, name);
}

static HRESULT STDMETHODCALLTYPE fake_file_GetProgress(IBackgroundCopyFile6 *iface,
                                                       BG_FILE_PROGRESS *progress)
{
    struct fake_data data = file_data(fake_file_from_IBackgroundCopyFile6(iface));

    progress->BytesTotal = data.size;
    progress->BytesTransferred = data.bytes;
    progress->Completed = FALSE;
    return S_OK;
}

NOT_FAKED(fake_file, IBackgroundCopyFile6, GetFileRanges, DWORD *, BG_FILE_RANGE **)
NOT_FAKED(fake_file, IBackgroundCopyFile6, SetRemoteName, LPCWSTR)
NOT_FAKED(fake_file, IBackgroundCopyFile6, GetTemporaryName, LPWSTR *)
NOT_FAKED(fake_file, IBackgroundCopyFile6, SetValidationState, BOOL)
NOT_FAKED(fake_file, IBackgroundCopyFile6, GetValidationState, BOOL *)
NOT_FAKED(fake_file, IBackgroundCopyFile6, IsDownloadedFromPeer, BOOL *)
NOT_FAKED(fake_file, IBackgroundCopyFile6, GetPeerDownloadStats, UINT64 *, UINT64 *)
NOT_FAKED(fake_file, IBackgroundCopyFile6, SetProperty, BITS_FILE_PROPERTY_ID,
          BITS_FILE_PROPERTY_VALUE)
NOT_FAKED(fake_file, IBackgroundCopyFile6, GetProperty, BITS_FILE_PROPERTY_ID,
          BITS_FILE_PROPERTY_VALUE *)
NOT_FAKED(fake_file, IBackgroundCopyFile6, UpdateDownloadPosition, UINT64)
NOT_FAKED(fake_file, IBackgroundCopyFile6, RequestFileRanges, DWORD, const BG_FILE_RANGE *)

/* One range from the beginning. */
static HRESULT STDMETHODCALLTYPE fake_file_GetFilledFileRanges(IBackgroundCopyFile6 *iface,
                                                               DWORD *count, BG_FILE_RANGE **ranges)
{
    struct fake_data data = file_data(fake_file_from_IBackgroundCopyFile6(iface));

    *count = 0;
    *ranges = NULL;
    if (!data.bytes)
        return S_OK;
    if (!(*ranges = CoTaskMemAlloc(sizeof(**ranges))))
        return E_OUTOFMEMORY;
    *count = 1;
    (*ranges)->InitialOffset = 0;
    (*ranges)->Length = data.bytes;
    return S_OK;
}

static const IBackgroundCopyFile6Vtbl fake_file_vtbl = {
    COM_UNKNOWN(fake_file, IBackgroundCopyFile6),
    fake_file_GetRemoteName,
    fake_file_GetLocalName,
    fake_file_GetProgress,
    fake_file_GetFileRanges,
    fake_file_SetRemoteName,
    fake_file_GetTemporaryName,
    fake_file_SetValidationState,
    fake_file_GetValidationState,
    fake_file_IsDownloadedFromPeer,
    fake_file_GetPeerDownloadStats,
    fake_file_SetProperty,
    fake_file_GetProperty,
    fake_file_UpdateDownloadPosition,
    fake_file_RequestFileRanges,
    fake_file_GetFilledFileRanges,
};

static const struct com_interface fake_file_interfaces[] = {
    {&IID_IBackgroundCopyFile, offsetof(struct fake_file, IBackgroundCopyFile6_iface)},
    {&IID_IBackgroundCopyFile2, offsetof(struct fake_file, IBackgroundCopyFile6_iface)},
    {&IID_IBackgroundCopyFile6, offsetof(struct fake_file, IBackgroundCopyFile6_iface)},
};
static const struct com_class fake_file_class = {
    "fake file", fake_file_interfaces, ARRAY_SIZE(fake_file_interfaces), fake_file_free, NULL};

HRESULT fake_file_create(struct fake_job *job, size_t index, IUnknown **out)
{
    struct fake_file *file;

    if (!(file = mem_zalloc(sizeof(*file))))
        return E_OUTOFMEMORY;
    com_object_init(&file->com, &fake_file_class);
    file->IBackgroundCopyFile6_iface.lpVtbl = &fake_file_vtbl;
    file->job = job;
    com_object_addref(fake_job_object(job));
    file->index = index;
    *out = (IUnknown *)&file->IBackgroundCopyFile6_iface;
    return S_OK;
}

/* ---- errors ---- */

static void fake_error_free(struct com_object *com)
{
    struct fake_error *error = CONTAINER_OF(com, struct fake_error, com);

    com_object_release(fake_job_object(error->job));
    mem_free(error);
}

static HRESULT STDMETHODCALLTYPE fake_error_GetError(IBackgroundCopyError *iface,
                                                     BG_ERROR_CONTEXT *context, HRESULT *code)
{
    struct fake_error *error = fake_error_from_IBackgroundCopyError(iface);

    *context = error->data.context;
    *code = error->data.code;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE fake_error_GetFile(IBackgroundCopyError *iface,
                                                    IBackgroundCopyFile **file)
{
    struct fake_error *error = fake_error_from_IBackgroundCopyError(iface);

    *file = NULL;
    if (error->data.file == SIZE_MAX)
        return DO_E_FILE_NOT_AVAILABLE;
    return fake_file_create(error->job, error->data.file, (IUnknown **)file);
}

NOT_FAKED(fake_error, IBackgroundCopyError, GetErrorDescription, DWORD, LPWSTR *)
NOT_FAKED(fake_error, IBackgroundCopyError, GetErrorContextDescription, DWORD, LPWSTR *)
NOT_FAKED(fake_error, IBackgroundCopyError, GetProtocol, LPWSTR *)

static const IBackgroundCopyErrorVtbl fake_error_vtbl = {
    COM_UNKNOWN(fake_error, IBackgroundCopyError),
    fake_error_GetError,
    fake_error_GetFile,
    fake_error_GetErrorDescription,
    fake_error_GetErrorContextDescription,
    fake_error_GetProtocol,
};

static const struct com_interface fake_error_interfaces[] = {
    {&IID_IBackgroundCopyError, offsetof(struct fake_error, IBackgroundCopyError_iface)},
};
static const struct com_class fake_error_class = {
    "fake error", fake_error_interfaces, ARRAY_SIZE(fake_error_interfaces), fake_error_free, NULL};

HRESULT fake_error_create(struct fake_job *job, const struct fake_failure_data *data,
                          IBackgroundCopyError **out)
{
    struct fake_error *error;

    if (!(error = mem_zalloc(sizeof(*error))))
        return E_OUTOFMEMORY;
    com_object_init(&error->com, &fake_error_class);
    error->IBackgroundCopyError_iface.lpVtbl = &fake_error_vtbl;
    error->job = job;
    com_object_addref(fake_job_object(job));
    error->data = *data;
    *out = &error->IBackgroundCopyError_iface;
    return S_OK;
}
