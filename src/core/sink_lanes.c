#include "core/sink_parts.h"

#include <string.h>

/* ---- the list ---- */

static struct sink_lane *init_lane(struct sink *sink, struct sink_lane *lane, UINT64 start,
                                   UINT64 end)
{
    *lane = (struct sink_lane){.sink = sink,
                               .start = start,
                               .position = end,
                               .written = end,
                               .flushed = end,
                               .flush_upto = end};
    return lane;
}

void sink_lanes_init(struct sink *sink, const struct sink_target *target)
{
    size_t count = 0, i;

    if (target && runs_are_behind(target->spans, target->span_count, target->received, UINT64_MAX))
        count = target->span_count;
    memset(sink->lanes, 0, sizeof(sink->lanes));
    sink->first = init_lane(sink, sink->lanes, 0, target ? target->received : 0);
    for (i = 0; i < count; i++)
    {
        const struct range *span = &target->spans[i];

        sink->lanes[i].next =
            init_lane(sink, &sink->lanes[i + 1], span->offset, span->offset + span->length);
    }
}

struct sink_lane *sink_open_lane(struct sink_lane *lane, UINT64 at)
{
    struct sink *sink = lane->sink;
    struct sink_lane *made;

    for (made = sink->lanes; made < sink->lanes + RUNS_MAX; made++)
        if (!made->sink)
        {
            init_lane(sink, made, at, at);
            made->next = lane->next;
            lane->next = made;
            return made;
        }
    return NULL;
}

void sink_close_empty_lane(struct sink_lane *lane)
{
    struct sink_lane **link;

    if (!lane->start || lane->position != lane->start)
        return;
    for (link = &lane->sink->first; *link != lane; link = &(*link)->next)
        ;
    *link = lane->next;
    lane->sink = NULL;
}

void sink_lanes_join(struct sink *sink)
{
    struct sink_lane **link = &sink->first, *lane, *next;

    while ((next = (lane = *link)->next))
        if (!lane->growing && !lane->buffer && lane->position == next->start &&
            lane->flushed == next->start)
        {
            next->start = lane->start;
            *link = next;
            lane->sink = NULL;
        }
        else
            link = &lane->next;
}

/* ---- what is here ---- */

struct sink_lane *sink_front(struct sink *sink)
{
    struct sink_lane *lane = sink->first;

    while (lane->next && lane->position == lane->next->start)
        lane = lane->next;
    return lane;
}

UINT64 sink_position(const struct sink *sink)
{
    const struct sink_lane *lane = sink->first;

    while (lane->next && lane->position == lane->next->start)
        lane = lane->next;
    return lane->position;
}

bool sink_is_empty(const struct sink *sink)
{
    return !sink->first->position && !sink->first->next;
}

UINT64 sink_lanes_end(const struct sink *sink)
{
    const struct sink_lane *lane = sink->first;

    while (lane->next)
        lane = lane->next;
    return lane->position;
}

size_t sink_runs(const struct sink *sink, struct run runs[RUNS_MAX])
{
    const struct sink_lane *lane;
    size_t count = 0;

    for (lane = sink->first; lane; lane = lane->next)
        runs[count++] = (struct run){lane->start, lane->position, lane->growing};
    return count;
}

struct sink_lane *sink_lane_at(struct sink *sink, size_t index)
{
    struct sink_lane *lane = sink->first;

    while (index--)
        lane = lane->next;
    return lane;
}

UINT64 sink_lane_position(const struct sink_lane *lane)
{
    return lane->position;
}

UINT64 sink_lane_limit(const struct sink_lane *lane, UINT64 total)
{
    return lane->next ? lane->next->start : total;
}

void sink_lane_set_growing(struct sink_lane *lane, bool growing)
{
    lane->growing = growing;
}

bool sink_lane_is_growing(const struct sink_lane *lane)
{
    return lane->growing;
}

UINT64 sink_missing(const struct sink *sink, UINT64 total)
{
    const struct sink_lane *lane;
    UINT64 missing = 0;

    for (lane = sink->first; lane; lane = lane->next)
        missing += sink_lane_limit(lane, total) - lane->position;
    return missing;
}

/* ---- how much of it is on disk ---- */

UINT64 sink_lanes_unflushed(const struct sink *sink)
{
    const struct sink_lane *lane;
    UINT64 bytes = 0;

    for (lane = sink->first; lane; lane = lane->next)
        bytes += lane->written - lane->flushed;
    return bytes;
}

/* The first lane behind a gap; *end: where the gap begins. */
static const struct sink_lane *behind_gap(const struct sink *sink, UINT64 *end)
{
    const struct sink_lane *lane = sink->first;

    while (lane->next && lane->written == lane->next->start)
        lane = lane->next;
    *end = lane->written;
    return lane->next;
}

/* The same of what is flushed. */
static const struct sink_lane *behind_flushed(const struct sink *sink, UINT64 *end)
{
    const struct sink_lane *lane = sink->first;

    while (lane->next && lane->flushed == lane->next->start)
        lane = lane->next;
    *end = lane->flushed;
    return lane->next;
}

void sink_tell_progress(struct sink *sink)
{
    UINT64 written, flushed;

    behind_gap(sink, &written);
    behind_flushed(sink, &flushed);
    sink->events->progress(sink->context, written, flushed);
}

UINT64 sink_aside(const struct sink *sink)
{
    UINT64 end, bytes = 0;
    const struct sink_lane *lane = behind_gap(sink, &end);

    for (; lane; lane = lane->next)
        bytes += lane->written - lane->start;
    return bytes;
}

size_t sink_spans(const struct sink *sink, struct range spans[RUNS_MAX])
{
    UINT64 end;
    const struct sink_lane *lane = behind_flushed(sink, &end);
    size_t count = 0;

    for (; lane; lane = lane->next)
    {
        UINT64 length = lane->flushed - lane->start;

        if (!length)
            continue;
        if (count && lane->start == end)
            spans[count - 1].length += length;
        else
            spans[count++] = (struct range){lane->start, length};
        end = lane->flushed;
    }
    return count;
}

/* ---- the file is made sparse ---- */

static void sparse_call(struct disk_op *op)
{
    const struct sink *sink = op->context;

    op->result = partfile_make_sparse(sink->file);
}

static void sparse_finish(struct runner_op *op)
{
    struct sink *sink = op->disk.context;

    sink->pending--;
    if (!sink->sealing && SUCCEEDED(sink->error))
        sink->events->lanes(sink->context, SUCCEEDED(op->disk.result));
    sink_seal_when_idle(sink);
}

void sink_prepare_lanes(struct sink *sink)
{
    sink->sparse_op.disk =
        (struct disk_op){.verb = DISK_CALL, .call = sparse_call, .context = sink};
    sink->sparse_op.finish = sparse_finish;
    sink->pending++;
    runner_submit(sink->runner, sink->disk, &sink->sparse_op);
}
