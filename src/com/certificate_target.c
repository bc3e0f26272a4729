#include "com/certificate_target.h"

#include "base/handle.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "com/delivery.h"
#include "com/file_object.h"
#include "com/job_object.h"
#include "com/notify_target.h"

struct question /* on the stack of who waits for the answer */
{
    struct file *file;
    const struct certificate *certificate;
    HRESULT answer;
};

struct certificate_target
{
    struct certificate_judge judge;
    LONG references;
    struct notify_target *target;

    /* Only with a home: */
    struct lane *lane;
    CRITICAL_SECTION turn; /* files of a job may ask at one time; held by who waits */
    HANDLE answered;       /* auto-reset: the lane has run */
    struct question *question;
    LONG waiting; /* 1: question is to be answered; who takes it away answers */
};

static struct certificate_target *from_judge(struct certificate_judge *judge)
{
    return CONTAINER_OF(judge, struct certificate_target, judge);
}

/* ---- asking ---- */

static HRESULT ask(struct certificate_target *target, const struct question *question)
{
    IBackgroundCopyJob5 *job = NULL;
    IBackgroundCopyFile6 *file = NULL;
    HRESULT hr;

    hr = job_object_create(file_job(question->file), &job);
    if (SUCCEEDED(hr))
        hr = file_object_create(question->file, &file);
    if (SUCCEEDED(hr))
        hr = notify_target_judge(target->target, (IBackgroundCopyJob *)job,
                                 (IBackgroundCopyFile *)file, question->certificate);
    if (file)
        IBackgroundCopyFile6_Release(file);
    if (job)
        IBackgroundCopyJob5_Release(job);
    return hr;
}

/* Also runs, in the pool, when the home is gone: then nobody else would answer. */
static UINT64 target_run(void *context, struct home *where)
{
    struct certificate_target *target = context;
    HRESULT hr = CO_E_OBJNOTCONNECTED;

    if (where == notify_target_home(target->target))
    {
        if (!InterlockedCompareExchange(&target->waiting, 1, 1))
            return CLOCK_NEVER;
        hr = ask(target, target->question);
    }
    if (InterlockedExchange(&target->waiting, 0))
    {
        target->question->answer = hr;
        SetEvent(target->answered);
    }
    return CLOCK_NEVER;
}

static HRESULT target_judge(struct certificate_judge *judge, struct file *file,
                            const struct certificate *certificate)
{
    struct certificate_target *target = from_judge(judge);
    struct question question = {file, certificate, CO_E_OBJNOTCONNECTED};

    if (!target->lane)
        return ask(target, &question);
    EnterCriticalSection(&target->turn);
    if (!notify_target_is_gone(target->target))
    {
        target->question = &question;
        InterlockedExchange(&target->waiting, 1);
        lane_wake(target->lane);
        WaitForSingleObject(target->answered, INFINITE); /* the client, or its apartment's end */
    }
    LeaveCriticalSection(&target->turn);
    return question.answer;
}

/* ---- life ---- */

static void let_go(struct certificate_target *target)
{
    if (target->target)
        notify_target_release(target->target);
    handle_close(target->answered);
    DeleteCriticalSection(&target->turn);
    mem_free(target);
}

static void let_go_main(void *context)
{
    HRESULT entered = CoInitializeEx(NULL, COINIT_MULTITHREADED);

    let_go(context);
    if (SUCCEEDED(entered))
        CoUninitialize();
}

/* The lane's last call; without a lane, the end. */
static void target_ended(void *context)
{
    struct certificate_target *target = context;

    /* An STA that ends the job must not release what belongs to the MTA. */
    if (!target->target || !notify_target_is_foreign(target->target) ||
        FAILED(thread_start("certificate release", let_go_main, target, NULL)))
        let_go(target);
}

static const struct lane_class target_lane = {target_run, target_ended};

static void target_addref(struct certificate_judge *judge)
{
    InterlockedIncrement(&from_judge(judge)->references);
}

static void target_release(struct certificate_judge *judge)
{
    struct certificate_target *target = from_judge(judge);

    if (InterlockedDecrement(&target->references))
        return;
    if (target->lane)
        lane_free(target->lane);
    else
        target_ended(target);
}

static HRESULT open_lane(struct certificate_target *target)
{
    HRESULT hr;

    if (!(target->answered = handle_event(false, false)))
        return HRESULT_FROM_WIN32(GetLastError());
    if (FAILED(hr = lane_create(&target_lane, target, &target->lane)))
        return hr;
    if (SUCCEEDED(hr = lane_open(target->lane)))
        lane_move(target->lane, notify_target_home(target->target));
    return hr;
}

HRESULT certificate_target_create(IUnknown *object, struct certificate_judge **judge)
{
    struct certificate_target *target = mem_zalloc(sizeof(*target));
    HRESULT hr;

    if (!target)
        return E_OUTOFMEMORY;
    target->judge.judge = target_judge;
    target->judge.addref = target_addref;
    target->judge.release = target_release;
    target->references = 1;
    InitializeCriticalSection(&target->turn);
    hr = notify_target_create_of(PARCEL_OF_JUDGE, object, &target->target);
    if (SUCCEEDED(hr) && notify_target_home(target->target))
        hr = open_lane(target);
    if (FAILED(hr))
        target_release(&target->judge);
    else
        *judge = &target->judge;
    return hr;
}
