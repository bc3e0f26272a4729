/* The manifest in the DLL names what the registration and the stubs do. */
#include "unit.h"

#include "com/classes.h"
#include "com/stubs.h"
#include "dosvc.h"

static const IID *const stubbed[] = {
    &IID_IBackgroundCopyCallback,
    &IID_IBackgroundCopyCallback2,
    &IID_IBackgroundCopyCallback3,
    &IID_IDODownloadStatusCallback,
    &IID_IBackgroundCopyServerCertificateValidationCallback,
};

static ULONG_PTR enter(void)
{
    ACTCTXW context = {.cbSize = sizeof(context), .dwFlags = ACTCTX_FLAG_RESOURCE_NAME_VALID};
    WCHAR path[MAX_PATH];
    ULONG_PTR cookie;
    HANDLE handle;

    assert_int_not_equal(0, GetEnvironmentVariableW(L"DOSVC_DLL", path, ARRAY_SIZE(path)));
    context.lpSource = path;
    context.lpResourceName = MAKEINTRESOURCEW(1);
    handle = CreateActCtxW(&context);
    assert_ptr_not_equal(INVALID_HANDLE_VALUE, handle);
    assert_true(ActivateActCtx(handle, &cookie));
    ReleaseActCtx(handle); /* the activation holds it */
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    return cookie;
}

static void leave(ULONG_PTR cookie)
{
    CoUninitialize();
    assert_true(DeactivateActCtx(0, cookie));
}

static bool names_class(const CLSID *clsid)
{
    ACTCTX_SECTION_KEYED_DATA data = {.cbSize = sizeof(data)};

    return FindActCtxSectionGuid(0, NULL, ACTIVATION_CONTEXT_SECTION_COM_SERVER_REDIRECTION, clsid,
                                 &data);
}

/* Those of BITS are for who asks for them. */
static void every_class_but_those_of_bits_is_named(void **state)
{
    ULONG_PTR cookie = enter();
    size_t i;

    (void)state;
    for (i = 0; i < class_count; i++)
        assert_int_equal(class_table[i].owner != CLASS_BITS, names_class(class_table[i].clsid));
    assert_true(names_class(&CLSID_DosvcStubs));
    leave(cookie);
}

static void com_knows_where_the_stubs_are(void **state)
{
    CLSID provider;
    ULONG_PTR cookie = enter();
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(stubbed); i++)
    {
        assert_hr(S_OK, CoGetPSClsid(stubbed[i], &provider));
        assert_true(IsEqualCLSID(&provider, &CLSID_DosvcStubs));
    }
    leave(cookie);
}

static void the_dll_is_loaded_for_its_stubs(void **state)
{
    ULONG_PTR cookie = enter();
    IPSFactoryBuffer *factory;

    (void)state;
    assert_hr(S_OK, CoGetClassObject(&CLSID_DosvcStubs, CLSCTX_INPROC_SERVER, NULL,
                                     &IID_IPSFactoryBuffer, (void **)&factory));
    IPSFactoryBuffer_Release(factory);
    leave(cookie);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(every_class_but_those_of_bits_is_named),
        unit_case(com_knows_where_the_stubs_are),
        unit_case(the_dll_is_loaded_for_its_stubs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
