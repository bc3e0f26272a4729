#include "fake_job.h"

#include "base/mem.h"
#include "com/job_lane.h"
#include "com/job_methods.h"
#include "com/job_object.h"
#include "core/job.h"
#include "core/lock.h"
#include "core/table.h"

struct fake_failure
{
    HRESULT hr;
    unsigned int times;
};

struct fake_job
{
    struct job *job;           /* counted, and in the table until it is final */
    struct job_object *object; /* its first face, whose end this is */
    struct com_class com_class;
    IBackgroundCopyJob5Vtbl vtbl; /* the face's own: what can fail, and the real ones */
    struct job_error error;       /* for the next move into (transient) error */

    struct lock lock; /* protects what follows */
    struct fake_failure failures[FAKE_METHOD_COUNT];
    unsigned int calls[FAKE_METHOD_COUNT];
};

/* ---- what can fail ---- */

static struct fake_job *fake_of(IBackgroundCopyJob5 *iface)
{
    return (struct fake_job *)((char *)(uintptr_t)iface->lpVtbl - offsetof(struct fake_job, vtbl));
}

static const IBackgroundCopyJob5Vtbl *real; /* the same for every job */

/* Counts the call; what it is to fail with, or S_OK. */
static HRESULT enter(IBackgroundCopyJob5 *iface, enum fake_method method)
{
    struct fake_job *fake = fake_of(iface);
    HRESULT hr = S_OK;

    lock_take(&fake->lock);
    fake->calls[method]++;
    if (fake->failures[method].times)
    {
        fake->failures[method].times--;
        hr = fake->failures[method].hr;
    }
    lock_drop(&fake->lock);
    return hr;
}

static HRESULT STDMETHODCALLTYPE fake_job_GetState(IBackgroundCopyJob5 *iface, BG_JOB_STATE *state)
{
    HRESULT hr = enter(iface, FAKE_GET_STATE);

    return FAILED(hr) ? hr : real->GetState(iface, state);
}

static HRESULT STDMETHODCALLTYPE fake_job_GetNotifyFlags(IBackgroundCopyJob5 *iface, ULONG *flags)
{
    HRESULT hr = enter(iface, FAKE_GET_FLAGS);

    return FAILED(hr) ? hr : real->GetNotifyFlags(iface, flags);
}

static HRESULT STDMETHODCALLTYPE fake_job_GetError(IBackgroundCopyJob5 *iface,
                                                   IBackgroundCopyError **out)
{
    HRESULT hr = enter(iface, FAKE_GET_ERROR);

    return FAILED(hr) ? hr : real->GetError(iface, out);
}

static HRESULT STDMETHODCALLTYPE fake_job_EnumFiles(IBackgroundCopyJob5 *iface,
                                                    IEnumBackgroundCopyFiles **out)
{
    HRESULT hr = enter(iface, FAKE_ENUM_FILES);

    return FAILED(hr) ? hr : real->EnumFiles(iface, out);
}

static HRESULT STDMETHODCALLTYPE fake_job_Cancel(IBackgroundCopyJob5 *iface)
{
    HRESULT hr = enter(iface, FAKE_CANCEL);

    return FAILED(hr) ? hr : real->Cancel(iface);
}

static HRESULT STDMETHODCALLTYPE fake_job_Complete(IBackgroundCopyJob5 *iface)
{
    HRESULT hr = enter(iface, FAKE_COMPLETE);

    return FAILED(hr) ? hr : real->Complete(iface);
}

/* ---- life ---- */

static void (*free_real)(struct com_object *com);

static void fake_job_free(struct com_object *com)
{
    IBackgroundCopyJob5 *face =
        &CONTAINER_OF(com, struct job_object, com)->IBackgroundCopyJob5_iface;
    struct fake_job *fake = fake_of(face);
    bool listed;

    lock_take(&engine_lock);
    if ((listed = !job_state_is_final(fake->job->state)))
        table_remove_locked(fake->job);
    lock_drop(&engine_lock);
    if (listed)
        job_release(fake->job);
    job_release(fake->job);
    free_real(com);
    mem_free(fake);
}

static void take_over(struct fake_job *fake, IBackgroundCopyJob5 *face)
{
    fake->object = CONTAINER_OF(face, struct job_object, IBackgroundCopyJob5_iface);
    real = face->lpVtbl;
    fake->vtbl = *real;
    fake->vtbl.GetState = fake_job_GetState;
    fake->vtbl.GetNotifyFlags = fake_job_GetNotifyFlags;
    fake->vtbl.GetError = fake_job_GetError;
    fake->vtbl.EnumFiles = fake_job_EnumFiles;
    fake->vtbl.Cancel = fake_job_Cancel;
    fake->vtbl.Complete = fake_job_Complete;
    face->lpVtbl = &fake->vtbl;
    free_real = fake->object->com.class->free;
    fake->com_class = *fake->object->com.class;
    fake->com_class.free = fake_job_free;
    fake->object->com.class = &fake->com_class;
}

struct fake_job *fake_job_create(void)
{
    struct fake_job *fake = mem_zalloc(sizeof(*fake));
    IBackgroundCopyJob5 *face;

    if (!fake)
        return NULL;
    lock_init(&fake->lock, LOCK_LEAF);
    if (FAILED(engine_open()) || FAILED(engine_create_job(JOB_FACE_DO, L"fake", &fake->job)))
        goto done;
    if (FAILED(job_object_create(fake->job, &face)))
        goto done;
    take_over(fake, face);
    fake_job_set_error(fake, BG_ERROR_CONTEXT_NONE, E_FAIL, SIZE_MAX);
    return fake;

done:
    if (fake->job)
        engine_cancel_job(fake->job);
    job_release(fake->job);
    mem_free(fake);
    return NULL;
}

IBackgroundCopyJob *fake_job_face(struct fake_job *fake)
{
    return (IBackgroundCopyJob *)&fake->object->IBackgroundCopyJob5_iface;
}

struct dispatcher *fake_job_dispatcher(struct fake_job *fake)
{
    struct dispatcher *dispatcher = NULL;

    job_lane_dispatcher(fake->job, &dispatcher);
    return dispatcher;
}

LONG fake_job_references(const struct fake_job *fake)
{
    return *(const volatile LONG *)&fake->object->com.references;
}

/* ---- its story ---- */

static void tell_locked(struct fake_job *fake, const struct job_event *event)
{
    if (fake->job->observer)
        fake->job->observer->notify(fake->job->observer, event);
}

void fake_job_post(struct fake_job *fake, const struct job_event *event)
{
    lock_take(&engine_lock);
    tell_locked(fake, event);
    lock_drop(&engine_lock);
}

void fake_job_move(struct fake_job *fake, BG_JOB_STATE state)
{
    enum job_state to = (enum job_state)state;
    struct job *job = fake->job;
    const struct failure_info failure = {.kind = FAILURE_INTERNAL};
    bool ends;

    lock_take(&engine_lock);
    ends = job_state_is_final(to) && !job_state_is_final(job->state);
    if (!job_state_may_move(job->state, to)) /* as if it had come there by a way nobody saw */
        job->state = to == JOB_QUEUED ? JOB_SUSPENDED : JOB_QUEUED;
    if (to == JOB_ERROR || to == JOB_TRANSIENT_ERROR)
    {
        job_fail_locked(job, to, &failure, NULL, fake->error.file, NULL);
        job->error = fake->error;
    }
    else
        job_move_locked(job, to);
    if (ends)
        table_remove_locked(job);
    lock_drop(&engine_lock);
    if (ends)
        job_release(job);
}

void fake_job_modify(struct fake_job *fake)
{
    lock_take(&engine_lock);
    job_touch_locked(fake->job);
    lock_drop(&engine_lock);
}

void fake_job_set_error(struct fake_job *fake, BG_ERROR_CONTEXT context, HRESULT code, size_t file)
{
    fake->error.failure.kind = FAILURE_INTERNAL;
    fake->error.context = context;
    fake->error.code = code;
    fake->error.file = file == SIZE_MAX ? NULL : engine_file(fake->job, file);
}

/* ---- its files ---- */

size_t fake_job_add_file(struct fake_job *fake, const WCHAR *remote, const WCHAR *local,
                         UINT64 size)
{
    const struct file_spec spec = {.remote_name = remote, .local_name = local, .size = size};
    struct job *job = fake->job;
    struct file *file, **grown;
    size_t index = SIZE_MAX;

    if (FAILED(file_create(job, &spec, &file)))
        return SIZE_MAX;
    lock_take(&engine_lock);
    grown = mem_array_grow(job->files, &job->file_capacity, job->file_count + 1, sizeof(*grown));
    if (grown)
    {
        job->files = grown;
        file->total = size;
        job_link_file_locked(job, file);
        tally_file_locked(file);
        index = file->index;
        job_touch_locked(job);
    }
    lock_drop(&engine_lock);
    if (!grown)
        file_free(file);
    return index;
}

void fake_job_set_progress(struct fake_job *fake, size_t index, UINT64 bytes)
{
    lock_take(&engine_lock);
    fake->job->files[index]->received = fake->job->files[index]->front = bytes;
    tally_file_locked(fake->job->files[index]);
    job_touch_locked(fake->job);
    lock_drop(&engine_lock);
}

void fake_job_file_done(struct fake_job *fake, size_t index)
{
    const struct job_event event = {.what = JOB_EVENT_FILE_TRANSFERRED, .file_index = index};
    struct file *file = fake->job->files[index];

    lock_take(&engine_lock);
    if (file->total == UINT64_MAX)
        file->total = file->received;
    file->received = file->front = file->total;
    file->phase = FILE_DONE;
    tally_file_locked(file);
    tell_locked(fake, &event);
    lock_drop(&engine_lock);
}

void fake_job_ranges_done(struct fake_job *fake, size_t index, UINT64 offset, UINT64 length)
{
    const struct job_event event = {
        .what = JOB_EVENT_FILE_RANGES, .file_index = index, .offset = offset, .length = length};

    fake_job_post(fake, &event);
}

/* ---- its methods ---- */

void fake_job_fail(struct fake_job *fake, enum fake_method method, HRESULT hr, unsigned int times)
{
    lock_take(&fake->lock);
    fake->failures[method].hr = hr;
    fake->failures[method].times = times;
    lock_drop(&fake->lock);
}

unsigned int fake_job_calls(struct fake_job *fake, enum fake_method method)
{
    unsigned int calls;

    lock_take_shared(&fake->lock);
    calls = fake->calls[method];
    lock_drop_shared(&fake->lock);
    return calls;
}
