/*
 * When a job that no callback is registered for tells of its end by com/notify_fallback: once for
 * each time it is transferred or in error, repeated after failures, by the notify flags of that
 * moment. With a callback the dispatcher does all of it.
 */
#ifndef DOSVC_COM_FALLBACK_LANE_H
#define DOSVC_COM_FALLBACK_LANE_H

#include "base/platform.h"
#include "core/engine.h"

struct dispatcher;
struct fallback_lane;

/* The dispatcher, the job's, outlives it. */
HRESULT fallback_lane_create(struct dispatcher *dispatcher, struct fallback_lane **lane);
void fallback_lane_free(struct fallback_lane *lane);

/* What fallback_lane_arm needs, before the job gets a notification class or command; tells nobody.
 * Keeps the job until that is final. Any thread, no lock held. */
HRESULT fallback_lane_hold(struct fallback_lane *lane, struct job *job);
/* The job has a notification class or command: it is told from now on, of its present state too.
 * Holds. Any thread, no lock held. */
HRESULT fallback_lane_arm(struct fallback_lane *lane, struct job *job);
/* Under engine.lock or not; memory only. */
void fallback_lane_post(struct fallback_lane *lane, const struct job_event *event);

#endif
