/* IBackgroundCopyManager in both dialects. */
#include "testkit/kit.h"

#define NAME_LIMIT 256

static const struct dialect_case
{
    const CLSID *clsid;
    HRESULT not_found;
} dialects[] = {
    {&CLSID_DosvcManager, DO_E_JOB_NOT_FOUND},
    {&CLSID_DosvcBitsManager, BG_E_NOT_FOUND},
};

static IBackgroundCopyManager *manager_of(const struct dialect_case *dialect)
{
    IBackgroundCopyManager *manager = NULL;

    assert_hr(S_OK, kit_manager(dialect->clsid, &manager));
    return manager;
}

static void fill(wchar_t *text, size_t length)
{
    wmemset(text, L'x', length);
    text[length] = 0;
}

static void bad_arguments_of_create_job_change_nothing(void **state)
{
    wchar_t name[NAME_LIMIT + 2];
    IBackgroundCopyManager *manager;
    IEnumBackgroundCopyJobs *jobs;
    IBackgroundCopyJob *job;
    ULONG count;
    GUID id;
    size_t i;

    (void)state;
    fill(name, NAME_LIMIT + 1);
    for (i = 0; i < ARRAY_SIZE(dialects); i++)
    {
        manager = manager_of(&dialects[i]);
        job = (IBackgroundCopyJob *)&job;
        assert_hr(E_INVALIDARG, IBackgroundCopyManager_CreateJob(manager, NULL, 0, &id, &job));
        assert_null(job);
        assert_hr(E_INVALIDARG, IBackgroundCopyManager_CreateJob(manager, name, 0, &id, &job));
        assert_hr(E_INVALIDARG, IBackgroundCopyManager_CreateJob(manager, L"job", 0, NULL, &job));
        assert_hr(E_INVALIDARG, IBackgroundCopyManager_CreateJob(manager, L"job", 0, &id, NULL));
        assert_hr(E_NOTIMPL,
                  IBackgroundCopyManager_CreateJob(manager, L"job", BG_JOB_TYPE_UPLOAD, &id, &job));
        assert_hr(E_NOTIMPL, IBackgroundCopyManager_CreateJob(manager, L"job",
                                                              BG_JOB_TYPE_UPLOAD_REPLY, &id, &job));
        assert_hr(E_INVALIDARG,
                  IBackgroundCopyManager_CreateJob(manager, L"job", (BG_JOB_TYPE)3, &id, &job));
        assert_null(job);
        assert_hr(S_OK, IBackgroundCopyManager_EnumJobs(manager, 0, &jobs));
        assert_hr(S_OK, IEnumBackgroundCopyJobs_GetCount(jobs, &count));
        assert_int_equal(0, count);
        IEnumBackgroundCopyJobs_Release(jobs);
        IBackgroundCopyManager_Release(manager);
    }
}

static void the_longest_name_is_kept(void **state)
{
    wchar_t name[NAME_LIMIT + 1], *got;
    struct kit *kit = *state;
    IBackgroundCopyJob *job;

    fill(name, NAME_LIMIT);
    job = kit_job(kit, name);
    assert_hr(S_OK, IBackgroundCopyJob_GetDisplayName(job, &got));
    assert_int_equal(0, wcscmp(name, got));
    CoTaskMemFree(got);
    IBackgroundCopyJob_Release(job);
}

static void a_new_job_is_suspended_and_found_by_its_id(void **state)
{
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job, *found;
    GUID id, same;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(dialects); i++)
    {
        manager = manager_of(&dialects[i]);
        assert_hr(S_OK, IBackgroundCopyManager_CreateJob(manager, L"job", BG_JOB_TYPE_DOWNLOAD, &id,
                                                         &job));
        assert_state(BG_JOB_STATE_SUSPENDED, job);
        assert_hr(S_OK, IBackgroundCopyManager_GetJob(manager, &id, &found));
        assert_hr(S_OK, IBackgroundCopyJob_GetId(found, &same));
        assert_true(IsEqualGUID(&id, &same));
        IBackgroundCopyJob_Release(found);
        assert_hr(S_OK, IBackgroundCopyJob_Cancel(job));
        assert_hr(dialects[i].not_found, IBackgroundCopyManager_GetJob(manager, &id, &found));
        assert_null(found);
        IBackgroundCopyJob_Release(job);
        IBackgroundCopyManager_Release(manager);
    }
}

static void an_unknown_id_is_not_found(void **state)
{
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(dialects); i++)
    {
        manager = manager_of(&dialects[i]);
        job = (IBackgroundCopyJob *)&job;
        assert_hr(dialects[i].not_found,
                  IBackgroundCopyManager_GetJob(manager, &IID_IUnknown, &job));
        assert_null(job);
        assert_hr(E_INVALIDARG, IBackgroundCopyManager_GetJob(manager, NULL, &job));
        assert_hr(E_INVALIDARG, IBackgroundCopyManager_GetJob(manager, &IID_IUnknown, NULL));
        IBackgroundCopyManager_Release(manager);
    }
}

static void each_dialect_lists_its_own_jobs_only(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyManager *bits = manager_of(&dialects[1]);
    IBackgroundCopyJob *job = kit_job(kit, L"job"), *found;
    IEnumBackgroundCopyJobs *jobs;
    ULONG count;
    GUID id;

    assert_hr(S_OK, IBackgroundCopyJob_GetId(job, &id));
    assert_hr(BG_E_NOT_FOUND, IBackgroundCopyManager_GetJob(bits, &id, &found));
    assert_hr(S_OK, IBackgroundCopyManager_EnumJobs(bits, 0, &jobs));
    assert_hr(S_OK, IEnumBackgroundCopyJobs_GetCount(jobs, &count));
    assert_int_equal(0, count);
    IEnumBackgroundCopyJobs_Release(jobs);
    IBackgroundCopyManager_Release(bits);
    IBackgroundCopyJob_Release(job);
}

static void bad_arguments_of_enum_jobs_are_refused(void **state)
{
    struct kit *kit = *state;
    IEnumBackgroundCopyJobs *jobs = (IEnumBackgroundCopyJobs *)&jobs;

    assert_hr(E_INVALIDARG, IBackgroundCopyManager_EnumJobs(kit->manager, 2, &jobs));
    assert_null(jobs);
    assert_hr(E_INVALIDARG, IBackgroundCopyManager_EnumJobs(kit->manager, 0, NULL));
}

static void a_job_lives_on_without_any_object(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job = kit_job(kit, L"job");
    GUID id;

    assert_hr(S_OK, IBackgroundCopyJob_GetId(job, &id));
    IBackgroundCopyJob_Release(job);
    assert_hr(S_OK, IBackgroundCopyManager_GetJob(kit->manager, &id, &job));
    assert_state(BG_JOB_STATE_SUSPENDED, job);
    IBackgroundCopyJob_Release(job);
}

static void every_code_has_words_in_english(void **state)
{
    static const HRESULT codes[] = {DO_E_INVALID_STATE,  BG_E_EMPTY,     (HRESULT)0x80190194,
                                    (HRESULT)0x80072EFD, E_ACCESSDENIED, E_OUTOFMEMORY,
                                    (HRESULT)0x8BADF00D};
    const DWORD english = MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US);
    struct kit *kit = *state;
    wchar_t *text;
    size_t i;

    for (i = 0; i < ARRAY_SIZE(codes); i++)
    {
        assert_hr(S_OK, IBackgroundCopyManager_GetErrorDescription(kit->manager, codes[i], english,
                                                                   &text));
        assert_true(wcslen(text) > 5);
        CoTaskMemFree(text);
    }
}

static void a_language_that_is_not_there_is_refused(void **state)
{
    struct kit *kit = *state;
    wchar_t *text = L"";

    assert_hr(E_INVALIDARG,
              IBackgroundCopyManager_GetErrorDescription(kit->manager, E_FAIL, 0, &text));
    assert_null(text);
    assert_hr((HRESULT)0x80070717,
              IBackgroundCopyManager_GetErrorDescription(
                  kit->manager, E_FAIL, MAKELANGID(LANG_KOREAN, SUBLANG_KOREAN), &text));
    assert_hr(E_INVALIDARG,
              IBackgroundCopyManager_GetErrorDescription(kit->manager, E_FAIL, 0x409, NULL));
}

#define kit_case(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)

/* This thread goes on as the same user, of whom Administrators is a group for denying only. */
static bool drop_administrator(void)
{
    SID_IDENTIFIER_AUTHORITY authority = {SECURITY_NT_AUTHORITY};
    SID_AND_ATTRIBUTES group = {NULL, 0};
    HANDLE token, restricted;
    bool dropped = false;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_ALL_ACCESS, &token))
        return false;
    if (AllocateAndInitializeSid(&authority, 2, SECURITY_BUILTIN_DOMAIN_RID,
                                 DOMAIN_ALIAS_RID_ADMINS, 0, 0, 0, 0, 0, 0, &group.Sid) &&
        CreateRestrictedToken(token, 0, 1, &group, 0, NULL, 0, NULL, &restricted))
    {
        dropped = ImpersonateLoggedOnUser(restricted);
        CloseHandle(restricted);
    }
    if (group.Sid)
        FreeSid(group.Sid);
    CloseHandle(token);
    return dropped;
}

static void all_users_jobs_are_for_administrators(void **state)
{
    IEnumBackgroundCopyJobs *jobs = NULL, *own = NULL;
    IBackgroundCopyManager *manager;
    HRESULT all_hr, own_hr;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(dialects); i++)
    {
        manager = manager_of(&dialects[i]);
        assert_true(drop_administrator());
        all_hr = IBackgroundCopyManager_EnumJobs(manager, BG_JOB_ENUM_ALL_USERS, &jobs);
        own_hr = IBackgroundCopyManager_EnumJobs(manager, 0, &own);
        RevertToSelf();
        assert_hr(E_ACCESSDENIED, all_hr);
        assert_null(jobs);
        assert_hr(S_OK, own_hr);
        IEnumBackgroundCopyJobs_Release(own);
        IBackgroundCopyManager_Release(manager);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        kit_case(bad_arguments_of_create_job_change_nothing),
        kit_case(the_longest_name_is_kept),
        kit_case(a_new_job_is_suspended_and_found_by_its_id),
        kit_case(an_unknown_id_is_not_found),
        kit_case(each_dialect_lists_its_own_jobs_only),
        kit_case(bad_arguments_of_enum_jobs_are_refused),
        kit_case(all_users_jobs_are_for_administrators),
        kit_case(a_job_lives_on_without_any_object),
        kit_case(every_code_has_words_in_english),
        kit_case(a_language_that_is_not_there_is_refused),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
