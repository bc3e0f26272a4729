/* Connections outlive the files that they bring. */
#include "testkit/kit.h"

#include <wchar.h>

#define FILES 30
#define PER_HOST 6 /* connections to one server at a time */

static void files_of_a_job_share_connections(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job = kit_job(kit, L"reuse");
    wchar_t name[32], path[MAX_PATH];
    char url_path[32];
    unsigned int i;

    for (i = 0; i < FILES; i++)
    {
        snprintf(url_path, sizeof(url_path), "/%u", i);
        swprintf(name, ARRAY_SIZE(name), L"%u.bin", i);
        HTTPD_SCRIPT(kit->httpd, url_path, {.seed = i + 1, .size = 30000});
        kit_add_file(kit, job, url_path, name);
    }
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_true(kit_wait_state(job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_hr(S_OK, IBackgroundCopyJob_Complete(job));
    IBackgroundCopyJob_Release(job);
    for (i = 0; i < FILES; i++)
    {
        swprintf(name, ARRAY_SIZE(name), L"%u.bin", i);
        assert_true(content_check_file(kit_path(kit, name, path), i + 1, 30000));
    }
    /* one that is being closed may have to be replaced */
    assert_true(httpd_connections(kit->httpd) <= 2 * PER_HOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(files_of_a_job_share_connections, kit_setup, kit_teardown),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
