/* The class factories and what the DLL exports, as COM and an application see them. */
#include "testkit/kit.h"

typedef HRESULT(STDAPICALLTYPE *get_class_object)(REFCLSID clsid, REFIID iid, void **out);
typedef HRESULT(STDAPICALLTYPE *can_unload_now)(void);
typedef HRESULT(STDAPICALLTYPE *create_instance)(REFCLSID clsid, REFIID iid, void **out);
typedef void(STDAPICALLTYPE *get_live_counts)(struct dosvc_live_counts *counts);

static void *export(const char *name)
{
    void *address = (void *)GetProcAddress(kit_dll(), name);

    assert_non_null(address);
    return address;
}

static IClassFactory *factory_of(REFCLSID clsid)
{
    get_class_object get = (get_class_object) export("DllGetClassObject");
    IClassFactory *factory = NULL;

    assert_hr(S_OK, get(clsid, &IID_IClassFactory, (void **)&factory));
    assert_non_null(factory);
    return factory;
}

static const CLSID *const manager_classes[] = {
    &CLSID_DeliveryOptimization,      &CLSID_DosvcManager,
    &CLSID_DosvcBitsManager,          &CLSID_BackgroundCopyManager,
    &CLSID_BackgroundCopyManager1_5,  &CLSID_BackgroundCopyManager2_0,
    &CLSID_BackgroundCopyManager2_5,  &CLSID_BackgroundCopyManager3_0,
    &CLSID_BackgroundCopyManager4_0,  &CLSID_BackgroundCopyManager5_0,
    &CLSID_BackgroundCopyManager10_1, &CLSID_BackgroundCopyManager10_2,
    &CLSID_BackgroundCopyManager10_3, &CLSID_BackgroundCopyQMgr,
};

static void every_class_id_gives_a_manager(void **state)
{
    IBackgroundCopyManager *manager;
    IClassFactory *factory;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(manager_classes); i++)
    {
        factory = factory_of(manager_classes[i]);
        assert_hr(S_OK, IClassFactory_CreateInstance(factory, NULL, &IID_IBackgroundCopyManager,
                                                     (void **)&manager));
        IBackgroundCopyManager_Release(manager);
        IClassFactory_Release(factory);
    }
}

static void the_callback_class_gives_a_callback(void **state)
{
    IClassFactory *factory = factory_of(&CLSID_DosvcCallback);
    IBackgroundCopyCallback *callback;

    (void)state;
    assert_hr(S_OK, IClassFactory_CreateInstance(factory, NULL, &IID_IBackgroundCopyCallback,
                                                 (void **)&callback));
    IBackgroundCopyCallback_Release(callback);
    IClassFactory_Release(factory);
}

static void a_foreign_class_is_not_available(void **state)
{
    get_class_object get = (get_class_object) export("DllGetClassObject");
    void *out = &out;

    (void)state;
    assert_hr(CLASS_E_CLASSNOTAVAILABLE, get(&IID_IUnknown, &IID_IClassFactory, &out));
    assert_null(out);
    assert_hr(E_INVALIDARG, get(&CLSID_DosvcManager, &IID_IClassFactory, NULL));
    out = &out;
    assert_hr(E_NOINTERFACE, get(&CLSID_DosvcManager, &IID_IBackgroundCopyManager, &out));
    assert_null(out);
}

static void aggregation_is_refused(void **state)
{
    IClassFactory *factory = factory_of(&CLSID_DosvcManager);
    void *out = &out;

    (void)state;
    assert_hr(CLASS_E_NOAGGREGATION,
              IClassFactory_CreateInstance(factory, (IUnknown *)factory, &IID_IUnknown, &out));
    assert_null(out);
    out = &out;
    assert_hr(E_NOINTERFACE, IClassFactory_CreateInstance(factory, NULL, &IID_IStream, &out));
    assert_null(out);
    assert_hr(E_INVALIDARG, IClassFactory_CreateInstance(factory, NULL, &IID_IUnknown, NULL));
    IClassFactory_Release(factory);
}

static void a_held_factory_keeps_the_dll(void **state)
{
    can_unload_now can_unload = (can_unload_now) export("DllCanUnloadNow");
    IClassFactory *factory;

    (void)state;
    assert_hr(S_OK, can_unload());
    factory = factory_of(&CLSID_DosvcManager);
    assert_hr(S_FALSE, can_unload());
    IClassFactory_Release(factory);
    assert_hr(S_OK, can_unload());
}

static void a_server_lock_keeps_the_dll(void **state)
{
    can_unload_now can_unload = (can_unload_now) export("DllCanUnloadNow");
    IClassFactory *factory = factory_of(&CLSID_DosvcManager);

    (void)state;
    assert_hr(S_OK, IClassFactory_LockServer(factory, TRUE));
    IClassFactory_Release(factory);
    assert_hr(S_FALSE, can_unload());
    factory = factory_of(&CLSID_DosvcManager);
    assert_hr(S_OK, IClassFactory_LockServer(factory, FALSE));
    IClassFactory_Release(factory);
    assert_hr(S_OK, can_unload());
}

static void a_manager_keeps_the_dll_until_it_is_released(void **state)
{
    can_unload_now can_unload = (can_unload_now) export("DllCanUnloadNow");
    get_live_counts get_counts = (get_live_counts) export("DosvcGetLiveCounts");
    struct dosvc_live_counts counts;
    IUnknown *manager;

    (void)state;
    assert_hr(S_OK, kit_create(&CLSID_DosvcManager, &IID_IUnknown, (void **)&manager));
    assert_hr(S_FALSE, can_unload());
    get_counts(&counts);
    assert_true(counts.objects > 0 && counts.blocks > 0);
    IUnknown_Release(manager);
    kit_assert_nothing_lives();
}

static void an_object_can_be_made_with_no_registration(void **state)
{
    create_instance create = (create_instance) export("DosvcCreateInstance");
    IBackgroundCopyManager *manager;
    void *out = &out;

    (void)state;
    assert_hr(S_OK, create(&CLSID_DosvcManager, &IID_IBackgroundCopyManager, (void **)&manager));
    IBackgroundCopyManager_Release(manager);
    assert_hr(CLASS_E_CLASSNOTAVAILABLE, create(&IID_IUnknown, &IID_IUnknown, &out));
    assert_null(out);
    out = &out;
    assert_hr(E_NOINTERFACE, create(&CLSID_DosvcManager, &IID_IStream, &out));
    assert_null(out);
    assert_hr(E_INVALIDARG, create(&CLSID_DosvcManager, &IID_IUnknown, NULL));
}

static int set_up(void **state)
{
    (void)state;
    return FAILED(CoInitializeEx(NULL, COINIT_MULTITHREADED)) || !kit_dll();
}

static int tear_down(void **state)
{
    (void)state;
    kit_assert_nothing_lives();
    CoUninitialize();
    return 0;
}

#define factory_case(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        factory_case(every_class_id_gives_a_manager),
        factory_case(the_callback_class_gives_a_callback),
        factory_case(a_foreign_class_is_not_available),
        factory_case(aggregation_is_refused),
        factory_case(a_held_factory_keeps_the_dll),
        factory_case(a_server_lock_keeps_the_dll),
        factory_case(a_manager_keeps_the_dll_until_it_is_released),
        factory_case(an_object_can_be_made_with_no_registration),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
