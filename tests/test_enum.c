/* The enumerators of jobs and files: their exact semantics. */
#include "testkit/kit.h"

#define FILES 5

static IEnumBackgroundCopyFiles *files_of(struct kit *kit, IBackgroundCopyJob **job)
{
    static const wchar_t *const names[FILES] = {L"0", L"1", L"2", L"3", L"4"};
    IEnumBackgroundCopyFiles *files;
    size_t i;

    *job = kit_job(kit, L"enum");
    for (i = 0; i < FILES; i++)
        kit_add_file(kit, *job, "/file", names[i]);
    assert_hr(S_OK, IBackgroundCopyJob_EnumFiles(*job, &files));
    return files;
}

/* The last character of the file's local name, which says which one it is. */
static wchar_t name_of(IBackgroundCopyFile *file)
{
    wchar_t *name, last;

    assert_hr(S_OK, IBackgroundCopyFile_GetLocalName(file, &name));
    last = name[wcslen(name) - 1];
    CoTaskMemFree(name);
    return last;
}

/* Fetches one file, releases it, and says which one it was. */
static wchar_t next(IEnumBackgroundCopyFiles *files)
{
    IBackgroundCopyFile *file = NULL;
    wchar_t name;

    assert_hr(S_OK, IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL));
    name = name_of(file);
    IBackgroundCopyFile_Release(file);
    return name;
}

static void next_gives_what_is_left_and_then_s_false(void **state)
{
    IBackgroundCopyFile *got[FILES + 1];
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyJob *job;
    ULONG fetched = 99, i;

    files = files_of(*state, &job);
    assert_hr(S_OK, IEnumBackgroundCopyFiles_Next(files, 3, got, &fetched));
    assert_int_equal(3, fetched);
    assert_hr(S_FALSE, IEnumBackgroundCopyFiles_Next(files, 3, got + 3, &fetched));
    assert_int_equal(2, fetched);
    assert_null(got[5]);
    for (i = 0; i < FILES; i++)
    {
        assert_int_equal(L'0' + i, name_of(got[i]));
        IBackgroundCopyFile_Release(got[i]);
    }
    assert_hr(S_FALSE, IEnumBackgroundCopyFiles_Next(files, 1, got, &fetched));
    assert_int_equal(0, fetched);
    assert_hr(S_FALSE, IEnumBackgroundCopyFiles_Next(files, 1, got, NULL));
    assert_null(got[0]);
    IEnumBackgroundCopyFiles_Release(files);
    IBackgroundCopyJob_Release(job);
}

static void the_count_pointer_may_be_missing_for_one_only(void **state)
{
    IBackgroundCopyFile *got[2];
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyJob *job;
    ULONG fetched = 99;

    files = files_of(*state, &job);
    assert_hr(E_INVALIDARG, IEnumBackgroundCopyFiles_Next(files, 2, got, NULL));
    assert_hr(E_INVALIDARG, IEnumBackgroundCopyFiles_Next(files, 1, NULL, &fetched));
    assert_int_equal(0, fetched);
    fetched = 99;
    assert_hr(S_OK, IEnumBackgroundCopyFiles_Next(files, 0, got, &fetched));
    assert_int_equal(0, fetched);
    assert_int_equal(L'0', next(files)); /* nothing was passed over */
    IEnumBackgroundCopyFiles_Release(files);
    IBackgroundCopyJob_Release(job);
}

static void skip_and_reset_move_the_position(void **state)
{
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyJob *job;

    files = files_of(*state, &job);
    assert_hr(S_OK, IEnumBackgroundCopyFiles_Skip(files, 2));
    assert_int_equal(L'2', next(files));
    assert_hr(S_OK, IEnumBackgroundCopyFiles_Skip(files, 0));
    assert_hr(S_OK, IEnumBackgroundCopyFiles_Skip(files, 2));
    assert_hr(S_FALSE, IEnumBackgroundCopyFiles_Skip(files, 1));
    assert_hr(S_OK, IEnumBackgroundCopyFiles_Reset(files));
    assert_int_equal(L'0', next(files));
    assert_hr(S_FALSE, IEnumBackgroundCopyFiles_Skip(files, 0xffffffff));
    assert_hr(S_OK, IEnumBackgroundCopyFiles_Reset(files));
    assert_int_equal(L'0', next(files));
    IEnumBackgroundCopyFiles_Release(files);
    IBackgroundCopyJob_Release(job);
}

static void a_clone_goes_its_own_way_from_the_same_place(void **state)
{
    IEnumBackgroundCopyFiles *files, *clone;
    IBackgroundCopyJob *job;
    ULONG count = 0;

    files = files_of(*state, &job);
    assert_hr(S_OK, IEnumBackgroundCopyFiles_Skip(files, 2));
    assert_hr(S_OK, IEnumBackgroundCopyFiles_Clone(files, &clone));
    assert_int_equal(L'2', next(files));
    assert_int_equal(L'2', next(clone));
    assert_int_equal(L'3', next(clone));
    assert_int_equal(L'3', next(files));
    IEnumBackgroundCopyFiles_Release(files);
    assert_int_equal(L'4', next(clone)); /* the list outlives the original */
    assert_hr(S_OK, IEnumBackgroundCopyFiles_GetCount(clone, &count));
    assert_int_equal(FILES, count);
    assert_hr(E_INVALIDARG, IEnumBackgroundCopyFiles_GetCount(clone, NULL));
    assert_hr(E_INVALIDARG, IEnumBackgroundCopyFiles_Clone(clone, NULL));
    IEnumBackgroundCopyFiles_Release(clone);
    IBackgroundCopyJob_Release(job);
}

static void a_file_added_later_does_not_show(void **state)
{
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyJob *job;
    ULONG count = 0;

    files = files_of(*state, &job);
    kit_add_file(*state, job, "/file", L"5");
    assert_hr(S_OK, IEnumBackgroundCopyFiles_GetCount(files, &count));
    assert_int_equal(FILES, count);
    IEnumBackgroundCopyFiles_Release(files);
    assert_hr(S_OK, IBackgroundCopyJob_EnumFiles(job, &files));
    assert_hr(S_OK, IEnumBackgroundCopyFiles_GetCount(files, &count));
    assert_int_equal(FILES + 1, count);
    IEnumBackgroundCopyFiles_Release(files);
    IBackgroundCopyJob_Release(job);
}

static void an_empty_list_is_at_its_end(void **state)
{
    struct kit *kit = *state;
    IEnumBackgroundCopyJobs *jobs;
    IBackgroundCopyJob *job;
    ULONG count = 99;

    assert_hr(S_OK, IBackgroundCopyManager_EnumJobs(kit->manager, 0, &jobs));
    assert_hr(S_OK, IEnumBackgroundCopyJobs_GetCount(jobs, &count));
    assert_int_equal(0, count);
    assert_hr(S_FALSE, IEnumBackgroundCopyJobs_Next(jobs, 1, &job, NULL));
    assert_hr(S_FALSE, IEnumBackgroundCopyJobs_Skip(jobs, 1));
    assert_hr(S_OK, IEnumBackgroundCopyJobs_Reset(jobs));
    IEnumBackgroundCopyJobs_Release(jobs);
}

static void an_enumerator_answers_its_own_interface_only(void **state)
{
    struct kit *kit = *state;
    IEnumBackgroundCopyJobs *jobs, *same;
    void *out = &out;

    assert_hr(S_OK, IBackgroundCopyManager_EnumJobs(kit->manager, 0, &jobs));
    assert_hr(S_OK, IEnumBackgroundCopyJobs_QueryInterface(jobs, &IID_IEnumBackgroundCopyJobs,
                                                           (void **)&same));
    assert_ptr_equal(jobs, same);
    IEnumBackgroundCopyJobs_Release(same);
    assert_hr(E_NOINTERFACE,
              IEnumBackgroundCopyJobs_QueryInterface(jobs, &IID_IEnumBackgroundCopyFiles, &out));
    assert_null(out);
    assert_hr(E_NOINTERFACE, IEnumBackgroundCopyJobs_QueryInterface(jobs, &IID_IEnumUnknown, &out));
    IEnumBackgroundCopyJobs_Release(jobs);
}

static void a_list_of_jobs_keeps_their_order(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *made[3], *got;
    IEnumBackgroundCopyJobs *jobs;
    GUID expected, id;
    size_t i;

    for (i = 0; i < 3; i++)
        made[i] = kit_job(kit, L"job");
    assert_hr(S_OK, IBackgroundCopyManager_EnumJobs(kit->manager, 0, &jobs));
    for (i = 0; i < 3; i++)
    {
        assert_hr(S_OK, IEnumBackgroundCopyJobs_Next(jobs, 1, &got, NULL));
        assert_hr(S_OK, IBackgroundCopyJob_GetId(got, &id));
        assert_hr(S_OK, IBackgroundCopyJob_GetId(made[i], &expected));
        assert_true(IsEqualGUID(&expected, &id));
        IBackgroundCopyJob_Release(got);
        IBackgroundCopyJob_Release(made[i]);
    }
    IEnumBackgroundCopyJobs_Release(jobs);
}

#define kit_case(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        kit_case(next_gives_what_is_left_and_then_s_false),
        kit_case(the_count_pointer_may_be_missing_for_one_only),
        kit_case(skip_and_reset_move_the_position),
        kit_case(a_clone_goes_its_own_way_from_the_same_place),
        kit_case(a_file_added_later_does_not_show),
        kit_case(an_empty_list_is_at_its_end),
        kit_case(an_enumerator_answers_its_own_interface_only),
        kit_case(a_list_of_jobs_keeps_their_order),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
