/*
 * What ties a dispatcher, and what stands in for a callback, to one of core's jobs: attached as the
 * job's observer at the first registration, and freed with the job.
 */
#ifndef DOSVC_COM_JOB_LANE_H
#define DOSVC_COM_JOB_LANE_H

#include "com/dispatcher.h"

/* The job's dispatcher, made if there is none. Lives as long as the job. Any thread, no lock held.
 */
HRESULT job_lane_dispatcher(struct job *job, struct dispatcher **dispatcher);
/* What that needs, before the job's notification class or command is set; starts nothing. */
HRESULT job_lane_may_fall_back(struct job *job);
/* The job's notification class or command was set: without a callback it is told by that. */
HRESULT job_lane_fall_back(struct job *job);
/* The job's dispatcher, or NULL. */
struct dispatcher *job_lane_find(struct job *job);

#endif
