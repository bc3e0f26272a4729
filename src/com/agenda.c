#include "com/agenda.h"

#include "base/clock.h"
#include "com/notify_target.h"

#define REPEAT_SLOWEST (300 * 1000) /* ms; doubles up to this from AGENDA_REPEAT_FIRST */
#define MODIFICATION_INTERVAL 500   /* ms between two JobModification */

static void repeat_reset(struct repeat *repeat)
{
    repeat->at = 0;
    repeat->delay = 0;
}

static void repeat_later(struct repeat *repeat)
{
    repeat->delay = repeat->delay ? repeat->delay * 2 : AGENDA_REPEAT_FIRST;
    if (repeat->delay > REPEAT_SLOWEST)
        repeat->delay = REPEAT_SLOWEST;
    repeat->at = clock_now() + repeat->delay;
}

static void owe(struct agenda *agenda)
{
    agenda->owed = true;
    agenda->entries++;
    repeat_reset(&agenda->end_repeat);
}

void agenda_begin(struct agenda *agenda)
{
    owe(agenda);
    repeat_reset(&agenda->file_repeat);
    agenda->deaf = false;
}

void agenda_end(struct agenda *agenda)
{
    agenda->owed = false;
    agenda->modified = false;
    notice_queue_clear(&agenda->notices);
}

static void note(struct agenda *agenda, enum notice_kind kind, const struct job_event *event)
{
    struct notice notice = {kind, event->file_index, event->offset, event->length};

    notice_queue_push(&agenda->notices, &notice);
}

bool agenda_add(struct agenda *agenda, const struct job_event *event)
{
    bool worth = event->what != JOB_EVENT_MODIFICATION;

    if (event->what & JOB_EVENT_FILE_RANGES)
        note(agenda, NOTICE_RANGE, event);
    if (event->what & JOB_EVENT_FILE_TRANSFERRED)
        note(agenda, NOTICE_FILE, event);
    if (event->what & (JOB_EVENT_TRANSFERRED | JOB_EVENT_ERROR))
        owe(agenda);
    else if ((event->what & JOB_EVENT_MODIFICATION) && !agenda->deaf && !agenda->modified)
    {
        agenda->modified = true;
        worth = true;
    }
    return worth;
}

/* ---- choices ---- */

static bool is_due(struct look *look, UINT64 at)
{
    if (clock_now() >= at)
        return true;
    if (at < look->next)
        look->next = at;
    return false;
}

/* Drops notices the client does not want to hear of. True if one is left. */
static bool find_notice(struct agenda *agenda, struct look *look)
{
    bool files, ranges;

    files = (look->flags & BG_NOTIFY_FILE_TRANSFERRED) && (look->kinds & NOTIFY_TARGET_CALLBACK2);
    ranges = (look->flags & BG_NOTIFY_FILE_RANGES_TRANSFERRED) &&
             (look->kinds & NOTIFY_TARGET_CALLBACK3);
    if (!files && !ranges)
        notice_queue_clear(&agenda->notices);
    while (notice_queue_peek(&agenda->notices, &look->notice))
    {
        if (notice_is_of_ranges(&look->notice) ? ranges : files)
            return true;
        notice_queue_pop(&agenda->notices, &look->notice);
    }
    return false;
}

static enum choice choose_end(struct agenda *agenda, struct look *look)
{
    if (!agenda->owed || agenda->entries != look->entries)
        return CHOICE_NOTHING;
    if (look->state != BG_JOB_STATE_TRANSFERRED && look->state != BG_JOB_STATE_ERROR)
    {
        agenda->owed = false;
        return CHOICE_NOTHING;
    }
    if (look->state == BG_JOB_STATE_TRANSFERRED && !(look->flags & BG_NOTIFY_JOB_TRANSFERRED))
        return CHOICE_NOTHING;
    if (look->state == BG_JOB_STATE_ERROR && !(look->flags & BG_NOTIFY_JOB_ERROR))
        return CHOICE_NOTHING;
    if (!is_due(look, agenda->end_repeat.at))
        return CHOICE_NOTHING;
    return look->state == BG_JOB_STATE_ERROR ? CHOICE_ERROR : CHOICE_TRANSFERRED;
}

static enum choice choose_modification(struct agenda *agenda, struct look *look)
{
    agenda->deaf = !(look->flags & BG_NOTIFY_JOB_MODIFICATION);
    if (agenda->deaf)
        agenda->modified = false;
    if (agenda->modified && is_due(look, agenda->modification_at))
        return CHOICE_MODIFICATION;
    return CHOICE_NOTHING;
}

enum choice agenda_choose(struct agenda *agenda, struct look *look)
{
    enum choice choice = CHOICE_NOTHING;

    if (look->flags & BG_NOTIFY_DISABLE)
    {
        agenda->deaf = true;
        agenda->modified = false;
        return CHOICE_NOTHING;
    }
    if (find_notice(agenda, look))
    {
        if (is_due(look, agenda->file_repeat.at))
            return CHOICE_NOTICE;
        if (agenda->file_repeat.delay >= REPEAT_SLOWEST)
            choice = choose_end(agenda, look);
    }
    else
        choice = choose_end(agenda, look);
    return choice ? choice : choose_modification(agenda, look);
}

/* ---- answers ---- */

void agenda_take_modification(struct agenda *agenda)
{
    agenda->modified = false;
    agenda->modification_at = clock_now() + MODIFICATION_INTERVAL;
}

void agenda_answer_end(struct agenda *agenda, const struct look *look, HRESULT hr)
{
    if (agenda->entries != look->entries)
        return;
    if (hr == S_OK)
        agenda->owed = false;
    else
        repeat_later(&agenda->end_repeat);
}

void agenda_answer_notice(struct agenda *agenda, const struct look *look, HRESULT hr)
{
    if (FAILED(hr) && hr != E_NOTIMPL)
    {
        repeat_later(&agenda->file_repeat);
        return;
    }
    notice_queue_pop(&agenda->notices, &look->notice);
    repeat_reset(&agenda->file_repeat);
}

void agenda_drop_notice(struct agenda *agenda, const struct look *look)
{
    if (notice_is_question(&look->notice))
        notice_queue_all_asked(&agenda->notices);
    else
        notice_queue_pop(&agenda->notices, &look->notice);
    repeat_reset(&agenda->file_repeat);
}
