/*
 * What tests of files that several connections fetch have in common. Time runs 5 times faster.
 */
#ifndef TESTS_CONNECTIONS_KIT_H
#define TESTS_CONNECTIONS_KIT_H

#include "testkit/flow.h"

#define KIB 1024u
#define MIB (1024u * 1024u)
#define SIZE (12 * MIB) /* long enough for four */

#define ETAG .etag = "\"one\""
/* So much, at most, for each connection: 3 MiB a second of the machine's clock. */
#define LIMITED .trickle = 4, .trickle_bytes = 12 * KIB
#define FILE_ONE .seed = 1, .size = SIZE, LIMITED
/* Long enough for two. */
#define SHORT_SIZE (3 * MIB)
#define SHORT .seed = 1, .size = SHORT_SIZE, .trickle = 4, .trickle_bytes = 8 * KIB

/* Nobody who is held is given up: what is counted does not depend on how long things take. */
#define PATIENT L"StallTime=600"

static inline void set_foreground(struct flow *flow)
{
    if (flow->is_download)
        assert_hr(S_OK, kit_set_bool(flow->download, DODownloadProperty_ForegroundPriority, true));
    else
        assert_hr(S_OK, IBackgroundCopyJob_SetPriority(flow->job, BG_JOB_PRIORITY_FOREGROUND));
}

static inline void get(struct flow *flow)
{
    flow_open(flow, "/a");
    set_foreground(flow);
    flow_start(flow);
}

/* The same fixture with other faults than the program's; its teardown puts them back. */
static inline int connections_setup(void **state, const wchar_t *faults)
{
    kit_environment(L"DOSVC_FAULTS", faults);
    return flow_setup_job(state);
}

static inline int connections_teardown(void **state)
{
    kit_environment(L"DOSVC_FAULTS", L"clock=5");
    return flow_teardown(state);
}

#endif
