#include "com/dispatcher.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "com/agenda.h"
#include "com/file_notice.h"
#include "com/notify_fallback.h"
#include "com/registrar.h"

struct dispatcher
{
    struct registrar registrar; /* whose lock protects the rest */
    struct agenda agenda;
};

static IBackgroundCopyJob *job_of(const struct registration *registration)
{
    return (IBackgroundCopyJob *)registration->facade;
}

/* ---- deliveries ---- */

struct step /* of a run: one look, and at most one delivery */
{
    struct registration *registration; /* counted */
    struct look look;
};

struct run /* of the lane */
{
    struct dispatcher *dispatcher;
    unsigned int number;
    struct file_cursor files; /* of the job; kept for the length of the run */
};

/* Whether an answer still counts: nobody re-registered, and this run was not given up. */
static bool counts_locked(const struct run *run, const struct step *step)
{
    return registrar_counts_locked(&run->dispatcher->registrar, run->number, step->registration);
}

static void end_answered(const struct run *run, const struct step *step, HRESULT hr)
{
    lock_take(&run->dispatcher->registrar.lock);
    if (counts_locked(run, step))
        agenda_answer_end(&run->dispatcher->agenda, &step->look, hr);
    lock_drop(&run->dispatcher->registrar.lock);
}

static void told(IBackgroundCopyJob *job, const char *event, HRESULT hr)
{
    GUID id = {0};

    if (SUCCEEDED(hr))
    {
        TRACE("%s gave 0x%08lx", event, hr);
        return;
    }
    IBackgroundCopyJob_GetId(job, &id);
    WARN("job %s: a client answered %s with 0x%08lx: it is told again later", LOG_GUID(&id), event,
         hr);
}

static void deliver_transferred(struct run *run, const struct step *step)
{
    const struct registration *registration = step->registration;
    HRESULT hr;

    if (!registrar_stands(&run->dispatcher->registrar, registration))
        return;
    hr = notify_target_job_transferred(registration->target, job_of(registration));
    told(job_of(registration), "JobTransferred", hr);
    if (FAILED(hr) && notify_command_run(job_of(registration)) == S_OK)
        hr = S_OK;
    end_answered(run, step, hr);
}

static void deliver_error(struct run *run, const struct step *step)
{
    const struct registration *registration = step->registration;
    IBackgroundCopyError *error;
    BG_JOB_STATE state;
    HRESULT hr;

    hr = IBackgroundCopyJob_GetError(job_of(registration), &error);
    if (FAILED(hr))
    {
        /* the state was left meanwhile, or it is to be tried again */
        if (FAILED(IBackgroundCopyJob_GetState(job_of(registration), &state)) ||
            state == BG_JOB_STATE_ERROR)
            end_answered(run, step, hr);
        return;
    }
    if (registrar_stands(&run->dispatcher->registrar, registration))
    {
        hr = notify_target_job_error(registration->target, job_of(registration), error);
        told(job_of(registration), "JobError", hr);
        if (FAILED(hr) && notify_command_run(job_of(registration)) == S_OK)
            hr = S_OK;
        end_answered(run, step, hr);
    }
    IBackgroundCopyError_Release(error);
}

static void deliver_modification(struct run *run, const struct step *step)
{
    struct dispatcher *dispatcher = run->dispatcher;
    HRESULT hr;

    lock_take(&dispatcher->registrar.lock);
    if (!counts_locked(run, step) || dispatcher->registrar.closed)
    {
        lock_drop(&dispatcher->registrar.lock);
        return;
    }
    agenda_take_modification(&dispatcher->agenda);
    lock_drop(&dispatcher->registrar.lock);
    hr = notify_target_job_modification(step->registration->target, job_of(step->registration));
    TRACE("JobModification gave 0x%08lx", hr);
    (void)hr; /* it is not repeated */
}

static void notice_answered(const struct run *run, const struct step *step, HRESULT hr)
{
    lock_take(&run->dispatcher->registrar.lock);
    if (!counts_locked(run, step))
        ;
    else if (hr == FILE_NOTICE_NO_FILE)
        agenda_drop_notice(&run->dispatcher->agenda, &step->look);
    else
        agenda_answer_notice(&run->dispatcher->agenda, &step->look, hr);
    lock_drop(&run->dispatcher->registrar.lock);
}

static void deliver_notice(struct run *run, const struct step *step)
{
    struct file_notice prepared;
    HRESULT hr;

    hr =
        file_notice_prepare(&run->files, job_of(step->registration), &step->look.notice, &prepared);
    if (hr == S_OK)
    {
        if (registrar_stands(&run->dispatcher->registrar, step->registration))
        {
            hr = file_notice_deliver(&prepared, job_of(step->registration),
                                     step->registration->target);
            told(job_of(step->registration), "a file's event", hr);
        }
        file_notice_cleanup(&prepared);
    }
    notice_answered(run, step, hr);
}

/* ---- the lane's run ---- */

/* Asks the job what a choice rests on. */
static HRESULT take_look(struct dispatcher *dispatcher, struct step *step)
{
    IBackgroundCopyJob *job = job_of(step->registration);
    struct look *look = &step->look;
    bool owed;
    HRESULT hr;

    lock_take_shared(&dispatcher->registrar.lock);
    owed = dispatcher->agenda.owed;
    look->entries = dispatcher->agenda.entries;
    lock_drop_shared(&dispatcher->registrar.lock);
    look->kinds = notify_target_kinds(step->registration->target);
    look->state = BG_JOB_STATE_SUSPENDED;
    look->next = CLOCK_NEVER;
    if (SUCCEEDED(hr = IBackgroundCopyJob_GetNotifyFlags(job, &look->flags)) && owed)
        hr = IBackgroundCopyJob_GetState(job, &look->state);
    if (FAILED(hr))
    {
        WARN("the job does not say how it is, 0x%08lx", hr);
        look->next = clock_now() + AGENDA_REPEAT_FIRST;
    }
    return hr;
}

/* One look and at most one delivery; false when there was nothing to deliver now. */
static bool deliver_next(struct run *run, struct step *step)
{
    struct dispatcher *dispatcher = run->dispatcher;
    enum choice choice = CHOICE_NOTHING;

    if (FAILED(take_look(dispatcher, step)))
        return false;
    lock_take(&dispatcher->registrar.lock);
    if (counts_locked(run, step))
        choice = agenda_choose(&dispatcher->agenda, &step->look);
    lock_drop(&dispatcher->registrar.lock);

    switch (choice)
    {
    case CHOICE_NOTHING:
        return false;
    case CHOICE_NOTICE:
        deliver_notice(run, step);
        break;
    case CHOICE_TRANSFERRED:
        deliver_transferred(run, step);
        break;
    case CHOICE_ERROR:
        deliver_error(run, step);
        break;
    case CHOICE_MODIFICATION:
        deliver_modification(run, step);
        break;
    }
    return true;
}

static UINT64 dispatcher_run(void *context, struct home *where)
{
    struct run run = {.dispatcher = context};
    struct registrar *registrar = &run.dispatcher->registrar;
    struct step step = {.look.next = CLOCK_NEVER};
    bool more = true;

    run.number = registrar_begin(registrar);
    while (more && (step.registration = registrar_find(registrar, run.number, where)))
    {
        more = deliver_next(&run, &step);
        registration_release(step.registration);
    }
    file_cursor_cleanup(&run.files);
    return more ? CLOCK_NEVER : step.look.next;
}

/* The lane's last call. */
static void dispatcher_ended(void *context)
{
    struct dispatcher *dispatcher = context;

    agenda_end(&dispatcher->agenda);
    mem_free(dispatcher);
}

static const struct lane_class dispatcher_lane = {dispatcher_run, dispatcher_ended};

/* ---- what is called from outside ---- */

static void dispatcher_changed(struct registrar *registrar, bool registered)
{
    struct dispatcher *dispatcher = CONTAINER_OF(registrar, struct dispatcher, registrar);

    if (registered)
        agenda_begin(&dispatcher->agenda);
    else
        agenda_end(&dispatcher->agenda);
}

HRESULT dispatcher_create(struct dispatcher **dispatcher)
{
    struct dispatcher *created;
    HRESULT hr;

    if (!(created = mem_zalloc(sizeof(*created))))
        return E_OUTOFMEMORY;
    created->registrar.changed = dispatcher_changed;
    if (FAILED(hr = registrar_init(&created->registrar, &dispatcher_lane, created)))
        mem_free(created);
    else
        *dispatcher = created;
    return hr;
}

void dispatcher_free(struct dispatcher *dispatcher)
{
    if (!dispatcher)
        return;
    dispatcher_close(dispatcher);
    registrar_release(&dispatcher->registrar);
}

HRESULT dispatcher_set_target(struct dispatcher *dispatcher, IBackgroundCopyJob *job,
                              IUnknown *callback)
{
    if (callback)
        return registrar_set(&dispatcher->registrar, PARCEL_OF_JOB, callback, (IUnknown *)job);
    registrar_clear(&dispatcher->registrar, NULL);
    return S_OK;
}

HRESULT dispatcher_get_target(struct dispatcher *dispatcher, REFIID iid, void **out)
{
    return registrar_query(&dispatcher->registrar, iid, out);
}

bool dispatcher_has_target(struct dispatcher *dispatcher)
{
    bool has;

    lock_take_shared(&dispatcher->registrar.lock);
    has = dispatcher->registrar.current != NULL;
    lock_drop_shared(&dispatcher->registrar.lock);
    return has;
}

void dispatcher_part(struct dispatcher *dispatcher, struct parting *parting)
{
    registrar_part(&dispatcher->registrar, parting);
}

void dispatcher_close(struct dispatcher *dispatcher)
{
    registrar_close(&dispatcher->registrar);
}

void dispatcher_post(struct dispatcher *dispatcher, const struct job_event *event)
{
    bool wake = false;

    lock_take(&dispatcher->registrar.lock);
    if (dispatcher->registrar.current && !dispatcher->registrar.closed)
        wake = agenda_add(&dispatcher->agenda, event);
    if (event->what & JOB_EVENT_FINAL)
        dispatcher->registrar.closed = true;
    lock_drop(&dispatcher->registrar.lock);
    if (wake)
        lane_wake(dispatcher->registrar.lane);
}
