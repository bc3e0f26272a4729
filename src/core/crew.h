/*
 * Further connections for the file of a transfer (docs/performance.md). The transfer has its own,
 * which is always at what is missing first; the others, its helpers, fetch what lies behind. There
 * are none unless the job is in the foreground, the server has ranges and a strong validator, and
 * model/ramp says that they pay; none any more once the server shows that it does not like them.
 * Engine thread only.
 */
#ifndef DOSVC_CORE_CREW_H
#define DOSVC_CORE_CREW_H

#include "core/helper.h"
#include "model/ramp.h"

#define CREW_MAX 7 /* helpers */

struct crew /* part of a transfer; zeros: there is none */
{
    struct ramp ramp;
    bool asked;                  /* for lanes in the part file */
    bool may;                    /* there may be some */
    unsigned int failures;       /* of helpers, and of the transfer's own where it was made anew */
    struct failure_info refusal; /* with which the server wanted a pause */
    UINT64 quiet_until;          /* clock_now(); 0: it did not */
    struct helper helpers[CREW_MAX];
};

/* The head of an answer came whose body will be taken. */
void crew_begin(struct transfer *transfer);
/* Grows or shrinks; returns when to look again. */
UINT64 crew_tick(struct transfer *transfer, UINT64 now);
/* The sink says whether there may be lanes. */
void crew_may_begin(struct transfer *transfer, bool may);
/* Whoever is missing is given work. */
void crew_fill(struct transfer *transfer);
/* Bytes that were not taken are offered again. */
void crew_resume(struct transfer *transfer);
/* Helpers end; what they fetched stays. */
void crew_stop(struct transfer *transfer);
bool crew_is_busy(const struct transfer *transfer);
/* The transfer's own connection broke. True: others still bring bytes, so it is made anew, as any
 * of theirs would be. */
bool crew_bears(struct transfer *transfer, enum failure kind);

/* The server wants to be asked nothing more for a while: ends the transfer until then. */
bool crew_ends_for_pause(struct transfer *transfer);

/* A helper's exchange is over. */
void crew_helper_ended(struct helper *helper, enum helper_end end);

#endif
