/*
 * What one job's client is still to be told, and what of it comes next: the dispatcher's rules, and
 * nothing of threads, calls or objects.
 *
 * Not locked: the dispatcher's lock protects it. Memory only.
 */
#ifndef DOSVC_COM_AGENDA_H
#define DOSVC_COM_AGENDA_H

#include "base/platform.h"
#include "com/notice_queue.h"
#include "core/engine.h"
#include "dosvc.h"

struct repeat /* of what must be answered */
{
    UINT64 at;    /* not before */
    UINT64 delay; /* the last one, 0 at first */
};

struct agenda /* zeroed: nothing is to be told */
{
    bool modified;
    bool deaf;              /* at the last look nobody wanted to hear of modifications */
    UINT64 modification_at; /* not before */

    bool owed;            /* the client may not know the job's present end */
    unsigned int entries; /* how often that was set: tells an answer for an earlier one */
    struct repeat end_repeat;

    struct notice_queue notices;
    struct repeat file_repeat;
};

/* A callback was registered, perhaps in place of another: it is owed the job's end, and told what
 * the other one was not. */
void agenda_begin(struct agenda *agenda);
/* None is registered any more. */
void agenda_end(struct agenda *agenda);
/* Whether it is worth a look now. */
bool agenda_add(struct agenda *agenda, const struct job_event *event);

enum choice
{
    CHOICE_NOTHING,
    CHOICE_NOTICE,
    CHOICE_TRANSFERRED,
    CHOICE_ERROR,
    CHOICE_MODIFICATION
};

struct look /* at the job and its client, and what follows from it */
{
    ULONG flags;          /* BG_NOTIFY_* */
    unsigned int kinds;   /* NOTIFY_TARGET_*: what the callback answers */
    unsigned int entries; /* of the agenda, before the state was asked */
    BG_JOB_STATE state;   /* matters only if something was owed then */

    struct notice notice; /* of CHOICE_NOTICE */
    UINT64 next;          /* when to look again, at the latest; lowered, never raised */
};

/* What to tell next. Drops what nobody wants to hear. */
enum choice agenda_choose(struct agenda *agenda, struct look *look);

/* What came of it. A modification is taken before it is told, the others are answered after. */
void agenda_take_modification(struct agenda *agenda);
void agenda_answer_end(struct agenda *agenda, const struct look *look, HRESULT hr);
void agenda_answer_notice(struct agenda *agenda, const struct look *look, HRESULT hr);
/* There is no such file as the notice names. */
void agenda_drop_notice(struct agenda *agenda, const struct look *look);

/* How long to wait before a job that could not be asked is asked again, in ms. */
#define AGENDA_REPEAT_FIRST 5000

#endif
