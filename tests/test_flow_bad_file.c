/* Files that no job takes: each refusal has its documented code, and nothing is added. */
#include "testkit/kit.h"

#include <stdlib.h>

#define URL L"http://127.0.0.1/file"

static struct kit *kit_of(void **state)
{
    return *state;
}

static void assert_files(ULONG expected, IBackgroundCopyJob *job)
{
    BG_JOB_PROGRESS progress;

    assert_hr(S_OK, IBackgroundCopyJob_GetProgress(job, &progress));
    assert_int_equal(expected, progress.FilesTotal);
}

static void bad_urls_are_refused(void **state)
{
    static const struct
    {
        const wchar_t *url;
        HRESULT expected;
    } cases[] = {
        {NULL, E_INVALIDARG},
        {L"", E_INVALIDARG},
        {L"nonsense", INET_E_INVALID_URL},
        {L"/file", INET_E_INVALID_URL},
        {L"http://", INET_E_INVALID_URL},
        {L"http:///a", INET_E_INVALID_URL},
        {L"http:/a", INET_E_INVALID_URL},
        {L"http://a:99999/b", INET_E_INVALID_URL},
        {L"http://a b/c", INET_E_INVALID_URL},
        {L"ftp://127.0.0.1/a", INET_E_INVALID_URL},
        {L"file:///c:/a", INET_E_INVALID_URL},
        {L"gopher://a", INET_E_INVALID_URL},
    };
    struct kit *kit = kit_of(state);
    IBackgroundCopyJob *job = kit_job(kit, L"bad");
    wchar_t target[MAX_PATH], *url = kit_text(2300);

    kit_path(kit, L"target", target);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
    {
        HRESULT hr = IBackgroundCopyJob_AddFile(job, cases[i].url, target);

        if (hr != cases[i].expected)
            print_error("%ls: ", cases[i].url ? cases[i].url : L"NULL");
        assert_hr(cases[i].expected, hr);
    }
    wmemcpy(url, L"http://h/", 9);
    assert_hr(E_INVALIDARG, IBackgroundCopyJob_AddFile(job, url, target));
    assert_files(0, job);
    IBackgroundCopyJob_Release(job);
    free(url);
}

static void bad_paths_are_refused(void **state)
{
    static const wchar_t *const paths[] = {
        NULL,        L"",        L"file",     L"folder\\file", L"..\\file",
        L"C:file",   L"\\file",  L"C:\\a:b",  L"C:\\a\\NUL",   L"C:\\a?b",
        L"C:\\a\\*", L"C:\\a\\", L"NUL",      L"\\\\.\\C:",    L"\\\\.\\PhysicalDrive0",
        L"C:\\a|b",  L"C:\\a<b", L"C:\\com1",
    };
    IBackgroundCopyJob *job = kit_job(kit_of(state), L"bad");
    wchar_t *path = kit_text(33000);

    for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
    {
        HRESULT hr = IBackgroundCopyJob_AddFile(job, URL, paths[i]);

        if (hr != E_INVALIDARG)
            print_error("%ls: ", paths[i] ? paths[i] : L"NULL");
        assert_hr(E_INVALIDARG, hr);
    }
    wmemcpy(path, L"C:\\", 3);
    assert_hr(E_INVALIDARG, IBackgroundCopyJob_AddFile(job, URL, path));
    assert_files(0, job);
    IBackgroundCopyJob_Release(job);
    free(path);
}

static void a_file_set_is_added_whole_or_not_at_all(void **state)
{
    struct kit *kit = kit_of(state);
    IBackgroundCopyJob *job = kit_job(kit, L"set");
    wchar_t a[MAX_PATH], b[MAX_PATH], url[] = URL, bad[] = L"ftp://a/b";
    BG_FILE_INFO files[] = {{url, a}, {bad, b}};

    kit_path(kit, L"a", a);
    kit_path(kit, L"b", b);
    assert_hr(INET_E_INVALID_URL, IBackgroundCopyJob_AddFileSet(job, 2, files));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob_AddFileSet(job, 0, files));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob_AddFileSet(job, 2, NULL));
    assert_files(0, job);
    files[1].RemoteName = url;
    assert_hr(S_OK, IBackgroundCopyJob_AddFileSet(job, 2, files));
    assert_files(2, job);
    IBackgroundCopyJob_Release(job);
}

static void bad_ranges_are_refused(void **state)
{
    static const struct
    {
        DWORD count;
        BG_FILE_RANGE ranges[3];
        HRESULT expected;
    } cases[] = {
        {1, {{0, 0}}, DO_E_INVALID_RANGE},
        {1, {{BG_LENGTH_TO_EOF, 5}}, DO_E_INVALID_RANGE},
        {1, {{UINT64_MAX - 3, 10}}, DO_E_INVALID_RANGE},
        {2, {{0, 10}, {5, 10}}, DO_E_OVERLAPPING_RANGES},
        {2, {{5, 10}, {0, 6}}, DO_E_OVERLAPPING_RANGES},
        {2, {{0, 10}, {0, 10}}, DO_E_OVERLAPPING_RANGES},
        {2, {{10, BG_LENGTH_TO_EOF}, {20, 5}}, DO_E_OVERLAPPING_RANGES},
        {3, {{0, 10}, {10, 10}, {15, 1}}, DO_E_OVERLAPPING_RANGES},
    };
    struct kit *kit = kit_of(state);
    IBackgroundCopyJob *job = kit_job(kit, L"ranges");
    IBackgroundCopyJob3 *job3;
    wchar_t target[MAX_PATH];

    assert_hr(S_OK,
              IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob3, (void **)&job3));
    kit_path(kit, L"target", target);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_hr(cases[i].expected,
                  IBackgroundCopyJob3_AddFileWithRanges(job3, URL, target, cases[i].count,
                                                        (BG_FILE_RANGE *)cases[i].ranges));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob3_AddFileWithRanges(job3, URL, target, 1, NULL));
    assert_files(0, job);
    IBackgroundCopyJob3_Release(job3);
    IBackgroundCopyJob_Release(job);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(bad_urls_are_refused),
        TEST(bad_paths_are_refused),
        TEST(a_file_set_is_added_whole_or_not_at_all),
        TEST(bad_ranges_are_refused),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
