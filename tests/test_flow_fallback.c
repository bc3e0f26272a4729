/* Jobs without a callback that works: their notification class, their command line. */
#include "testkit/kit.h"
#include "testkit/recorder.h"

#include <stdlib.h>

#define SIZE 1000
#define SETTINGS L"Software\\dosvc"
#define POLICY L"AllowNotifyCmdLine"

/* ---- the policy ---- */

static void allow(DWORD value)
{
    assert_int_equal(
        0, RegSetKeyValueW(HKEY_CURRENT_USER, SETTINGS, POLICY, REG_DWORD, &value, sizeof(value)));
}

static int set_up(void **state)
{
    int result = kit_setup(state);

    allow(1);
    return result;
}

static int tear_down(void **state)
{
    RegDeleteKeyValueW(HKEY_CURRENT_USER, SETTINGS, POLICY);
    return kit_teardown(state);
}

/* ---- the command: this program, which makes a file ---- */

static void set_command_of(struct kit *kit, IBackgroundCopyJob *job, const wchar_t *name,
                           wchar_t *mark)
{
    wchar_t program[MAX_PATH], line[3 * MAX_PATH];
    IBackgroundCopyJob2 *job2;

    GetModuleFileNameW(NULL, program, MAX_PATH);
    kit_path(kit, name, mark);
    swprintf(line, ARRAY_SIZE(line), L"\"%ls\" mark \"%ls\"", program, mark);
    assert_hr(S_OK,
              IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob2, (void **)&job2));
    assert_hr(S_OK, IBackgroundCopyJob2_SetNotifyCmdLine(job2, program, line));
    IBackgroundCopyJob2_Release(job2);
}

static void set_command(struct kit *kit, IBackgroundCopyJob *job, wchar_t *mark)
{
    set_command_of(kit, job, L"command ran", mark);
}

static int make_mark(const char *path)
{
    FILE *file = fopen(path, "a");

    if (!file)
        return 1;
    fputc('x', file);
    return fclose(file);
}

static bool wait_mark(const wchar_t *mark)
{
    uint64_t deadline = GetTickCount64() + KIT_LIMIT;

    while (content_file_size(mark) == UINT64_MAX && GetTickCount64() < deadline)
        kit_pass(10);
    return content_file_size(mark) != UINT64_MAX;
}

static IBackgroundCopyJob *transferable_job(struct kit *kit)
{
    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = SIZE});
    return kit_job_of(kit, "/a", L"target");
}

/* ---- tests ---- */

static void a_job_without_a_callback_runs_its_command_once(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job = transferable_job(kit);
    wchar_t mark[MAX_PATH];

    set_command(kit, job, mark);
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_true(kit_wait_state(job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_true(wait_mark(mark));
    assert_hr(S_OK, IBackgroundCopyJob_SetNotifyFlags(job, BG_NOTIFY_JOB_TRANSFERRED));
    kit_pass(300);
    assert_int_equal(1, content_file_size(mark));
    kit_cancel(job);
}

static void another_command_runs_and_the_old_one_does_not_again(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job = transferable_job(kit);
    wchar_t mark[MAX_PATH], other[MAX_PATH];

    set_command(kit, job, mark);
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_true(wait_mark(mark));
    set_command_of(kit, job, L"another one ran", other);
    assert_true(wait_mark(other));
    kit_pass(300);
    assert_int_equal(1, content_file_size(mark));
    assert_int_equal(1, content_file_size(other));
    kit_cancel(job);
}

static void an_error_runs_the_command_too(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job = kit_job_of(kit, "/missing", L"target");
    wchar_t mark[MAX_PATH];

    set_command(kit, job, mark);
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_true(wait_mark(mark));
    assert_state(BG_JOB_STATE_ERROR, job);
    kit_cancel(job);
}

static void flags_hold_the_command_back(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job = transferable_job(kit);
    wchar_t mark[MAX_PATH];

    set_command(kit, job, mark);
    assert_hr(S_OK, IBackgroundCopyJob_SetNotifyFlags(job, BG_NOTIFY_JOB_ERROR));
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_true(kit_wait_state(job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    kit_pass(200);
    assert_true(content_file_size(mark) == UINT64_MAX);
    assert_hr(S_OK, IBackgroundCopyJob_SetNotifyFlags(job, BG_NOTIFY_JOB_TRANSFERRED));
    assert_true(wait_mark(mark));
    kit_cancel(job);
}

static void the_command_runs_when_the_callback_fails(void **state)
{
    static const HRESULT results[] = {E_FAIL};
    struct kit *kit = *state;
    IBackgroundCopyJob *job = transferable_job(kit);
    struct recorder *recorder = recorder_create();
    wchar_t mark[MAX_PATH];

    recorder_script(recorder, RECORD_TRANSFERRED, results, 1);
    recorder_attach(recorder, job, BG_NOTIFY_JOB_TRANSFERRED);
    set_command(kit, job, mark);
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_true(wait_mark(mark));
    assert_int_equal(1, recorder_count(recorder, RECORD_TRANSFERRED));
    kit_cancel(job);
    assert_true(recorder_wait_released(recorder, KIT_LIMIT));
    recorder_release(recorder);
}

static void the_command_does_not_run_when_the_callback_succeeds(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job = transferable_job(kit);
    struct recorder *recorder = recorder_create();
    wchar_t mark[MAX_PATH];

    recorder_attach(recorder, job, BG_NOTIFY_JOB_TRANSFERRED);
    set_command(kit, job, mark);
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_true(recorder_wait(recorder, RECORD_TRANSFERRED, 1, KIT_LIMIT));
    kit_pass(300);
    assert_true(content_file_size(mark) == UINT64_MAX);
    kit_cancel(job);
    assert_true(recorder_wait_released(recorder, KIT_LIMIT));
    recorder_release(recorder);
}

static void without_the_policy_no_command_is_taken_or_run(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job = transferable_job(kit);
    IBackgroundCopyJob2 *job2;
    wchar_t mark[MAX_PATH];

    set_command(kit, job, mark);
    allow(0);
    assert_hr(S_OK,
              IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob2, (void **)&job2));
    assert_hr(BG_E_BLOCKED_BY_POLICY,
              IBackgroundCopyJob2_SetNotifyCmdLine(job2, L"C:\\a.exe", NULL));
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_true(kit_wait_state(job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    kit_pass(300);
    assert_true(content_file_size(mark) == UINT64_MAX);
    assert_hr(S_OK, IBackgroundCopyJob2_SetNotifyCmdLine(job2, NULL, NULL));
    IBackgroundCopyJob2_Release(job2);
    kit_cancel(job);
}

static void a_command_is_a_full_path_to_a_program(void **state)
{
    static const wchar_t *const bad[] = {L"",          L"a.exe",   L"\\a.exe",    L"C:\\a.bat",
                                         L"C:\\a.CMD", L"C:a.exe", L"C:\\a?.exe", L"..\\a.exe"};
    IBackgroundCopyJob *job = kit_job(*state, L"job");
    IBackgroundCopyJob2 *job2;
    wchar_t *program, *parameters;
    size_t i;

    assert_hr(S_OK,
              IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob2, (void **)&job2));
    for (i = 0; i < ARRAY_SIZE(bad); i++)
        assert_hr(E_INVALIDARG, IBackgroundCopyJob2_SetNotifyCmdLine(job2, bad[i], NULL));
    assert_hr(S_OK, IBackgroundCopyJob2_SetNotifyCmdLine(job2, L"C:\\a.exe", L"a.exe b"));
    assert_hr(S_OK, IBackgroundCopyJob2_GetNotifyCmdLine(job2, &program, &parameters));
    assert_int_equal(0, wcscmp(L"C:\\a.exe", program));
    assert_int_equal(0, wcscmp(L"a.exe b", parameters));
    CoTaskMemFree(program);
    CoTaskMemFree(parameters);
    IBackgroundCopyJob2_Release(job2);
    kit_cancel(job);
}

/* ---- the class: one that gives out the test's recorder ---- */

static const GUID class_id = {0x5a1ce0de, 0x3f1c, 0x4a6e, {1, 2, 3, 4, 5, 6, 7, 8}};

static HRESULT set_class(IBackgroundCopyJob *job, const GUID *clsid)
{
    BITS_JOB_PROPERTY_VALUE value = {.ClsID = *clsid};
    IBackgroundCopyJob5 *job5;
    HRESULT hr;

    assert_hr(S_OK,
              IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob5, (void **)&job5));
    hr = IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_NOTIFICATION_CLSID, value);
    IBackgroundCopyJob5_Release(job5);
    return hr;
}

static void a_job_without_a_callback_tells_its_class(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job = transferable_job(kit);
    struct recorder *recorder = recorder_create();
    DWORD cookie;

    assert_hr(S_OK, kit_class_register(&class_id, recorder_unknown(recorder), &cookie));
    assert_hr(S_OK, set_class(job, &class_id));
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_true(recorder_wait(recorder, RECORD_TRANSFERRED, 1, KIT_LIMIT));
    assert_hr(S_OK, IBackgroundCopyJob_Complete(job));
    IBackgroundCopyJob_Release(job);
    assert_hr(S_OK, CoRevokeClassObject(cookie));
    assert_true(recorder_wait_released(recorder, KIT_LIMIT));
    recorder_release(recorder);
}

static void the_command_runs_when_the_class_is_not_there(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job = transferable_job(kit);
    wchar_t mark[MAX_PATH];

    assert_hr(S_OK, set_class(job, &class_id));
    set_command(kit, job, mark);
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_true(wait_mark(mark));
    kit_cancel(job);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_job_without_a_callback_runs_its_command_once),
        TEST(another_command_runs_and_the_old_one_does_not_again),
        TEST(an_error_runs_the_command_too),
        TEST(flags_hold_the_command_back),
        TEST(the_command_runs_when_the_callback_fails),
        TEST(the_command_does_not_run_when_the_callback_succeeds),
        TEST(without_the_policy_no_command_is_taken_or_run),
        TEST(a_command_is_a_full_path_to_a_program),
        TEST(a_job_without_a_callback_tells_its_class),
        TEST(the_command_runs_when_the_class_is_not_there),
    };

    if (argc == 3 && !strcmp(argv[1], "mark"))
        return make_mark(argv[2]);
    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
