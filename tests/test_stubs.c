/* Stubs are there for as long as anybody in the apartment marshals, and no longer. */
#include "unit.h"

#include "com/stubs.h"

static bool is_provided(void)
{
    IUnknown *factory = NULL;

    if (FAILED(CoGetClassObject(&CLSID_DosvcStubs, CLSCTX_INPROC_SERVER, NULL,
                                &IID_IPSFactoryBuffer, (void **)&factory)))
        return false;
    IUnknown_Release(factory);
    return true;
}

static void whoever_leaves_takes_nothing_from_others(void **state)
{
    DWORD first, second;
    bool registered;

    (void)state;
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    registered = is_provided(); /* by the registry: then for good */
    first = stubs_enter();
    second = stubs_enter();
    assert_true(is_provided());
    stubs_leave(first);
    assert_true(is_provided());
    stubs_leave(second);
    assert_int_equal(registered, is_provided());
    CoUninitialize();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(whoever_leaves_takes_nothing_from_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
