#include "model/state.h"

#include <assert.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TO(state) (1u << JOB_##state)
#define TO_THE_END (TO(ACKNOWLEDGED) | TO(CANCELLED))

/* A transfer can end, or fall back in line, wherever it stands. */
#define TO_WHAT_COMES (TO(SUSPENDED) | TO(ERROR) | TO(TRANSFERRED) | TO_THE_END)

static const unsigned moves[] = {
    [JOB_QUEUED] = TO(CONNECTING) | TO(TRANSFERRING) | TO(TRANSIENT_ERROR) | TO_WHAT_COMES,
    [JOB_CONNECTING] = TO(QUEUED) | TO(TRANSFERRING) | TO(TRANSIENT_ERROR) | TO_WHAT_COMES,
    [JOB_TRANSFERRING] = TO(QUEUED) | TO(CONNECTING) | TO(TRANSIENT_ERROR) | TO_WHAT_COMES,
    [JOB_SUSPENDED] = TO(QUEUED) | TO_THE_END,
    [JOB_ERROR] = TO(QUEUED) | TO_THE_END,
    [JOB_TRANSIENT_ERROR] = TO(QUEUED) | TO(CONNECTING) | TO(TRANSFERRING) | TO_WHAT_COMES,
    /* back: files were added and Resume called; ERROR: the client found a file not valid */
    [JOB_TRANSFERRED] = TO(QUEUED) | TO(ERROR) | TO_THE_END,
    [JOB_ACKNOWLEDGED] = 0,
    [JOB_CANCELLED] = 0,
};
static_assert(COUNT(moves) == JOB_STATE_COUNT, "every state has a row");

static const char *const names[] = {
    [JOB_QUEUED] = "QUEUED",
    [JOB_CONNECTING] = "CONNECTING",
    [JOB_TRANSFERRING] = "TRANSFERRING",
    [JOB_SUSPENDED] = "SUSPENDED",
    [JOB_ERROR] = "ERROR",
    [JOB_TRANSIENT_ERROR] = "TRANSIENT_ERROR",
    [JOB_TRANSFERRED] = "TRANSFERRED",
    [JOB_ACKNOWLEDGED] = "ACKNOWLEDGED",
    [JOB_CANCELLED] = "CANCELLED",
};
static_assert(COUNT(names) == JOB_STATE_COUNT, "every state has a name");

/* One row of a call: what it means in SUSPENDED, in the three active states, in TRANSIENT_ERROR, in
 * ERROR, in TRANSFERRED and in the two final states. */
#define ROW(suspended, active, transient, error, transferred, final)                               \
    {                                                                                              \
        [JOB_QUEUED] = VERDICT_##active, [JOB_CONNECTING] = VERDICT_##active,                      \
        [JOB_TRANSFERRING] = VERDICT_##active, [JOB_SUSPENDED] = VERDICT_##suspended,              \
        [JOB_ERROR] = VERDICT_##error, [JOB_TRANSIENT_ERROR] = VERDICT_##transient,                \
        [JOB_TRANSFERRED] = VERDICT_##transferred, [JOB_ACKNOWLEDGED] = VERDICT_##final,           \
        [JOB_CANCELLED] = VERDICT_##final,                                                         \
    }

/* clang-format off */
static const unsigned char verdicts[][JOB_STATE_COUNT] = {
    [CALL_RESUME] = ROW(OK, NOOP, OK, OK, OK, INVALID_STATE),
    [CALL_SUSPEND] = ROW(NOOP, OK, OK, NOOP, NOOP, INVALID_STATE),
    [CALL_CANCEL] = ROW(OK, OK, OK, OK, OK, INVALID_STATE),
    [CALL_COMPLETE] = ROW(OK, OK, OK, OK, OK, INVALID_STATE),
    [CALL_ADD_FILE] = ROW(OK, OK, OK, OK, OK, INVALID_STATE),
    [CALL_SET] = ROW(OK, OK, OK, OK, OK, INVALID_STATE),
    [CALL_GET] = ROW(OK, OK, OK, OK, OK, OK),
    [CALL_GET_ERROR] = ROW(UNAVAILABLE, UNAVAILABLE, OK, OK, UNAVAILABLE, UNAVAILABLE),
    [CALL_SET_FILE_PROPERTY] =
        ROW(OK, INVALID_STATE, INVALID_STATE, INVALID_STATE, INVALID_STATE, INVALID_STATE),
};
/* clang-format on */
static_assert(COUNT(verdicts) == JOB_CALL_COUNT, "every call has a row");

/* Start, Pause, Finalize, Abort. Two of them the documentation leaves open: Finalize once more does
 * no harm; Abort once more is refused, as on Windows. */
static const unsigned char download_verdicts[][DOWNLOAD_CALL_COUNT] = {
    [DOWNLOAD_CREATED] = {VERDICT_OK, VERDICT_NOOP, VERDICT_INVALID_STATE, VERDICT_OK},
    [DOWNLOAD_TRANSFERRING] = {VERDICT_NOOP, VERDICT_OK, VERDICT_INVALID_STATE, VERDICT_OK},
    [DOWNLOAD_TRANSFERRED] = {VERDICT_NOOP, VERDICT_NOOP, VERDICT_OK, VERDICT_OK},
    [DOWNLOAD_FINALIZED] = {VERDICT_INVALID_STATE, VERDICT_INVALID_STATE, VERDICT_NOOP,
                            VERDICT_INVALID_STATE},
    [DOWNLOAD_ABORTED] = {VERDICT_INVALID_STATE, VERDICT_INVALID_STATE, VERDICT_INVALID_STATE,
                          VERDICT_INVALID_STATE},
    [DOWNLOAD_PAUSED] = {VERDICT_OK, VERDICT_NOOP, VERDICT_INVALID_STATE, VERDICT_OK},
};
static_assert(COUNT(download_verdicts) == DOWNLOAD_STATE_COUNT, "every state has a row");
static_assert(DOWNLOAD_START == 0 && DOWNLOAD_PAUSE == 1 && DOWNLOAD_FINALIZE == 2 &&
                  DOWNLOAD_ABORT == 3,
              "the columns of download_verdicts");

bool job_state_may_move(enum job_state from, enum job_state to)
{
    assert((unsigned)from < JOB_STATE_COUNT && (unsigned)to < JOB_STATE_COUNT);
    return moves[from] >> to & 1;
}

bool job_state_is_final(enum job_state state)
{
    assert((unsigned)state < JOB_STATE_COUNT);
    return !moves[state];
}

const char *job_state_name(enum job_state state)
{
    return (unsigned)state < JOB_STATE_COUNT ? names[state] : "?";
}

enum job_verdict job_call_verdict(enum job_call call, enum job_state state)
{
    assert((unsigned)call < JOB_CALL_COUNT && (unsigned)state < JOB_STATE_COUNT);
    return verdicts[call][state];
}

enum job_verdict download_call_verdict(enum download_call call, enum download_state state)
{
    assert((unsigned)call < DOWNLOAD_CALL_COUNT && (unsigned)state < DOWNLOAD_STATE_COUNT);
    return download_verdicts[state][call];
}
