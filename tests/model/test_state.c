#include "model/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define S(state) (1u << JOB_##state)
#define ALL                                                                                        \
    (S(QUEUED) | S(CONNECTING) | S(TRANSFERRING) | S(SUSPENDED) | S(ERROR) | S(TRANSIENT_ERROR) |  \
     S(TRANSFERRED) | S(ACKNOWLEDGED) | S(CANCELLED))
#define FINAL (S(ACKNOWLEDGED) | S(CANCELLED))
#define ACTIVE (S(QUEUED) | S(CONNECTING) | S(TRANSFERRING))

static unsigned states_with(enum job_call call, enum job_verdict verdict)
{
    unsigned found = 0;
    int state;

    for (state = 0; state < JOB_STATE_COUNT; state++)
        if (job_call_verdict(call, (enum job_state)state) == verdict)
            found |= 1u << state;
    return found;
}

static void nothing_leads_out_of_a_final_state(void **state)
{
    int from, to;

    (void)state;
    for (from = 0; from < JOB_STATE_COUNT; from++)
    {
        bool out = false;

        for (to = 0; to < JOB_STATE_COUNT; to++)
            out = out || job_state_may_move((enum job_state)from, (enum job_state)to);
        assert_int_equal(!out, job_state_is_final((enum job_state)from));
        assert_int_equal(!out, FINAL >> from & 1);
    }
}

static void a_state_does_not_move_to_itself(void **state)
{
    int at;

    (void)state;
    for (at = 0; at < JOB_STATE_COUNT; at++)
        assert_false(job_state_may_move((enum job_state)at, (enum job_state)at));
}

static void every_live_state_can_be_cancelled_and_completed(void **state)
{
    int at;

    (void)state;
    for (at = 0; at < JOB_STATE_COUNT; at++)
    {
        bool live = !job_state_is_final((enum job_state)at);

        assert_int_equal(live, job_state_may_move((enum job_state)at, JOB_CANCELLED));
        assert_int_equal(live, job_state_may_move((enum job_state)at, JOB_ACKNOWLEDGED));
    }
}

static void a_stopped_job_starts_again_through_the_queue(void **state)
{
    static const enum job_state stopped[] = {JOB_SUSPENDED, JOB_ERROR, JOB_TRANSFERRED};
    size_t i;
    int to;

    (void)state;
    for (i = 0; i < sizeof(stopped) / sizeof(stopped[0]); i++)
        for (to = 0; to < JOB_STATE_COUNT; to++)
            assert_int_equal(to == JOB_QUEUED || job_state_is_final((enum job_state)to) ||
                                 (stopped[i] == JOB_TRANSFERRED && to == JOB_ERROR),
                             job_state_may_move(stopped[i], (enum job_state)to));
}

/* But a finished job fails when its client rejects a file. */
static void only_what_runs_can_fail_or_finish(void **state)
{
    const unsigned running = ACTIVE | S(TRANSIENT_ERROR);
    int from;

    (void)state;
    for (from = 0; from < JOB_STATE_COUNT; from++)
    {
        bool may = running >> from & 1;

        assert_int_equal(may || from == JOB_TRANSFERRED,
                         job_state_may_move((enum job_state)from, JOB_ERROR));
        assert_int_equal(may, job_state_may_move((enum job_state)from, JOB_TRANSFERRED));
        assert_int_equal(may, job_state_may_move((enum job_state)from, JOB_SUSPENDED));
    }
}

static void calls_on_a_final_job_are_refused(void **state)
{
    int call;

    (void)state;
    for (call = 0; call < JOB_CALL_COUNT; call++)
    {
        unsigned refused = states_with((enum job_call)call, VERDICT_INVALID_STATE);

        if (call == CALL_GET || call == CALL_GET_ERROR)
            assert_int_equal(0, refused);
        else if (call == CALL_SET_FILE_PROPERTY)
            assert_int_equal(ALL & ~S(SUSPENDED), refused);
        else
            assert_int_equal(FINAL, refused);
    }
}

static void resume_of_a_running_job_changes_nothing(void **state)
{
    (void)state;
    assert_int_equal(ACTIVE, states_with(CALL_RESUME, VERDICT_NOOP));
    assert_int_equal(ALL & ~ACTIVE & ~FINAL, states_with(CALL_RESUME, VERDICT_OK));
}

static void suspend_of_a_stopped_job_changes_nothing(void **state)
{
    (void)state;
    assert_int_equal(ACTIVE | S(TRANSIENT_ERROR), states_with(CALL_SUSPEND, VERDICT_OK));
    assert_int_equal(S(SUSPENDED) | S(ERROR) | S(TRANSFERRED),
                     states_with(CALL_SUSPEND, VERDICT_NOOP));
}

static void a_verdict_of_ok_has_its_move(void **state)
{
    int at;

    (void)state;
    for (at = 0; at < JOB_STATE_COUNT; at++)
    {
        enum job_state from = (enum job_state)at;

        if (job_call_verdict(CALL_RESUME, from) == VERDICT_OK)
            assert_true(job_state_may_move(from, JOB_QUEUED));
        if (job_call_verdict(CALL_SUSPEND, from) == VERDICT_OK)
            assert_true(job_state_may_move(from, JOB_SUSPENDED));
        if (job_call_verdict(CALL_CANCEL, from) == VERDICT_OK)
            assert_true(job_state_may_move(from, JOB_CANCELLED));
        if (job_call_verdict(CALL_COMPLETE, from) == VERDICT_OK)
            assert_true(job_state_may_move(from, JOB_ACKNOWLEDGED));
    }
}

static void only_error_states_have_an_error(void **state)
{
    (void)state;
    assert_int_equal(S(ERROR) | S(TRANSIENT_ERROR), states_with(CALL_GET_ERROR, VERDICT_OK));
    assert_int_equal(ALL & ~(S(ERROR) | S(TRANSIENT_ERROR)),
                     states_with(CALL_GET_ERROR, VERDICT_UNAVAILABLE));
}

static void a_download_follows_its_table(void **state)
{
    /* Start, Pause, Finalize, Abort: o ok, n nothing to do, - refused */
    static const struct
    {
        enum download_state state;
        const char *verdicts;
    } table[] = {
        {DOWNLOAD_CREATED, "on-o"},     {DOWNLOAD_TRANSFERRING, "no-o"}, {DOWNLOAD_PAUSED, "on-o"},
        {DOWNLOAD_TRANSFERRED, "nnoo"}, {DOWNLOAD_FINALIZED, "--n-"},    {DOWNLOAD_ABORTED, "----"},
    };
    size_t i;
    int call;

    (void)state;
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        for (call = 0; call < DOWNLOAD_CALL_COUNT; call++)
        {
            char mark = table[i].verdicts[call];
            enum job_verdict wanted = mark == 'o'   ? VERDICT_OK
                                      : mark == 'n' ? VERDICT_NOOP
                                                    : VERDICT_INVALID_STATE;

            assert_int_equal(wanted,
                             download_call_verdict((enum download_call)call, table[i].state));
        }
}

static void every_state_has_a_name(void **state)
{
    (void)state;
    assert_string_equal("TRANSFERRING", job_state_name(JOB_TRANSFERRING));
    assert_string_equal("CANCELLED", job_state_name(JOB_CANCELLED));
    assert_string_equal("?", job_state_name(JOB_STATE_COUNT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_leads_out_of_a_final_state),
        cmocka_unit_test(a_state_does_not_move_to_itself),
        cmocka_unit_test(every_live_state_can_be_cancelled_and_completed),
        cmocka_unit_test(a_stopped_job_starts_again_through_the_queue),
        cmocka_unit_test(only_what_runs_can_fail_or_finish),
        cmocka_unit_test(calls_on_a_final_job_are_refused),
        cmocka_unit_test(resume_of_a_running_job_changes_nothing),
        cmocka_unit_test(suspend_of_a_stopped_job_changes_nothing),
        cmocka_unit_test(a_verdict_of_ok_has_its_move),
        cmocka_unit_test(only_error_states_have_an_error),
        cmocka_unit_test(a_download_follows_its_table),
        cmocka_unit_test(every_state_has_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
