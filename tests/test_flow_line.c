/* Who is next: priorities, slots that change hands, and that nobody waits for ever. */
#include "line_kit.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

#define SIZE 200000

/* The background has every slot of the host, and would keep them for long. */
static void the_foreground_gets_a_slot_at_once(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *background = job_of(kit, BG_JOB_PRIORITY_NORMAL);
    IBackgroundCopyJob *foreground = job_of(kit, BG_JOB_PRIORITY_FOREGROUND);

    HTTPD_SCRIPT(
        kit->httpd, "/slow",
        {.seed = 1, .size = 1 << 24, .etag = "\"1\"", .trickle = 50, .trickle_bytes = 20000});
    HTTPD_SCRIPT(kit->httpd, "/quick", {.seed = 2, .size = SIZE});
    add_files(kit, background, kit->httpd, "slow", 6);
    add_files(kit, foreground, kit->httpd, "quick", 3);
    resume(background);
    assert_true(httpd_wait_request(kit->httpd, "/slow", 6, KIT_LIMIT));
    assert_true(httpd_wait_sent(kit->httpd, "/slow", 1000000, KIT_LIMIT));
    resume(foreground);
    assert_true(kit_wait_state(foreground, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_hr(S_OK, IBackgroundCopyJob_Complete(foreground));
    IBackgroundCopyJob_Release(foreground);
    /* whoever gave way goes on where it was */
    assert_true(httpd_wait_request(kit->httpd, "/slow", 7, KIT_LIMIT));
    assert_true(httpd_request(kit->httpd, "/slow", 6)->ranged);
    assert_state(BG_JOB_STATE_TRANSFERRING, background);
    end(background);
}

/* All slots are held by servers that drip; on the fast clock a minute is a second. */
static void a_job_does_not_wait_for_ever_behind_servers_that_drip(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *dripping = job_of(kit, BG_JOB_PRIORITY_HIGH);
    IBackgroundCopyJob *waiting = job_of(kit, BG_JOB_PRIORITY_LOW);

    kit_environment(L"DOSVC_SETTINGS", L"MaxTransfers=2;MaxTransfersPerHost=2");
    HTTPD_SCRIPT(
        kit->httpd, "/drip",
        {.seed = 1, .size = 1 << 20, .etag = "\"1\"", .trickle = 15, .trickle_bytes = 500});
    HTTPD_SCRIPT(other, "/quick", {.seed = 2, .size = SIZE});
    add_files(kit, dripping, kit->httpd, "drip", 2);
    add_files(kit, waiting, other, "quick", 1);
    resume(dripping);
    assert_true(httpd_wait_request(kit->httpd, "/drip", 2, KIT_LIMIT));
    resume(waiting);
    assert_true(kit_wait_state(waiting, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    end(waiting);
    end(dripping);
}

/* Without ranges, who gave way would begin anew. */
static void where_nothing_can_be_stopped_a_slot_is_lent(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *dripping = job_of(kit, BG_JOB_PRIORITY_NORMAL);
    IBackgroundCopyJob *waiting = job_of(kit, BG_JOB_PRIORITY_NORMAL);

    kit_environment(L"DOSVC_SETTINGS", L"MaxTransfers=2;MaxTransfersPerHost=2");
    HTTPD_SCRIPT(kit->httpd, "/drip",
                 {.seed = 1,
                  .size = 1 << 20,
                  .ignore_range = true,
                  .no_accept_ranges = true,
                  .trickle = 15,
                  .trickle_bytes = 500});
    HTTPD_SCRIPT(other, "/quick", {.seed = 2, .size = SIZE});
    add_files(kit, dripping, kit->httpd, "drip", 2);
    add_files(kit, waiting, other, "quick", 1);
    resume(dripping);
    assert_true(httpd_wait_request(kit->httpd, "/drip", 2, KIT_LIMIT));
    resume(waiting);
    assert_true(kit_wait_state(waiting, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_int_equal(2, httpd_requests(kit->httpd, "/drip"));
    end(waiting);
    end(dripping);
}

static void a_lower_priority_gets_its_share(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *high = job_of(kit, BG_JOB_PRIORITY_HIGH);
    IBackgroundCopyJob *low = job_of(kit, BG_JOB_PRIORITY_LOW);
    BG_JOB_PROGRESS progress;

    kit_environment(L"DOSVC_SETTINGS", L"MaxTransfers=1");
    HTTPD_SCRIPT(kit->httpd, "/high", {.seed = 1, .size = 1000, .delay = 3});
    HTTPD_SCRIPT(kit->httpd, "/low", {.seed = 1, .size = 1000});
    add_files(kit, high, kit->httpd, "high", 300);
    add_files(kit, low, kit->httpd, "low", 3);
    resume(high);
    resume(low);
    assert_true(kit_wait_state(low, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_hr(S_OK, IBackgroundCopyJob_GetProgress(high, &progress));
    assert_in_range(progress.FilesTransferred, 8, 290);
    end(low);
    end(high);
}

static void a_new_priority_counts_at_once(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *first = job_of(kit, BG_JOB_PRIORITY_NORMAL);
    IBackgroundCopyJob *second = job_of(kit, BG_JOB_PRIORITY_NORMAL);
    BG_JOB_PROGRESS progress;

    kit_environment(L"DOSVC_SETTINGS", L"MaxTransfers=1");
    HTTPD_SCRIPT(kit->httpd, "/first", {.seed = 1, .size = 1000, .delay = 5});
    HTTPD_SCRIPT(kit->httpd, "/second", {.seed = 1, .size = 1000});
    add_files(kit, first, kit->httpd, "first", 300);
    add_files(kit, second, kit->httpd, "second", 20);
    resume(first);
    resume(second);
    assert_hr(S_OK, IBackgroundCopyJob_SetPriority(first, BG_JOB_PRIORITY_LOW));
    assert_hr(S_OK, IBackgroundCopyJob_SetPriority(second, BG_JOB_PRIORITY_FOREGROUND));
    assert_true(kit_wait_state(second, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_hr(S_OK, IBackgroundCopyJob_GetProgress(first, &progress));
    assert_in_range(progress.FilesTransferred, 0, 250);
    end(second);
    end(first);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(the_foreground_gets_a_slot_at_once),
        TEST(a_job_does_not_wait_for_ever_behind_servers_that_drip),
        TEST(where_nothing_can_be_stopped_a_slot_is_lent),
        TEST(a_lower_priority_gets_its_share),
        TEST(a_new_priority_counts_at_once),
    };

    kit_process(L"clock=60");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
