#ifndef MODEL_SOURCE_STATE_H
#define MODEL_SOURCE_STATE_H

#include "model/failure.h"

/* Which of a file's sources is asked next, and what its failure means. There are the caches, taken
 * together, and the addresses that the client named: the file's own, index 0, and its mirrors. */

#define SOURCE_NAMED_MAX 17 /* the file's own URL and its mirrors */
#define SOURCE_CACHE (-1)   /* in place of an index */

struct source_state /* of one file, since its job was last made to run; zeros: nothing was asked */
{
    uint64_t began_ms; /* the first question */
    bool begun;
    bool off_cache;  /* asks what the client named, for now */
    bool left_cache; /* ... for good */
    bool used_cache; /* some of what is here may come from one */
    bool fresh;      /* caches on the way are told to ask the origin */
    unsigned idle;   /* failures of the present kind since the last progress */
    uint32_t tried;  /* bit per named source: asked since the last wait */
    uint32_t dead;   /* ... and those that another try would not help */
};

#define SOURCE_DELAY_NONE 0u
#define SOURCE_DELAY_NEVER UINT64_MAX /* nothing but the caches is ever asked */

struct source_world
{
    uint64_t now_ms;
    unsigned named;     /* at least 1 */
    bool caches;        /* there are any, and the file may come from one */
    bool caches_usable; /* one of them is not banned */
    uint64_t delay_ms;  /* so long the caches alone are asked, SOURCE_DELAY_* */
};

/* An index, or SOURCE_CACHE. */
int source_choose(struct source_state *state, const struct source_world *world);

enum source_next
{
    SOURCE_AGAIN, /* another one, at once */
    SOURCE_WAIT,  /* after a pause */
    SOURCE_FAIL   /* nobody is left to ask */
};

/* A request to `asked` (as source_choose said) failed; the world is as it is after a ban that
 * follows from that. `transient`: the failure may pass. `progressed`: bytes came before it. A
 * failure that is not the source's, such as a full disk, changes nothing. Between two pauses each
 * source is asked once, so this cannot go round in circles. */
enum source_next source_failed(struct source_state *state, const struct source_world *world,
                               int asked, const struct failure_info *failure, bool transient,
                               bool progressed);

#endif
