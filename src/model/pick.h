#ifndef MODEL_PICK_H
#define MODEL_PICK_H

#include "model/ring.h"

#include <stdint.h>

/*
 * Who is next: of all that wait for one of a limited number of slots, so many in all and so many
 * for each host.
 *
 * An item (a file) waits in a lane (those of one job at one host). Lanes of a class (a job's
 * priority) take turns, and so do the hosts they want. While somebody in the foreground waits, the
 * background keeps one slot; else classes share the slots that become free in the ratio of their
 * weights, so that the lowest one gets some, too. Every question is answered in constant time,
 * however many wait: a host without room is in no list that is searched.
 */

#define PICK_CLASSES 4 /* 0 is served best: foreground, high, normal, low */

struct pick
{
    unsigned in_all;   /* slots */
    unsigned per_host; /* of those, for one host */
    unsigned running;  /* slots that are taken, and by whom */
    unsigned held[PICK_CLASSES];
    unsigned lent;                   /* slots beyond in_all; see pick_lend */
    uint64_t granted_ms;             /* when the last slot was given, or began to be wanted */
    size_t waiting[PICK_CLASSES];    /* items */
    struct ring hosts[PICK_CLASSES]; /* those with room and with items of the class */
    uint64_t pass[PICK_CLASSES];     /* how much each class has had, weighted */
};

struct pick_host
{
    unsigned running;
    unsigned lent;
    uint64_t granted_ms;
    size_t waiting[PICK_CLASSES];
    struct ring at[PICK_CLASSES];    /* in pick.hosts */
    struct ring lanes[PICK_CLASSES]; /* those with items */
    unsigned lane_count;             /* all that were opened and not closed */
};

struct pick_lane
{
    struct pick_host *host;
    unsigned class;
    size_t count;
    struct ring at; /* in pick_host.lanes */
    struct ring items;
};

struct pick_item /* zeros: waits nowhere */
{
    struct pick_lane *lane; /* NULL: in none */
    struct ring at;
};

#define PICK_FOREGROUND 0u

void pick_init(struct pick *pick, unsigned in_all, unsigned per_host);
void pick_host_init(struct pick_host *host);
void pick_lane_open(struct pick_lane *lane, struct pick_host *host, unsigned class);
/* Whatever waits in it does so no more. */
void pick_lane_close(struct pick *pick, struct pick_lane *lane);

/* The item waits in no lane. `first`: before the others of its lane. */
void pick_put(struct pick *pick, struct pick_lane *lane, struct pick_item *item, bool first,
              uint64_t now_ms);

/* Gives a slot, of the lane's host and class, which pick_done takes back: the item waits no more.
 * NULL: nothing that waits can have one. */
struct pick_item *pick_next(struct pick *pick, uint64_t now_ms, struct pick_lane **lane);
bool pick_anybody_waits(const struct pick *pick);
void pick_done(struct pick *pick, struct pick_host *host, unsigned class);

/* After a change of pick->in_all or per_host: for every host. */
void pick_host_look(struct pick *pick, struct pick_host *host);

/* ---- when none is free ---- */

#define PICK_SLICE_MS 300000u     /* that one may keep a slot while another one waits */
#define PICK_DRIP_SLICE_MS 60000u /* ... if hardly anything comes */
#define PICK_DRIP_RATE 4000u      /* bytes per second, below which that is so */

struct pick_holder /* who has a slot */
{
    const struct pick_host *host;
    unsigned class;
    uint64_t since_ms;
    uint64_t rate;    /* bytes per second, of late */
    bool may_give_up; /* nothing is lost if it goes on later */
};

/* The index of the holder whose slot another one should have: at once, if somebody in the
 * foreground waits for one that is held in the background; else when a slice is over, for all that
 * time nobody who waits was given one. -1: nobody. */
int pick_victim(const struct pick *pick, const struct pick_holder *holders, size_t count,
                uint64_t now_ms);

/* Where holders could not give up, for they would begin anew, one slot more for those that wait;
 * up to as many again as there are. True: pick_next may give one now. */
bool pick_lend(struct pick *pick, struct pick_host *host, uint64_t now_ms);

#endif
