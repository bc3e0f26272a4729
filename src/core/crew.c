#include "core/crew.h"

#include "core/log_name.h"
#include "core/transfer_parts.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/lock.h"
#include "core/policy.h"
#include "core/throttle.h"
#include "model/limits.h"

#define SPLIT_LEAST (256u << 10) /* bytes that a helper is given */
#define SPLIT_LEAST_MS 200       /* ... or what a connection brings in so long */
#define FAILURES_MAX 3
#define PAUSE_MAX 86400 /* seconds, of what a server may want */

/* ---- who there is ---- */

static unsigned int count_of(const struct transfer *transfer)
{
    unsigned int count = 0, i;

    for (i = 0; i < CREW_MAX; i++)
        count += transfer->crew.helpers[i].exchange != NULL;
    return count;
}

/* The transfer's own counts unless it has nothing to do. */
static unsigned int count_all(const struct transfer *transfer)
{
    return count_of(transfer) + !transfer->idle;
}

bool crew_is_busy(const struct transfer *transfer)
{
    return count_of(transfer) != 0;
}

void crew_stop(struct transfer *transfer)
{
    unsigned int i;

    for (i = 0; i < CREW_MAX; i++)
        helper_stop(&transfer->crew.helpers[i], HELPER_STOPPED);
}

void crew_resume(struct transfer *transfer)
{
    unsigned int i;

    for (i = 0; i < CREW_MAX; i++)
        if (transfer->crew.helpers[i].exchange)
        {
            transfer->crew.helpers[i].heard_at = clock_now();
            http_resume(transfer->crew.helpers[i].exchange);
        }
}

/* ---- how many there may be ---- */

/* How many more connections the limits of schedule allow; less than 0: too many are there. */
static int room_locked(const struct transfer *transfer)
{
    const struct pick_host *host = line_host_of_locked(transfer->file);
    const struct pick *pick = line_pick_locked();
    const struct transfer *other;
    int at_host, in_all;

    if (!host)
        return 0;
    at_host = (int)pick->per_host - (int)host->running;
    in_all = (int)pick->in_all - (int)pick->running;
    for (other = transfer->runner->transfers; other; other = other->next)
    {
        int helpers = (int)count_of(other);

        in_all -= helpers;
        if (line_host_of_locked(other->file) == host)
            at_host -= helpers;
    }
    return MIN(at_host, in_all);
}

/* The server, and what it sent, are such that another connection can join. */
static bool can_be_shared(const struct transfer *transfer)
{
    const struct file *file = transfer->file;
    char validator[HTTP_ETAG_SIZE];

    return !transfer->ending && transfer->stall_rule && !file->alone && !file->stream &&
           !file->range_count && transfer->remote != UINT64_MAX &&
           transfer->total == transfer->remote && transfer->routed && !transfer->security.method &&
           transfer->validator_source == transfer->source.index &&
           validator_if_range(&transfer->validator, validator, sizeof(validator)) &&
           !throttle_limits(file);
}

/* Connections that there may be; 1: none but the transfer's own. Its slot counts even while it is
 * idle: a helper may use that. */
static unsigned int most_of(const struct transfer *transfer)
{
    unsigned int most = policy_now()->connections, have = 1 + count_of(transfer);
    const struct file *file = transfer->file;
    bool first;
    int room;

    if (most <= 1 || !can_be_shared(transfer))
        return 1;
    lock_take_shared(&engine_lock);
    first = file->line.class == PICK_FOREGROUND &&
            file->job->numbers[JOB_PRIORITY] == JOB_PRIORITY_FOREGROUND;
    room = room_locked(transfer);
    lock_drop_shared(&engine_lock);
    if (!first || (int)have + room <= 1)
        return 1;
    return MIN(most, (unsigned int)((int)have + room));
}

/* ---- work ---- */

static UINT64 least_part(const struct transfer *transfer)
{
    const struct ramp *ramp = &transfer->crew.ramp;
    UINT64 bytes = ramp->connections ? ramp->rate / ramp->connections * SPLIT_LEAST_MS / 1000 : 0;

    return MAX(bytes, SPLIT_LEAST);
}

/* The lane that a helper should append to, or NULL. */
static struct sink_lane *find_work(struct transfer *transfer)
{
    struct run runs[RUNS_MAX];
    size_t count = sink_runs(transfer->sink, runs);
    struct sink_lane *lane;
    struct run_help help;

    if (!runs_find_help(runs, count, transfer->total, least_part(transfer), &help))
        return NULL;
    lane = sink_lane_at(transfer->sink, help.run);
    if (help.at == runs[help.run].end)
        return lane;
    if (lane == transfer->lane)
        transfer->left = help.at - sink_lane_position(lane);
    return sink_open_lane(lane, help.at);
}

static struct helper *idle_helper(struct transfer *transfer)
{
    unsigned int i;

    for (i = 0; i < CREW_MAX; i++)
        if (!transfer->crew.helpers[i].exchange)
            return &transfer->crew.helpers[i];
    return NULL;
}

static bool give_work(struct transfer *transfer)
{
    struct helper *helper = idle_helper(transfer);
    struct sink_lane *lane = helper ? find_work(transfer) : NULL;
    unsigned int i;
    bool tried = false;

    if (!lane)
        return false;
    for (i = 0; i < CREW_MAX; i++)
        tried = tried || (transfer->crew.helpers[i].exchange && transfer->crew.helpers[i].trial);
    if (FAILED(helper_start(helper, transfer, lane)))
    {
        transfer->file->alone = true;
        return false;
    }
    helper->trial = transfer->crew.ramp.trying && !tried;
    return true;
}

/* None joins while a way, a redirect or somebody's judgement is waited for. */
static bool has_answered(const struct transfer *transfer)
{
    return transfer->idle ||
           (transfer->exchange && transfer->headed && transfer->step == NEXT_JUDGE);
}

void crew_fill(struct transfer *transfer)
{
    struct crew *crew = &transfer->crew;
    unsigned int wanted, have;

    if (!crew->may || transfer->ending || !has_answered(transfer))
        return;
    wanted = MIN(ramp_wanted(&crew->ramp), most_of(transfer));
    have = count_all(transfer);
    while (have < wanted && give_work(transfer))
        have++;
}

/* ---- growing ---- */

void crew_begin(struct transfer *transfer)
{
    if (transfer->crew.ramp.connections)
    {
        crew_fill(transfer);
        return;
    }
    if (transfer->remote == UINT64_MAX || transfer->remote < 2 * SPLIT_LEAST ||
        most_of(transfer) <= 1)
        return;
    ramp_begin(&transfer->crew.ramp, clock_now(), transfer->heard);
    runner_wake(); /* to be looked at in time */
}

/* What is flushed behind a gap must be told, so there must be room for it first. */
static bool make_room_for_spans(struct file *file)
{
    lock_take(&engine_lock);
    if (!file->spans)
        file->spans = mem_array_alloc(RUNS_MAX, sizeof(*file->spans));
    lock_drop(&engine_lock);
    return file->spans != NULL;
}

static void grow(struct transfer *transfer)
{
    struct crew *crew = &transfer->crew;

    INFO("%s: tries %u connections", LOG_FILE(transfer->file), ramp_wanted(&crew->ramp));
    if (crew->asked)
    {
        crew_fill(transfer);
        return;
    }
    crew->asked = true;
    if (make_room_for_spans(transfer->file))
        sink_prepare_lanes(transfer->sink);
    else
        ramp_failed(&crew->ramp);
}

void crew_may_begin(struct transfer *transfer, bool may)
{
    if (!may)
    {
        INFO("%s: its part file cannot have gaps", LOG_FILE(transfer->file));
        ramp_failed(&transfer->crew.ramp);
        return;
    }
    transfer->crew.may = true;
    crew_fill(transfer);
}

static void drop(struct transfer *transfer)
{
    unsigned int i;

    INFO("%s: another connection is no faster", LOG_FILE(transfer->file));
    for (i = 0; i < CREW_MAX; i++)
        if (transfer->crew.helpers[i].trial)
            helper_stop(&transfer->crew.helpers[i], HELPER_STOPPED);
}

static void drop_silent(struct transfer *transfer, UINT64 now)
{
    UINT64 limit = policy_now()->stall_ms / 4;
    unsigned int i;

    for (i = 0; i < CREW_MAX; i++)
        if (transfer->crew.helpers[i].heard_at + limit <= now)
            helper_stop(&transfer->crew.helpers[i], HELPER_CUT);
}

static void end_trial(struct transfer *transfer)
{
    unsigned int i;

    for (i = 0; i < CREW_MAX; i++)
        transfer->crew.helpers[i].trial = false;
}

/* Others want connections, too. */
static void shrink(struct transfer *transfer, unsigned int most)
{
    unsigned int i, have = count_all(transfer);

    for (i = CREW_MAX; i && have > most; i--)
        if (transfer->crew.helpers[i - 1].exchange)
        {
            helper_stop(&transfer->crew.helpers[i - 1], HELPER_STOPPED);
            have--;
        }
}

UINT64 crew_tick(struct transfer *transfer, UINT64 now)
{
    struct crew *crew = &transfer->crew;
    unsigned int most;

    if (!crew->ramp.connections)
        return CLOCK_NEVER;
    most = most_of(transfer);
    shrink(transfer, most);
    drop_silent(transfer, now);
    if (most <= 1)
        return CLOCK_NEVER;
    switch (ramp_look(&crew->ramp, most, now, transfer->heard,
                      sink_missing(transfer->sink, transfer->total)))
    {
    case RAMP_ADD:
        end_trial(transfer); /* the one before stays */
        grow(transfer);
        break;
    case RAMP_DROP:
        drop(transfer);
        end_trial(transfer);
        break;
    case RAMP_WAIT:
        if (!crew->ramp.trying)
            end_trial(transfer);
        crew_fill(transfer);
        break;
    }
    return ramp_due(&crew->ramp);
}

/* ---- ends ---- */

/* Where a helper is at what is missing first, and the transfer's own has nothing to do, it is the
 * helper that stays: nobody has to be asked anew. */
static void back_to_one(struct transfer *transfer)
{
    const struct sink_lane *front = transfer->idle ? sink_front(transfer->sink) : NULL;
    unsigned int i;

    WARN("%s: one connection from now on", LOG_FILE(transfer->file));
    transfer->file->alone = true;
    for (i = 0; i < CREW_MAX; i++)
        if (!front || transfer->crew.helpers[i].lane != front)
            helper_stop(&transfer->crew.helpers[i], HELPER_STOPPED);
}

bool crew_bears(struct transfer *transfer, enum failure kind)
{
    if (kind != FAILURE_CONNECTION_RESET || !transfer->headed || !crew_is_busy(transfer) ||
        transfer->crew.failures + 1 >= FAILURES_MAX)
        return false;
    transfer->crew.failures++;
    return true;
}

static void keep_quiet(struct crew *crew, const struct helper *helper)
{
    UINT64 until = clock_now() + MIN(helper->retry_after, PAUSE_MAX) * 1000;

    if (!helper->retry_after || until <= crew->quiet_until)
        return;
    crew->quiet_until = until;
    crew->refusal = helper->refusal;
}

bool crew_ends_for_pause(struct transfer *transfer)
{
    const struct crew *crew = &transfer->crew;
    UINT64 now = clock_now();

    if (now >= crew->quiet_until)
        return false;
    transfer->end.retry_after = (crew->quiet_until - now + 999) / 1000;
    transfer_end(transfer, &crew->refusal, "the server wanted a pause");
    return true;
}

void crew_helper_ended(struct helper *helper, enum helper_end end)
{
    struct transfer *transfer = helper->transfer;
    struct crew *crew = &transfer->crew;

    keep_quiet(crew, helper);
    if (end != HELPER_DONE && helper->trial && crew->ramp.trying)
        ramp_failed(&crew->ramp);
    if (transfer->ending)
        ;
    else if (end == HELPER_REFUSED || (end == HELPER_CUT && ++crew->failures >= FAILURES_MAX))
        back_to_one(transfer);
    if (transfer->idle && !transfer->ending)
        transfer_ask(transfer);
    crew_fill(transfer);
    transfer_close_when_quiet(transfer);
}
