/*
 * The methods of struct job_object, which are too many for one file:
 *
 *     com/job_work       IBackgroundCopyJob: files, Resume to Complete, error, callback
 *     com/job_settings   IBackgroundCopyJob: what a job is and how it is set up
 *     com/job_extras     IBackgroundCopyJob2 to 4
 *     com/job_properties IBackgroundCopyJob5
 *     com/job_http       IBackgroundCopyJobHttpOptions to 3
 *     com/job_token      IBitsTokenOptions
 *     com/job_delivery   IDeliveryOptimizationJob, IDeliveryOptimizationJob2
 *
 * What a method does stands in the IDL. Each validates what the client gave, and leaves the
 * judgement of the job's state to the engine.
 */
#ifndef DOSVC_COM_JOB_METHODS_H
#define DOSVC_COM_JOB_METHODS_H

#include "com/com_object.h"
#include "com/client_text.h"
#include "com/dialect.h"
#include "core/engine.h"
#include "dosvc.h"

struct job_object
{
    struct com_object com;
    IBackgroundCopyJob5 IBackgroundCopyJob5_iface;
    IBackgroundCopyJobHttpOptions3 IBackgroundCopyJobHttpOptions3_iface;
    IBitsTokenOptions IBitsTokenOptions_iface;
    IDeliveryOptimizationJob IDeliveryOptimizationJob_iface;
    IDeliveryOptimizationJob2 IDeliveryOptimizationJob2_iface;
    IDosvcProperties IDosvcProperties_iface;
    struct job *job; /* counted; outlives this object */
};
COM_IMPLEMENTS(job_object, IBackgroundCopyJob5)
COM_IMPLEMENTS(job_object, IBackgroundCopyJobHttpOptions3)
COM_IMPLEMENTS(job_object, IBitsTokenOptions)
COM_IMPLEMENTS(job_object, IDeliveryOptimizationJob)
COM_IMPLEMENTS(job_object, IDeliveryOptimizationJob2)
COM_IMPLEMENTS(job_object, IDosvcProperties)

/* Every method's first step. */
static inline struct job *job_of(IBackgroundCopyJob5 *iface)
{
    return job_object_from_IBackgroundCopyJob5(iface)->job;
}

#define JOB_METHOD(name, ...)                                                                      \
    HRESULT STDMETHODCALLTYPE job_object_##name(IBackgroundCopyJob5 *iface, ##__VA_ARGS__)

/* For methods that the engine cannot judge, because they do nothing there. */
bool job_is_final(struct job *job);

/* com/job_work */
JOB_METHOD(AddFileSet, ULONG count, BG_FILE_INFO *files);
JOB_METHOD(AddFile, LPCWSTR remote, LPCWSTR local);
JOB_METHOD(EnumFiles, IEnumBackgroundCopyFiles **out);
JOB_METHOD(Suspend);
JOB_METHOD(Resume);
JOB_METHOD(Cancel);
JOB_METHOD(Complete);
JOB_METHOD(GetError, IBackgroundCopyError **out);
JOB_METHOD(SetNotifyInterface, IUnknown *callback);
JOB_METHOD(GetNotifyInterface, IUnknown **callback);

/* com/job_settings */
JOB_METHOD(GetId, GUID *id);
JOB_METHOD(GetType, BG_JOB_TYPE *type);
JOB_METHOD(GetProgress, BG_JOB_PROGRESS *progress);
JOB_METHOD(GetTimes, BG_JOB_TIMES *times);
JOB_METHOD(GetState, BG_JOB_STATE *state);
JOB_METHOD(GetOwner, LPWSTR *owner);
JOB_METHOD(SetDisplayName, LPCWSTR name);
JOB_METHOD(GetDisplayName, LPWSTR *name);
JOB_METHOD(SetDescription, LPCWSTR description);
JOB_METHOD(GetDescription, LPWSTR *description);
JOB_METHOD(SetPriority, BG_JOB_PRIORITY priority);
JOB_METHOD(GetPriority, BG_JOB_PRIORITY *priority);
JOB_METHOD(SetNotifyFlags, ULONG flags);
JOB_METHOD(GetNotifyFlags, ULONG *flags);
JOB_METHOD(SetMinimumRetryDelay, ULONG seconds);
JOB_METHOD(GetMinimumRetryDelay, ULONG *seconds);
JOB_METHOD(SetNoProgressTimeout, ULONG seconds);
JOB_METHOD(GetNoProgressTimeout, ULONG *seconds);
JOB_METHOD(GetErrorCount, ULONG *count);
JOB_METHOD(SetProxySettings, BG_JOB_PROXY_USAGE usage, const WCHAR *list, const WCHAR *bypass);
JOB_METHOD(GetProxySettings, BG_JOB_PROXY_USAGE *usage, LPWSTR *list, LPWSTR *bypass);
JOB_METHOD(TakeOwnership);

/* com/job_extras */
JOB_METHOD(SetNotifyCmdLine, LPCWSTR program, LPCWSTR parameters);
JOB_METHOD(GetNotifyCmdLine, LPWSTR *program, LPWSTR *parameters);
JOB_METHOD(GetReplyProgress, BG_JOB_REPLY_PROGRESS *progress);
JOB_METHOD(GetReplyData, byte **data, UINT64 *length);
JOB_METHOD(SetReplyFileName, LPCWSTR name);
JOB_METHOD(GetReplyFileName, LPWSTR *name);
JOB_METHOD(SetCredentials, BG_AUTH_CREDENTIALS *credentials);
JOB_METHOD(RemoveCredentials, BG_AUTH_TARGET target, BG_AUTH_SCHEME scheme);
JOB_METHOD(ReplaceRemotePrefix, LPCWSTR from, LPCWSTR to);
JOB_METHOD(AddFileWithRanges, LPCWSTR remote, LPCWSTR local, DWORD count, BG_FILE_RANGE *ranges);
JOB_METHOD(SetFileACLFlags, DWORD flags);
JOB_METHOD(GetFileACLFlags, DWORD *flags);
JOB_METHOD(SetPeerCachingFlags, DWORD flags);
JOB_METHOD(GetPeerCachingFlags, DWORD *flags);
JOB_METHOD(GetOwnerIntegrityLevel, ULONG *level);
JOB_METHOD(GetOwnerElevationState, BOOL *elevated);
JOB_METHOD(SetMaximumDownloadTime, ULONG seconds);
JOB_METHOD(GetMaximumDownloadTime, ULONG *seconds);

/* com/job_properties */
JOB_METHOD(SetProperty, BITS_JOB_PROPERTY_ID id, BITS_JOB_PROPERTY_VALUE value);
JOB_METHOD(GetProperty, BITS_JOB_PROPERTY_ID id, BITS_JOB_PROPERTY_VALUE *value);

/* The vtables of the other files. */
extern const IBackgroundCopyJobHttpOptions3Vtbl job_http_vtbl;
extern const IBitsTokenOptionsVtbl job_token_vtbl;
extern const IDeliveryOptimizationJobVtbl job_delivery_vtbl;
extern const IDeliveryOptimizationJob2Vtbl job_delivery2_vtbl;

/* Shared by what takes ranges: an array of the model's ranges, to be freed with mem_free. NULL for
 * count 0. */
struct range;
HRESULT job_ranges_from_client(const BG_FILE_RANGE *ranges, DWORD count, struct range **out);
/* Adds a file like that, of these ranges; first, which may be NULL, gets it. */
HRESULT job_add_file(struct job *job, const struct file_spec *like, const BG_FILE_RANGE *ranges,
                     DWORD count, struct file **first);

/* A Get method for a number that clients see as an unsigned 32-bit value. */
HRESULT job_number_to_client(struct job *job, enum job_number which, ULONG *out);

#endif
