/* The background gives way while the foreground receives, and goes on afterwards. */
#include "testkit/kit.h"

#include <string.h>

#define BIG ((uint64_t)400 << 20)
#define SMALL ((uint64_t)3 << 20)
#define RATE ((uint64_t)1 << 20) /* of the foreground's server: three seconds */

static uint64_t bytes_of(IBackgroundCopyJob *job)
{
    BG_JOB_PROGRESS progress;

    assert_hr(S_OK, IBackgroundCopyJob_GetProgress(job, &progress));
    return progress.BytesTransferred;
}

static void the_background_gives_way_while_the_foreground_receives(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *background, *foreground;
    uint64_t before, after;

    HTTPD_SCRIPT(kit->httpd, "/big", {.seed = 1, .size = BIG, .rate = 20 << 20});
    HTTPD_SCRIPT(kit->httpd, "/small", {.seed = 2, .size = SMALL, .rate = RATE});
    background = kit_job_of(kit, "/big", L"big");
    foreground = kit_job_of(kit, "/small", L"small");
    assert_hr(S_OK, IBackgroundCopyJob_SetPriority(foreground, BG_JOB_PRIORITY_FOREGROUND));
    assert_hr(S_OK, IBackgroundCopyJob_Resume(background));
    assert_true(kit_wait_bytes(background, 4 << 20, KIT_LIMIT));
    assert_hr(S_OK, IBackgroundCopyJob_Resume(foreground));
    assert_true(kit_wait_bytes(foreground, SMALL / 3, KIT_LIMIT));
    before = bytes_of(background);
    assert_true(kit_wait_state(foreground, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    after = bytes_of(background);
    /* two seconds of a tenth; what was in buffers may be written meanwhile, alone it had 40 MiB */
    assert_true(after - before < 10 << 20);
    assert_state(BG_JOB_STATE_TRANSFERRING, background);
    assert_true(kit_wait_bytes(background, after + (20 << 20), KIT_LIMIT));
    kit_cancel(foreground);
    kit_cancel(background);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_background_gives_way_while_the_foreground_receives,
                                        kit_setup, kit_teardown),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
