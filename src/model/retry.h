#ifndef MODEL_RETRY_H
#define MODEL_RETRY_H

#include "model/failure.h"

/* When to ask again after a transient failure, and when a slow connection is given up. */

struct retry
{
    unsigned attempts; /* failures since the last progress */
};

struct retry_plan
{
    uint64_t delay_ms;
    bool visible; /* the job shows TRANSIENT_ERROR meanwhile */
};

void retry_init(struct retry *retry);

/* One more failure. DO: 2, 4, 8, 16, 30, 30 ... s until the client sets a delay, then that.
 * BITS: three tries at 2, 4, 8 s that nobody sees, then the client's delay, or 600 s.
 * A Retry-After that is longer wins, and is seen. Seconds; 0 = never set, not sent. */
struct retry_plan retry_next(struct retry *retry, enum dialect dialect,
                             uint64_t client_delay_seconds, uint64_t retry_after_seconds);

/* Bytes have come: the next failure is the first one again. */
void retry_progress(struct retry *retry);

/* The stall rule, on a file's summed rate: less than 4,000 B/s over 20 s means the connection is
 * worth another. If that one is no faster the threshold halves, down to 1 byte in 60 s: a server
 * that is slow throughout must not be asked over and over. */
struct stall
{
    uint64_t window_start_ms;
    uint64_t window_bytes; /* total_bytes at window_start_ms */
    uint64_t window_ms;
    uint64_t rule_rate; /* as it was set */
    uint64_t rule_ms;
    uint64_t threshold; /* bytes that must come in a window */
    uint64_t last_rate; /* bytes per second before the last reconnect */
    uint64_t seen_rate; /* in the window that stalled */
    bool reconnected;
    bool running;
};

void stall_init(struct stall *stall);

/* Another rate and time than those; the same ones again change nothing, nor what was halved. */
void stall_rule(struct stall *stall, uint64_t bytes_per_second, uint64_t window_ms);

/* To be called about once a second while the file transfers; total_bytes never falls. True: it
 * stalled; reconnect and call stall_reconnect. */
bool stall_tick(struct stall *stall, uint64_t now_ms, uint64_t total_bytes);

/* A new connection is made because of a stall; measuring begins anew at the next tick. */
void stall_reconnect(struct stall *stall);

/* Measuring begins anew at the next tick: the transfer was paused, by us or by a limit. */
void stall_restart(struct stall *stall);

#endif
