#ifndef MODEL_RAMP_H
#define MODEL_RAMP_H

#include <stdbool.h>
#include <stdint.h>

/* How many connections a file has earned. It starts with one. Where more than 4 s remain one is
 * added every 500 ms, and stays if the sum of what comes rose by 15 %; a connection may warm up for
 * as long again. After the first that does not stay none is added. */

#define RAMP_STEP_MS 500u
#define RAMP_WORTH_MS 4000u
#define RAMP_GAIN 115u /* percent */

enum ramp_advice
{
    RAMP_WAIT,
    RAMP_ADD, /* followed by ramp_joined once it brings bytes, or by ramp_failed */
    RAMP_DROP /* the one that was added */
};

struct ramp
{
    unsigned connections; /* that stay; 0: not begun */
    bool trying;          /* one more */
    bool joined;          /* which brings bytes */
    bool warm;            /* and was given its second look */
    bool over;            /* none is added any more */
    uint64_t since_ms;    /* what is measured now */
    uint64_t since_bytes;
    uint64_t rate; /* bytes a second, as measured last; of those that stay */
};

/* The first bytes came. */
void ramp_begin(struct ramp *ramp, uint64_t now_ms, uint64_t bytes);
/* bytes: that came so far, by all connections; left: that are missing; most: connections that may
 * be. */
enum ramp_advice ramp_look(struct ramp *ramp, unsigned most, uint64_t now_ms, uint64_t bytes,
                           uint64_t left);
/* When to look next. */
uint64_t ramp_due(const struct ramp *ramp);
/* The first bytes of the one that was added. */
void ramp_joined(struct ramp *ramp, uint64_t now_ms, uint64_t bytes);
/* The one that was added is gone before it was judged. */
void ramp_failed(struct ramp *ramp);
/* The number of connections that there should be now. */
unsigned ramp_wanted(const struct ramp *ramp);

#endif
