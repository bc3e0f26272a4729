/*
 * The insides of a transfer, shared by its files:
 *   transfer.c  its life: start, part file, clocks, end
 *   ask.c       what the next request asks for
 *   login.c     who it says it is when a server or proxy wants to know
 *   crew.c      further connections, each of which is in helper.c
 *   integrity.c what its bytes must be, and fetch.c, which gets what tells
 *   answer.c    what an answer means and where its bytes go
 *   arrival.c   the part file: what has arrived in it
 *   pace.c      how fast they come, and for how long nothing may
 *   placing.c   a download's file goes into place before the state says Transferred
 * Engine thread only.
 */
#ifndef DOSVC_CORE_TRANSFER_PARTS_H
#define DOSVC_CORE_TRANSFER_PARTS_H

#include "core/credentials.h"
#include "core/crew.h"
#include "core/integrity.h"
#include "core/route.h"
#include "core/security.h"
#include "core/sink.h"
#include "core/source.h"
#include "core/transfer.h"
#include "io/http.h"
#include "model/http_verdict.h"
#include "model/url.h"

#define TRANSFER_TICK_MS 1000

/* What follows when the exchange has ended. */
enum next_step
{
    NEXT_JUDGE, /* the body ended by itself: see what is missing */
    NEXT_ASK,   /* a redirect, a restart, the next range */
    NEXT_END    /* the end is decided */
};

/* What a server or proxy asked for: nothing about a user is sent before it did. */
struct transfer_login
{
    bool asked;           /* a second 401 or 407 means no */
    unsigned int schemes; /* AUTH_*: with what it is answered */
};

struct transfer
{
    struct runner *runner;
    struct file *file;     /* whose job is counted */
    struct transfer *next; /* in runner->transfers */
    struct transfer **link;

    /* copies made under engine_lock at the start */
    char *named; /* the file's own URL */
    struct source source;
    char *custom; /* its header lines, or NULL */
    char *auth;   /* those for a server that asks who it is, or NULL */
    struct security security;

    char url[URL_SIZE]; /* asked now, after redirects */

    /* of that address's origin; forgotten at another one */
    struct http_cookies *cookies; /* NULL before the first request */
    struct transfer_login logins[AUTH_TARGET_COUNT];
    struct route_call route;
    bool routed; /* the proxy is known */
    char *proxy; /* NULL: none */

    unsigned int hops;
    unsigned int restarts;
    bool asked_origin_again;
    struct validator validator; /* of what the sink holds, and which source said so */
    int validator_source;
    struct validator elsewhere; /* of it, what another source must agree with */
    UINT64 total;               /* of the local file, as in struct file */
    UINT64 remote;

    bool begun; /* the sink was asked to open */
    struct sink *sink;
    bool ready; /* the sink is open */
    struct http_exchange *exchange;
    struct sink_lane *lane; /* while there is an exchange: where its bytes go */
    bool idle;              /* there is none: others of the crew are at what is missing first */
    struct crew crew;
    struct verdict *verdict; /* while a client judges a certificate */
    enum next_step step;
    struct http_question question; /* of the request under way */
    UINT64 skip;                   /* bytes of the body to drop before the wanted ones */
    UINT64 left;                   /* bytes wanted of this body; UINT64_MAX: to its end */
    UINT64 body_left;              /* bytes that the answer still has; UINT64_MAX: unknown */
    UINT64 asked_from;             /* sink_position at the request */
    UINT64 wanted_first;           /* remote offset of the first wanted byte */
    UINT64 opened_at;              /* sink_position when the part file was opened */
    const BYTE *overlap;           /* what the next bytes must equal, and how many */
    size_t overlap_left;
    bool headed;  /* the head has come */
    bool partial; /* and says that this is a part of the file */

    UINT64 asked_at; /* clock_now() of the request */
    UINT64 heard_at; /* ... of its last bytes */
    UINT64 heard;    /* bytes of all bodies */
    UINT64 counted;  /* of those, in struct file's body_bytes */
    UINT64 rate;     /* of the last RATE_MS, of which these are the beginning */
    UINT64 rate_since;
    UINT64 rate_heard;
    bool paused;          /* by us, for want of a buffer */
    UINT64 limited_since; /* clock_now() when a limit of ours paused it; 0: none does */
    bool stall_rule;      /* the server has ranges: a crawl is worth another connection */

    struct integrity *integrity; /* NULL: the client said nothing of what the bytes must be */
    struct runner_op place_op;   /* a download's rename into place */
    UINT64 place_at;             /* clock_now() of the next try; CLOCK_NEVER: none is due */
    UINT64 place_until;

    bool ending;
    struct transfer_end end;
};

/* Sends the request for what is missing next; waits if another connection is at it; ends the
 * transfer if nothing is. */
void transfer_ask(struct transfer *transfer);
/* What is asked is another source than the one that told of what is here: validators of both cannot
 * be compared. */
bool transfer_is_elsewhere(const struct transfer *transfer);
/* Sends a request for the address that is asked, with all that it takes to be let in. */
HRESULT transfer_send(struct transfer *transfer, const struct http_question *question,
                      const char *if_range, struct http_request *http,
                      struct http_exchange **exchange);
/* What is here is of no use: all of it begins anew. No exchange is under way; the caller asks. */
void transfer_begin_anew(struct transfer *transfer, const char *why);
/* The address is of the origin that the client named: what the client told us may be told there. */
bool transfer_at_home(const struct transfer *transfer);
/* A 401 or 407 came, with this head (NULL: a tunnel's). True: there is something to answer it with,
 * so ask again. */
bool transfer_answers_challenge(struct transfer *transfer, int status, const char *head);
/* What the next request tells about the user, if it was asked. Wiped by the caller, always. */
HRESULT transfer_reveal_login(struct transfer *transfer, enum auth_target target,
                              struct login *plain, struct http_credentials *credentials);
/* What http calls with the answer; the context is the transfer. */
extern const struct http_callbacks transfer_answer;

/* The first call decides how the transfer ends; NULL is success. */
void transfer_end(struct transfer *transfer, const struct failure_info *failure,
                  const char *detail);
void transfer_end_with(struct transfer *transfer, enum failure kind, HRESULT hr,
                       const char *detail);
/* A failure when the end was decided already, and takes its place. */
void transfer_fail_late(struct transfer *transfer, HRESULT hr, const char *detail);
/* Tells how it ended, and frees it. */
void transfer_report(struct transfer *transfer);
/* The closed part file was held against its digests. Frees the transfer, soon or now. */
void transfer_checked(struct transfer *transfer);
/* Renames the part file; told to do so again at place_at. */
void transfer_place(struct transfer *transfer);
/* Ends a transfer whose server is too slow. */
void transfer_judge_pace(struct transfer *transfer, UINT64 now);
/* Nothing comes because of us: that is no lack of progress. Returns when to look again. */
UINT64 transfer_wait_for_limit(struct transfer *transfer, UINT64 now);
/* Opens the part file, and takes in what comes of it. */
HRESULT transfer_open_sink(struct transfer *transfer);
/* The part file could not be sealed: what is not flushed is not there. */
void transfer_keep_flushed(struct transfer *transfer);
/* There are buffers again. */
void transfer_has_room(void *context);
/* The part file is closed. */
void transfer_sealed(void *context, HRESULT hr);
/* Closes the part file once the end is decided and no exchange runs. */
void transfer_close_when_quiet(struct transfer *transfer);
/* Brings the file's count of bytes up to date. The caller holds engine_lock. */
void transfer_count_locked(struct transfer *transfer);
/* What was fetched is of no use: tells so, and that nothing is known of the content. If that has
 * changed, the bytes that come in place of the old ones are progress; from a server that merely
 * repeats itself they are none. */
void transfer_forget_content(struct transfer *transfer, bool changed);

#endif
