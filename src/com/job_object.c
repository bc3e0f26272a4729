#include "com/job_object.h"
#include "com/job_methods.h"
#include "com/own_property.h"
#include "com/reference.h"
#include "base/mem.h"

bool job_is_final(struct job *job)
{
    return job_state_is_final(engine_job_state(job));
}

static const IBackgroundCopyJob5Vtbl job_vtbl = {
    COM_UNKNOWN(job_object, IBackgroundCopyJob5),
    job_object_AddFileSet,
    job_object_AddFile,
    job_object_EnumFiles,
    job_object_Suspend,
    job_object_Resume,
    job_object_Cancel,
    job_object_Complete,
    job_object_GetId,
    job_object_GetType,
    job_object_GetProgress,
    job_object_GetTimes,
    job_object_GetState,
    job_object_GetError,
    job_object_GetOwner,
    job_object_SetDisplayName,
    job_object_GetDisplayName,
    job_object_SetDescription,
    job_object_GetDescription,
    job_object_SetPriority,
    job_object_GetPriority,
    job_object_SetNotifyFlags,
    job_object_GetNotifyFlags,
    job_object_SetNotifyInterface,
    job_object_GetNotifyInterface,
    job_object_SetMinimumRetryDelay,
    job_object_GetMinimumRetryDelay,
    job_object_SetNoProgressTimeout,
    job_object_GetNoProgressTimeout,
    job_object_GetErrorCount,
    job_object_SetProxySettings,
    job_object_GetProxySettings,
    job_object_TakeOwnership,
    /* IBackgroundCopyJob2 */
    job_object_SetNotifyCmdLine,
    job_object_GetNotifyCmdLine,
    job_object_GetReplyProgress,
    job_object_GetReplyData,
    job_object_SetReplyFileName,
    job_object_GetReplyFileName,
    job_object_SetCredentials,
    job_object_RemoveCredentials,
    /* IBackgroundCopyJob3 */
    job_object_ReplaceRemotePrefix,
    job_object_AddFileWithRanges,
    job_object_SetFileACLFlags,
    job_object_GetFileACLFlags,
    /* IBackgroundCopyJob4 */
    job_object_SetPeerCachingFlags,
    job_object_GetPeerCachingFlags,
    job_object_GetOwnerIntegrityLevel,
    job_object_GetOwnerElevationState,
    job_object_SetMaximumDownloadTime,
    job_object_GetMaximumDownloadTime,
    /* IBackgroundCopyJob5 */
    job_object_SetProperty,
    job_object_GetProperty,
};

static struct own_target own_target_of(const struct job_object *object)
{
    return (struct own_target){.job = object->job};
}
OWN_PROPERTIES(job_object, own_target_of);

static void job_object_free(struct com_object *com)
{
    struct job_object *object = CONTAINER_OF(com, struct job_object, com);

    job_release(object->job);
    mem_free(object);
}

#define JOB_FACE_AT(interface_, member)                                                            \
    {                                                                                              \
        &IID_##interface_, offsetof(struct job_object, member##_iface)                             \
    }

static const struct com_interface interfaces[] = {
    JOB_FACE_AT(IBackgroundCopyJob, IBackgroundCopyJob5),
    JOB_FACE_AT(IBackgroundCopyJob2, IBackgroundCopyJob5),
    JOB_FACE_AT(IBackgroundCopyJob3, IBackgroundCopyJob5),
    JOB_FACE_AT(IBackgroundCopyJob4, IBackgroundCopyJob5),
    JOB_FACE_AT(IBackgroundCopyJob5, IBackgroundCopyJob5),
    JOB_FACE_AT(IBackgroundCopyJobHttpOptions, IBackgroundCopyJobHttpOptions3),
    JOB_FACE_AT(IBackgroundCopyJobHttpOptions2, IBackgroundCopyJobHttpOptions3),
    JOB_FACE_AT(IBackgroundCopyJobHttpOptions3, IBackgroundCopyJobHttpOptions3),
    JOB_FACE_AT(IBitsTokenOptions, IBitsTokenOptions),
    JOB_FACE_AT(IDosvcProperties, IDosvcProperties),
    /* the last two are for Delivery Optimization only */
    JOB_FACE_AT(IDeliveryOptimizationJob, IDeliveryOptimizationJob),
    JOB_FACE_AT(IDeliveryOptimizationJob2, IDeliveryOptimizationJob2),
};

static void job_object_refer(const struct com_object *com, struct reference *reference)
{
    const struct job_object *object = CONTAINER_OF(com, struct job_object, com);

    *reference = (struct reference){
        .kind = REFERENCE_JOB, .face = job_face(object->job), .id = *job_id(object->job)};
}

static const struct com_class do_class = {
    "job", interfaces, ARRAY_SIZE(interfaces), job_object_free, NULL, job_object_refer,
};

static const struct com_class bits_class = {
    "BITS job", interfaces, ARRAY_SIZE(interfaces) - 2, job_object_free, NULL, job_object_refer,
};

HRESULT job_object_create(struct job *job, IBackgroundCopyJob5 **out)
{
    struct job_object *object = mem_zalloc(sizeof(*object));

    *out = NULL;
    if (!object)
        return E_OUTOFMEMORY;
    com_object_init(&object->com, job_face(job) == JOB_FACE_BITS ? &bits_class : &do_class);
    object->IBackgroundCopyJob5_iface.lpVtbl = &job_vtbl;
    object->IBackgroundCopyJobHttpOptions3_iface.lpVtbl = &job_http_vtbl;
    object->IBitsTokenOptions_iface.lpVtbl = &job_token_vtbl;
    object->IDeliveryOptimizationJob_iface.lpVtbl = &job_delivery_vtbl;
    object->IDeliveryOptimizationJob2_iface.lpVtbl = &job_delivery2_vtbl;
    object->IDosvcProperties_iface.lpVtbl = &job_object_own_vtbl;
    object->job = job;
    job_addref(job);
    *out = &object->IBackgroundCopyJob5_iface;
    return S_OK;
}
