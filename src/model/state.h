#ifndef MODEL_STATE_H
#define MODEL_STATE_H

#include <stdbool.h>

/* What states there are, which moves are legal and what a call means in each of them.
 * The tables in state.c are the only place that knows. */

enum job_state /* the values of BG_JOB_STATE */
{
    JOB_QUEUED = 0,
    JOB_CONNECTING,
    JOB_TRANSFERRING,
    JOB_SUSPENDED,
    JOB_ERROR,
    JOB_TRANSIENT_ERROR,
    JOB_TRANSFERRED,
    JOB_ACKNOWLEDGED,
    JOB_CANCELLED,
    JOB_STATE_COUNT
};

/* A move to the same state is no move: false. */
bool job_state_may_move(enum job_state from, enum job_state to);

/* ACKNOWLEDGED and CANCELLED: nothing leads out of them. */
bool job_state_is_final(enum job_state state);

/* For logs: "TRANSFERRING". */
const char *job_state_name(enum job_state state);

enum job_call
{
    CALL_RESUME,
    CALL_SUSPEND,
    CALL_CANCEL,
    CALL_COMPLETE,
    CALL_ADD_FILE,
    CALL_SET, /* any setter of the job or of a BITS file */
    CALL_GET, /* any getter, EnumFiles */
    CALL_GET_ERROR,
    CALL_SET_FILE_PROPERTY, /* IDeliveryOptimizationFile2::SetProperty */
    JOB_CALL_COUNT
};

enum job_verdict
{
    VERDICT_OK,            /* do it */
    VERDICT_NOOP,          /* succeed, nothing changes */
    VERDICT_EMPTY,         /* FAILURE_EMPTY */
    VERDICT_INVALID_STATE, /* FAILURE_INVALID_STATE */
    VERDICT_UNAVAILABLE    /* FAILURE_ERROR_INFORMATION_UNAVAILABLE */
};

/* The table knows states only. The caller answers EMPTY to a Resume that is OK here if no file is
 * left to fetch: a SUSPENDED job without files, a TRANSFERRED one to which none was added. */
enum job_verdict job_call_verdict(enum job_call call, enum job_state state);

enum download_state /* the values of DODownloadState */
{
    DOWNLOAD_CREATED = 0,
    DOWNLOAD_TRANSFERRING,
    DOWNLOAD_TRANSFERRED,
    DOWNLOAD_FINALIZED,
    DOWNLOAD_ABORTED,
    DOWNLOAD_PAUSED,
    DOWNLOAD_STATE_COUNT
};

enum download_call
{
    DOWNLOAD_START,
    DOWNLOAD_PAUSE,
    DOWNLOAD_FINALIZE,
    DOWNLOAD_ABORT,
    DOWNLOAD_CALL_COUNT
};

/* OK, NOOP or INVALID_STATE. */
enum job_verdict download_call_verdict(enum download_call call, enum download_state state);

#endif
