/* IClientSecurity, IAgileObject and the rules of COM identity, on every object a client holds. */
#include "testkit/kit.h"

#define HELD_MAX 8

/* One of each kind of object. */
struct held
{
    IUnknown *objects[HELD_MAX];
    size_t count;
};

static void hold(struct held *held, void *object)
{
    assert_non_null(object);
    assert_true(held->count < HELD_MAX);
    held->objects[held->count++] = object;
}

static void hold_all(struct kit *kit, struct held *held)
{
    IBackgroundCopyJob *job = kit_job_of(kit, "/file", L"file");
    IEnumBackgroundCopyFiles *files;
    IEnumBackgroundCopyJobs *jobs;
    IBackgroundCopyFile *file;

    held->count = 0;
    hold(held, job);
    assert_hr(S_OK, IBackgroundCopyJob_EnumFiles(job, &files));
    hold(held, files);
    assert_hr(S_OK, IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL));
    hold(held, file);
    assert_hr(S_OK, IBackgroundCopyManager_EnumJobs(kit->manager, 0, &jobs));
    hold(held, jobs);
    IBackgroundCopyManager_AddRef(kit->manager);
    hold(held, kit->manager);
}

static void let_go(struct held *held)
{
    while (held->count--)
        IUnknown_Release(held->objects[held->count]);
}

static void a_proxy_blanket_can_be_set_on_every_object(void **state)
{
    struct held held;
    size_t i;

    hold_all(*state, &held);
    for (i = 0; i < held.count; i++)
    {
        assert_hr(S_OK, CoSetProxyBlanket(held.objects[i], RPC_C_AUTHN_DEFAULT, RPC_C_AUTHZ_DEFAULT,
                                          COLE_DEFAULT_PRINCIPAL, RPC_C_AUTHN_LEVEL_DEFAULT,
                                          RPC_C_IMP_LEVEL_IMPERSONATE, NULL, 0x800));
        assert_hr(S_OK, CoSetProxyBlanket(held.objects[i], RPC_C_AUTHN_WINNT, RPC_C_AUTHZ_NONE,
                                          NULL, RPC_C_AUTHN_LEVEL_PKT_PRIVACY,
                                          RPC_C_IMP_LEVEL_IMPERSONATE, NULL, 0x20));
    }
    let_go(&held);
}

static void a_blanket_can_be_queried_with_any_pointer_missing(void **state)
{
    struct kit *kit = *state;
    DWORD authn = 99, authz = 99, level = 99, imp = 99, caps = 99;
    IClientSecurity *security;
    OLECHAR *principal = L"";
    void *info = &info;

    assert_hr(S_OK, IBackgroundCopyManager_QueryInterface(kit->manager, &IID_IClientSecurity,
                                                          (void **)&security));
    assert_hr(S_OK, IClientSecurity_QueryBlanket(security, (IUnknown *)kit->manager, &authn, &authz,
                                                 &principal, &level, &imp, &info, &caps));
    assert_int_equal(RPC_C_AUTHN_NONE, authn);
    assert_int_equal(RPC_C_AUTHZ_NONE, authz);
    assert_int_equal(RPC_C_AUTHN_LEVEL_NONE, level);
    assert_null(principal);
    assert_null(info);
    assert_hr(S_OK, IClientSecurity_QueryBlanket(security, (IUnknown *)kit->manager, NULL, NULL,
                                                 NULL, NULL, NULL, NULL, NULL));
    IClientSecurity_Release(security);
}

static void copying_a_proxy_gives_the_object_itself(void **state)
{
    struct kit *kit = *state;
    IUnknown *copy = NULL;
    IClientSecurity *security;

    assert_hr(S_OK, IBackgroundCopyManager_QueryInterface(kit->manager, &IID_IClientSecurity,
                                                          (void **)&security));
    assert_hr(S_OK, IClientSecurity_CopyProxy(security, (IUnknown *)kit->manager, &copy));
    assert_ptr_equal(kit->manager, copy);
    IUnknown_Release(copy);
    assert_hr(E_INVALIDARG, IClientSecurity_CopyProxy(security, NULL, &copy));
    assert_null(copy);
    assert_hr(E_INVALIDARG, IClientSecurity_CopyProxy(security, (IUnknown *)kit->manager, NULL));
    IClientSecurity_Release(security);
}

static void every_object_has_one_identity(void **state)
{
    static const IID *const common[] = {&IID_IUnknown, &IID_IAgileObject, &IID_IMarshal,
                                        &IID_IClientSecurity};
    IUnknown *face, *identity, *again;
    struct held held;
    size_t i, j;

    hold_all(*state, &held);
    for (i = 0; i < held.count; i++)
    {
        assert_hr(S_OK,
                  IUnknown_QueryInterface(held.objects[i], &IID_IUnknown, (void **)&identity));
        for (j = 0; j < ARRAY_SIZE(common); j++)
        {
            assert_hr(S_OK, IUnknown_QueryInterface(held.objects[i], common[j], (void **)&face));
            assert_hr(S_OK, IUnknown_QueryInterface(face, &IID_IUnknown, (void **)&again));
            assert_ptr_equal(identity, again);
            IUnknown_Release(again);
            IUnknown_Release(face);
        }
        IUnknown_Release(identity);
    }
    let_go(&held);
}

static void an_unknown_interface_is_refused_everywhere(void **state)
{
    struct held held;
    void *out;
    size_t i;

    hold_all(*state, &held);
    for (i = 0; i < held.count; i++)
    {
        out = &out;
        assert_hr(E_NOINTERFACE, IUnknown_QueryInterface(held.objects[i], &IID_IStream, &out));
        assert_null(out);
        assert_hr(E_POINTER, IUnknown_QueryInterface(held.objects[i], &IID_IUnknown, NULL));
    }
    let_go(&held);
}

#define kit_case(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        kit_case(a_proxy_blanket_can_be_set_on_every_object),
        kit_case(a_blanket_can_be_queried_with_any_pointer_missing),
        kit_case(copying_a_proxy_gives_the_object_itself),
        kit_case(every_object_has_one_identity),
        kit_case(an_unknown_interface_is_refused_everywhere),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
