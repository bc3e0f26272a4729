#include "com/dispatcher.h"

#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"
#include "com/agenda.h"
#include "com/delivery.h"
#include "com/file_notice.h"
#include "com/notify_fallback.h"
#include "com/notify_target.h"

struct registration /* of one callback; counted: the dispatcher's, and that of a run using it */
{
    LONG references;
    struct dispatcher *dispatcher; /* counted; its lane is open for this */
    IBackgroundCopyJob *job;       /* counted, like `target`; all never change */
    struct notify_target *target;
    struct registration *next; /* of `discarded` */
};

struct dispatcher
{
    LONG references; /* the owner's and one a registration */
    struct lane *lane;

    /* Serialises changes of registration and, with it, of the lane's place. Taken before `lock`
     * and the lane's; memory only, like those. */
    struct lock turn;

    struct lock lock; /* protects all that follows */
    bool closed;
    struct registration *current;
    struct registration *discarded; /* to be freed on a delivery thread */
    unsigned int runs;              /* how many have begun: the last one counts */
    struct agenda agenda;
};

/* ---- life of dispatchers and registrations ---- */

static void dispatcher_release(struct dispatcher *dispatcher)
{
    if (!InterlockedDecrement(&dispatcher->references))
        lane_free(dispatcher->lane);
}

/* The lane's last call. */
static void dispatcher_ended(void *context)
{
    struct dispatcher *dispatcher = context;

    assert(!dispatcher->current && !dispatcher->discarded);
    agenda_end(&dispatcher->agenda);
    mem_free(dispatcher);
}

static void registration_free(struct registration *registration)
{
    assert(lock_none_held());
    notify_target_release(registration->target);
    lane_shut(registration->dispatcher->lane);
    IBackgroundCopyJob_Release(registration->job); /* may be the job's last */
    dispatcher_release(registration->dispatcher);
    mem_free(registration);
}

static void registration_release(struct registration *registration)
{
    struct dispatcher *dispatcher;

    if (!registration || InterlockedDecrement(&registration->references))
        return;
    if (!notify_target_is_foreign(registration->target))
    {
        registration_free(registration);
        return;
    }
    dispatcher = registration->dispatcher;
    InterlockedIncrement(&dispatcher->references); /* the lane may be faster than its wake */
    lock_take(&dispatcher->lock);
    registration->next = dispatcher->discarded;
    dispatcher->discarded = registration;
    lock_drop(&dispatcher->lock);
    lane_wake(dispatcher->lane);
    dispatcher_release(dispatcher);
}

static void free_discarded(struct dispatcher *dispatcher)
{
    struct registration *list, *next;

    lock_take(&dispatcher->lock);
    list = dispatcher->discarded;
    dispatcher->discarded = NULL;
    lock_drop(&dispatcher->lock);
    for (; list; list = next)
    {
        next = list->next;
        registration_free(list);
    }
}

static HRESULT registration_create(struct dispatcher *dispatcher, IBackgroundCopyJob *job,
                                   IUnknown *callback, struct registration **registration)
{
    struct registration *created;
    HRESULT hr;

    if (!(created = mem_zalloc(sizeof(*created))))
        return E_OUTOFMEMORY;
    if (FAILED(hr = lane_open(dispatcher->lane)))
    {
        mem_free(created);
        return hr;
    }
    if (FAILED(hr = notify_target_create(callback, &created->target)))
    {
        lane_shut(dispatcher->lane);
        mem_free(created);
        return hr;
    }
    created->references = 1;
    created->dispatcher = dispatcher;
    InterlockedIncrement(&dispatcher->references);
    created->job = job;
    IBackgroundCopyJob_AddRef(job);
    *registration = created;
    return S_OK;
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

/* Whether the registration still stands: the check after which one delivery may still arrive. */
static bool stands(struct dispatcher *dispatcher, const struct registration *registration)
{
    bool current;

    lock_take_shared(&dispatcher->lock);
    current = dispatcher->current == registration && !dispatcher->closed;
    lock_drop_shared(&dispatcher->lock);
    return current;
}

/* Whether an answer still counts: nobody re-registered, and this run was not given up. */
static bool counts_locked(const struct run *run, const struct step *step)
{
    return run->dispatcher->current == step->registration && run->dispatcher->runs == run->number;
}

static void end_answered(const struct run *run, const struct step *step, HRESULT hr)
{
    lock_take(&run->dispatcher->lock);
    if (counts_locked(run, step))
        agenda_answer_end(&run->dispatcher->agenda, &step->look, hr);
    lock_drop(&run->dispatcher->lock);
}

static void deliver_transferred(struct run *run, const struct step *step)
{
    const struct registration *registration = step->registration;
    HRESULT hr;

    if (!stands(run->dispatcher, registration))
        return;
    hr = notify_target_job_transferred(registration->target, registration->job);
    TRACE("JobTransferred gave 0x%08lx", hr);
    if (FAILED(hr) && notify_command_run(registration->job) == S_OK)
        hr = S_OK;
    end_answered(run, step, hr);
}

static void deliver_error(struct run *run, const struct step *step)
{
    const struct registration *registration = step->registration;
    IBackgroundCopyError *error;
    BG_JOB_STATE state;
    HRESULT hr;

    hr = IBackgroundCopyJob_GetError(registration->job, &error);
    if (FAILED(hr))
    {
        /* the state was left meanwhile, or it is to be tried again */
        if (FAILED(IBackgroundCopyJob_GetState(registration->job, &state)) ||
            state == BG_JOB_STATE_ERROR)
            end_answered(run, step, hr);
        return;
    }
    if (stands(run->dispatcher, registration))
    {
        hr = notify_target_job_error(registration->target, registration->job, error);
        TRACE("JobError gave 0x%08lx", hr);
        if (FAILED(hr) && notify_command_run(registration->job) == S_OK)
            hr = S_OK;
        end_answered(run, step, hr);
    }
    IBackgroundCopyError_Release(error);
}

static void deliver_modification(struct run *run, const struct step *step)
{
    struct dispatcher *dispatcher = run->dispatcher;
    HRESULT hr;

    lock_take(&dispatcher->lock);
    if (!counts_locked(run, step) || dispatcher->closed)
    {
        lock_drop(&dispatcher->lock);
        return;
    }
    agenda_take_modification(&dispatcher->agenda);
    lock_drop(&dispatcher->lock);
    hr = notify_target_job_modification(step->registration->target, step->registration->job);
    TRACE("JobModification gave 0x%08lx", hr);
    (void)hr; /* it is not repeated */
}

static void notice_answered(const struct run *run, const struct step *step, HRESULT hr)
{
    lock_take(&run->dispatcher->lock);
    if (!counts_locked(run, step))
        ;
    else if (hr == FILE_NOTICE_NO_FILE)
        agenda_drop_notice(&run->dispatcher->agenda, &step->look);
    else
        agenda_answer_notice(&run->dispatcher->agenda, &step->look, hr);
    lock_drop(&run->dispatcher->lock);
}

static void deliver_notice(struct run *run, const struct step *step)
{
    struct file_notice prepared;
    HRESULT hr;

    hr = file_notice_prepare(&run->files, step->registration->job, &step->look.notice, &prepared);
    if (hr == S_OK)
    {
        if (stands(run->dispatcher, step->registration))
            hr =
                file_notice_deliver(&prepared, step->registration->job, step->registration->target);
        file_notice_cleanup(&prepared);
    }
    TRACE("file %zu gave 0x%08lx", step->look.notice.file, hr);
    notice_answered(run, step, hr);
}

/* ---- the lane's run ---- */

/* Ends the registration if it is still the one; NULL: whichever it is. */
static void clear(struct dispatcher *dispatcher, const struct registration *only)
{
    struct registration *old = NULL;

    lock_take(&dispatcher->turn);
    lock_take(&dispatcher->lock);
    if (!only || dispatcher->current == only)
    {
        old = dispatcher->current;
        dispatcher->current = NULL;
        agenda_end(&dispatcher->agenda);
    }
    lock_drop(&dispatcher->lock);
    if (old)
        lane_move(dispatcher->lane, NULL);
    lock_drop(&dispatcher->turn);
    registration_release(old);
}

/* The registration to be served here, counted, or NULL. */
static struct registration *find_registration(struct run *run, struct home *where)
{
    struct dispatcher *dispatcher = run->dispatcher;
    struct registration *registration = NULL;
    bool closed;

    lock_take(&dispatcher->lock);
    if (dispatcher->runs == run->number && (registration = dispatcher->current))
        InterlockedIncrement(&registration->references);
    closed = dispatcher->closed;
    lock_drop(&dispatcher->lock);
    if (!registration)
        return NULL;
    if (!closed && !notify_target_is_gone(registration->target))
    {
        if (notify_target_home(registration->target) == where)
            return registration;
    }
    else
    {
        INFO("a registration ends, %s", closed ? "the job is final" : "its apartment ended");
        clear(dispatcher, registration);
    }
    registration_release(registration);
    return NULL;
}

/* Asks the job what a choice rests on. */
static HRESULT take_look(struct dispatcher *dispatcher, struct step *step)
{
    IBackgroundCopyJob *job = step->registration->job;
    struct look *look = &step->look;
    bool owed;
    HRESULT hr;

    lock_take_shared(&dispatcher->lock);
    owed = dispatcher->agenda.owed;
    look->entries = dispatcher->agenda.entries;
    lock_drop_shared(&dispatcher->lock);
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
    lock_take(&dispatcher->lock);
    if (counts_locked(run, step))
        choice = agenda_choose(&dispatcher->agenda, &step->look);
    lock_drop(&dispatcher->lock);

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
    struct step step = {.look.next = CLOCK_NEVER};
    bool more = true;

    free_discarded(run.dispatcher);
    lock_take(&run.dispatcher->lock);
    run.number = ++run.dispatcher->runs;
    lock_drop(&run.dispatcher->lock);
    while (more && (step.registration = find_registration(&run, where)))
    {
        more = deliver_next(&run, &step);
        registration_release(step.registration);
    }
    file_cursor_cleanup(&run.files);
    return more ? CLOCK_NEVER : step.look.next;
}

static const struct lane_class dispatcher_lane = {dispatcher_run, dispatcher_ended};

/* ---- what is called from outside ---- */

HRESULT dispatcher_create(struct dispatcher **dispatcher)
{
    struct dispatcher *created;
    HRESULT hr;

    if (!(created = mem_zalloc(sizeof(*created))))
        return E_OUTOFMEMORY;
    created->references = 1;
    lock_init(&created->turn, LOCK_ENGINE);
    lock_init(&created->lock, LOCK_LEAF);
    if (FAILED(hr = lane_create(&dispatcher_lane, created, &created->lane)))
    {
        mem_free(created);
        return hr;
    }
    *dispatcher = created;
    return S_OK;
}

void dispatcher_free(struct dispatcher *dispatcher)
{
    if (!dispatcher)
        return;
    dispatcher_close(dispatcher);
    dispatcher_release(dispatcher);
}

HRESULT dispatcher_set_target(struct dispatcher *dispatcher, IBackgroundCopyJob *job,
                              IUnknown *callback)
{
    struct registration *added, *old;
    HRESULT hr;

    if (!callback)
    {
        clear(dispatcher, NULL);
        return S_OK;
    }
    if (FAILED(hr = registration_create(dispatcher, job, callback, &added)))
        return hr;

    lock_take(&dispatcher->turn);
    lock_take(&dispatcher->lock);
    if (dispatcher->closed)
    {
        old = added;
        hr = E_NOT_VALID_STATE;
    }
    else
    {
        old = dispatcher->current;
        dispatcher->current = added;
        agenda_begin(&dispatcher->agenda);
    }
    lock_drop(&dispatcher->lock);
    if (SUCCEEDED(hr))
    {
        lane_move(dispatcher->lane, notify_target_home(added->target));
        lane_wake(dispatcher->lane);
    }
    lock_drop(&dispatcher->turn);
    registration_release(old);
    return hr;
}

HRESULT dispatcher_get_target(struct dispatcher *dispatcher, REFIID iid, void **out)
{
    struct registration *registration;
    HRESULT hr;

    *out = NULL;
    lock_take(&dispatcher->lock);
    if ((registration = dispatcher->current))
        InterlockedIncrement(&registration->references);
    lock_drop(&dispatcher->lock);
    if (!registration)
        return S_OK;
    hr = notify_target_query(registration->target, iid, out);
    registration_release(registration);
    return hr;
}

bool dispatcher_has_target(struct dispatcher *dispatcher)
{
    bool has;

    lock_take_shared(&dispatcher->lock);
    has = dispatcher->current != NULL;
    lock_drop_shared(&dispatcher->lock);
    return has;
}

void dispatcher_close(struct dispatcher *dispatcher)
{
    lock_take(&dispatcher->lock);
    dispatcher->closed = true;
    lock_drop(&dispatcher->lock);
    clear(dispatcher, NULL);
}

void dispatcher_post(struct dispatcher *dispatcher, const struct job_event *event)
{
    bool wake = false;

    lock_take(&dispatcher->lock);
    if (dispatcher->current && !dispatcher->closed)
        wake = agenda_add(&dispatcher->agenda, event);
    if (event->what & JOB_EVENT_FINAL)
        dispatcher->closed = true;
    lock_drop(&dispatcher->lock);
    if (wake)
        lane_wake(dispatcher->lane);
}
