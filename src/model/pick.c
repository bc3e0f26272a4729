#include "model/pick.h"

/* A slot costs a class so much: the reciprocal of its weight. */
static const unsigned costs[PICK_CLASSES] = {1, 4, 16, 64};

static bool host_has_room(const struct pick *pick, const struct pick_host *host)
{
    return host->running < pick->per_host + host->lent;
}

static bool has_room(const struct pick *pick)
{
    return pick->running < pick->in_all + pick->lent;
}

void pick_init(struct pick *pick, unsigned in_all, unsigned per_host)
{
    unsigned class;

    *pick = (struct pick){.in_all = in_all, .per_host = per_host};
    for (class = 0; class < PICK_CLASSES; class ++)
        ring_init(&pick->hosts[class]);
}

void pick_host_init(struct pick_host *host)
{
    unsigned class;

    *host = (struct pick_host){0};
    for (class = 0; class < PICK_CLASSES; class ++)
    {
        ring_init(&host->at[class]);
        ring_init(&host->lanes[class]);
    }
}

/* A class that had nothing to ask for does not save up what it left to the others. */
static void class_comes(struct pick *pick, unsigned class)
{
    uint64_t least = UINT64_MAX;
    unsigned other;

    for (other = 0; other < PICK_CLASSES; other++)
        if (other != class && pick->waiting[other] && pick->pass[other] < least)
            least = pick->pass[other];
    if (least != UINT64_MAX && pick->pass[class] < least)
        pick->pass[class] = least;
}

/* Lists the host where it has something to offer, and only there. */
static void list(struct pick *pick, struct pick_host *host, unsigned class)
{
    bool offers = host->waiting[class] && host_has_room(pick, host);

    if (offers != ring_is_empty(&host->at[class]))
        return;
    if (!offers)
    {
        ring_remove(&host->at[class]);
        return;
    }
    ring_add_before(&pick->hosts[class], &host->at[class]);
}

void pick_host_look(struct pick *pick, struct pick_host *host)
{
    unsigned class;

    for (class = 0; class < PICK_CLASSES; class ++)
        list(pick, host, class);
}

/* ---- lanes ---- */

void pick_lane_open(struct pick_lane *lane, struct pick_host *host, unsigned class)
{
    *lane = (struct pick_lane){.host = host, .class = class};
    ring_init(&lane->at);
    ring_init(&lane->items);
    host->lane_count++;
}

static void count_out(struct pick *pick, struct pick_lane *lane, size_t count)
{
    lane->count -= count;
    lane->host->waiting[lane->class] -= count;
    pick->waiting[lane->class] -= count;
    if (!lane->count)
        ring_remove(&lane->at);
    list(pick, lane->host, lane->class);
}

void pick_lane_close(struct pick *pick, struct pick_lane *lane)
{
    while (!ring_is_empty(&lane->items))
    {
        struct pick_item *item = RING_OF(lane->items.next, struct pick_item, at);

        ring_remove(&item->at);
        item->lane = NULL;
    }
    count_out(pick, lane, lane->count);
    lane->host->lane_count--;
}

static bool anybody_waits(const size_t *waiting)
{
    unsigned class;

    for (class = 0; class < PICK_CLASSES; class ++)
        if (waiting[class])
            return true;
    return false;
}

bool pick_anybody_waits(const struct pick *pick)
{
    return anybody_waits(pick->waiting);
}

void pick_put(struct pick *pick, struct pick_lane *lane, struct pick_item *item, bool first,
              uint64_t now_ms)
{
    struct pick_host *host = lane->host;

    if (!anybody_waits(pick->waiting))
        pick->granted_ms = now_ms;
    if (!anybody_waits(host->waiting))
        host->granted_ms = now_ms;
    if (!pick->waiting[lane->class])
        class_comes(pick, lane->class);
    ring_add_before(first ? lane->items.next : &lane->items, &item->at);
    item->lane = lane;
    if (!lane->count++)
        ring_add_before(&host->lanes[lane->class], &lane->at);
    host->waiting[lane->class]++;
    pick->waiting[lane->class]++;
    list(pick, host, lane->class);
}

/* ---- the choice ---- */

static unsigned in_background(const struct pick *pick)
{
    return pick->running - pick->held[PICK_FOREGROUND];
}

static unsigned next_class(const struct pick *pick)
{
    unsigned class, best = PICK_CLASSES;

    if (!ring_is_empty(&pick->hosts[PICK_FOREGROUND]) && in_background(pick))
        return PICK_FOREGROUND;
    for (class = 0; class < PICK_CLASSES; class ++)
        if (!ring_is_empty(&pick->hosts[class]) &&
            (best == PICK_CLASSES || pick->pass[class] < pick->pass[best]))
            best = class;
    return best;
}

struct pick_item *pick_next(struct pick *pick, uint64_t now_ms, struct pick_lane **out)
{
    unsigned class = has_room(pick) ? next_class(pick) : PICK_CLASSES;
    struct pick_host *host;
    struct pick_lane *lane;
    struct pick_item *item;

    if (class == PICK_CLASSES)
        return NULL;
    host = RING_OF(pick->hosts[class].next, struct pick_host, at[class]);
    lane = RING_OF(host->lanes[class].next, struct pick_lane, at);
    item = RING_OF(lane->items.next, struct pick_item, at);
    ring_remove(&host->at[class]); /* both go to the end of their line */
    ring_add_before(&pick->hosts[class], &host->at[class]);
    ring_remove(&lane->at);
    ring_add_before(&host->lanes[class], &lane->at);
    ring_remove(&item->at);
    item->lane = NULL;
    pick->pass[class] += costs[class];
    pick->running++;
    pick->held[class]++;
    host->running++;
    pick->granted_ms = host->granted_ms = now_ms;
    count_out(pick, lane, 1);
    pick_host_look(pick, host);
    *out = lane;
    return item;
}

void pick_done(struct pick *pick, struct pick_host *host, unsigned class)
{
    pick->running--;
    pick->held[class]--;
    host->running--;
    if (pick->running <= pick->in_all)
        pick->lent = 0;
    if (host->running <= pick->per_host)
        host->lent = 0;
    pick_host_look(pick, host);
}

/* ---- when none is free ---- */

/* The best class that waits for a slot which this holder's would be, PICK_CLASSES if none does;
 * *since: from when on nobody of those was served. */
static unsigned waits_for(const struct pick *pick, const struct pick_holder *holder,
                          uint64_t *since)
{
    const struct pick_host *host = holder->host;
    bool all_taken = !has_room(pick), taken_here = !host_has_room(pick, host);
    unsigned class;

    for (class = 0; class < PICK_CLASSES; class ++)
    {
        if (taken_here && host->waiting[class])
        {
            *since = host->granted_ms;
            return class;
        }
        if (all_taken && !ring_is_empty(&pick->hosts[class]))
        {
            *since = pick->granted_ms;
            return class;
        }
    }
    return PICK_CLASSES;
}

static bool is_in_the_way(const struct pick *pick, const struct pick_holder *holder, unsigned class)
{
    return class == PICK_FOREGROUND && holder->class != PICK_FOREGROUND && in_background(pick) > 1;
}

static bool is_over(const struct pick_holder *holder, uint64_t since, uint64_t now_ms)
{
    uint64_t slice = holder->rate < PICK_DRIP_RATE ? PICK_DRIP_SLICE_MS : PICK_SLICE_MS;

    return now_ms - since >= slice && now_ms - holder->since_ms >= slice;
}

/* The worse class goes first; in one class who gets least, and of those who came last. */
static bool goes_before(const struct pick_holder *a, const struct pick_holder *b)
{
    if (a->class != b->class)
        return a->class > b->class;
    if (a->rate != b->rate)
        return a->rate < b->rate;
    return a->since_ms > b->since_ms;
}

int pick_victim(const struct pick *pick, const struct pick_holder *holders, size_t count,
                uint64_t now_ms)
{
    int victim = -1;
    size_t i;

    for (i = 0; i < count; i++)
    {
        const struct pick_holder *holder = &holders[i];
        uint64_t since = now_ms;
        unsigned class = waits_for(pick, holder, &since);

        if (class == PICK_CLASSES || !holder->may_give_up)
            continue;
        if (!is_in_the_way(pick, holder, class) && !is_over(holder, since, now_ms))
            continue;
        if (victim < 0 || goes_before(holder, &holders[victim]))
            victim = (int)i;
    }
    return victim;
}

bool pick_lend(struct pick *pick, struct pick_host *host, uint64_t now_ms)
{
    if (!has_room(pick))
    {
        if (pick->lent >= pick->in_all || !anybody_waits(pick->waiting) ||
            now_ms - pick->granted_ms < PICK_DRIP_SLICE_MS)
            return false;
        pick->lent++;
        pick->granted_ms = now_ms;
        return true;
    }
    if (host_has_room(pick, host) || host->lent >= pick->per_host ||
        !anybody_waits(host->waiting) || now_ms - host->granted_ms < PICK_DRIP_SLICE_MS)
        return false;
    host->lent++;
    host->granted_ms = now_ms;
    pick_host_look(pick, host);
    return true;
}
