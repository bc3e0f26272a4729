/*
 * What the registration does to keys that are ours, that are another copy's, and that are somebody
 * else's. Everything happens under an overridden HKEY_LOCAL_MACHINE and HKEY_CURRENT_USER, so the
 * real registry is not touched.
 */
#include "com/register.h"
#include "com/classes.h"
#include "base/module.h"
#include "testkit/kit.h"

#define SANDBOX L"Software\\dosvc-test-register"
#define CLASSES L"Software\\Classes\\CLSID\\"
#define OURS L"{116BB122-9D67-40F0-941B-A8AAED298A1B}"
#define SHARED L"{5B99FA76-721C-423C-ADAC-56D03C8A8007}"
#define BITS L"{4991D34B-80A1-4291-83B6-3328366B9097}"
#define CALLBACK_CLASS L"{A128D9DF-0B37-42CB-988F-1EB5045F4896}"
#define UNMARSHALER L"{8D0F6C21-0A5B-4C8E-B13D-52E7941F6A0C}"
#define EVERYTHING 65536 /* bytes of a dump */

static HKEY sandbox[2]; /* what HKLM and HKCU are during a test */

/* ---- the registry as text, to compare before and after ---- */

static void dump(HKEY key, const wchar_t *path, wchar_t *text)
{
    wchar_t name[256], child[1024];
    DWORD i, type, length, size;
    BYTE data[2048];
    HKEY handle;

    if (RegOpenKeyExW(key, path, 0, KEY_READ, &handle))
        return;
    for (i = 0;; i++)
    {
        length = ARRAY_SIZE(name);
        size = sizeof(data) - sizeof(wchar_t);
        memset(data, 0, sizeof(data));
        if (RegEnumValueW(handle, i, name, &length, NULL, &type, data, &size))
            break;
        swprintf(text + wcslen(text), EVERYTHING - wcslen(text), L"%ls\\%ls=%lu:%ls\n", path, name,
                 type, (wchar_t *)data);
    }
    for (i = 0; !RegEnumKeyW(handle, i, name, ARRAY_SIZE(name)); i++)
    {
        swprintf(child, ARRAY_SIZE(child), L"%ls\\%ls", path, name);
        swprintf(text + wcslen(text), EVERYTHING - wcslen(text), L"[%ls]\n", child);
        dump(key, child, text);
    }
    RegCloseKey(handle);
}

static wchar_t *dump_all(enum register_scope scope)
{
    wchar_t *text = calloc(EVERYTHING, sizeof(*text));

    assert_non_null(text);
    dump(sandbox[scope], L"Software", text);
    return text;
}

static void put(enum register_scope scope, const wchar_t *key, const wchar_t *name,
                const wchar_t *value)
{
    assert_int_equal(0, RegSetKeyValueW(sandbox[scope], key, name, REG_SZ, value,
                                        (DWORD)((wcslen(value) + 1) * sizeof(*value))));
}

/* Empty if it is not there. */
static const wchar_t *value_of(enum register_scope scope, const wchar_t *key, const wchar_t *name)
{
    static wchar_t value[1024];
    DWORD size = sizeof(value);

    value[0] = 0;
    RegGetValueW(sandbox[scope], key, name, RRF_RT_REG_SZ, NULL, value, &size);
    return value;
}

static HRESULT register_of(enum register_scope scope, bool bits)
{
    return bits ? register_bits_classes(scope) : register_classes(scope);
}

/* ---- fixtures ---- */

static int set_up(void **state)
{
    static const wchar_t *const names[] = {SANDBOX L"\\machine", SANDBOX L"\\user"};
    static const HKEY roots[] = {HKEY_LOCAL_MACHINE, HKEY_CURRENT_USER};
    size_t i;

    (void)state;
    RegDeleteTreeW(HKEY_CURRENT_USER, SANDBOX);
    for (i = 0; i < 2; i++)
    {
        if (RegCreateKeyExW(HKEY_CURRENT_USER, names[i], 0, NULL, 0, KEY_ALL_ACCESS, NULL,
                            &sandbox[i], NULL))
            return -1;
    }
    /* both keys exist before either root is replaced */
    for (i = 0; i < 2; i++)
        if (RegOverridePredefKey(roots[i], sandbox[i]))
            return -1;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    RegOverridePredefKey(HKEY_LOCAL_MACHINE, NULL);
    RegOverridePredefKey(HKEY_CURRENT_USER, NULL);
    RegCloseKey(sandbox[0]);
    RegCloseKey(sandbox[1]);
    RegDeleteTreeW(HKEY_CURRENT_USER, SANDBOX);
    return 0;
}

/* ---- tests ---- */

static void a_class_gets_a_full_quoted_path_and_both_apartments(void **state)
{
    wchar_t path[MAX_PATH], quoted[MAX_PATH + 2];
    enum register_scope scope;

    (void)state;
    GetModuleFileNameW(module_handle(), path, ARRAY_SIZE(path));
    swprintf(quoted, ARRAY_SIZE(quoted), L"\"%ls\"", path);
    for (scope = REGISTER_MACHINE; scope <= REGISTER_USER; scope++)
    {
        assert_hr(S_OK, register_classes(scope));
        assert_int_equal(0,
                         wcscmp(quoted, value_of(scope, CLASSES OURS L"\\InprocServer32", NULL)));
        assert_int_equal(0, wcscmp(L"Both", value_of(scope, CLASSES OURS L"\\InprocServer32",
                                                     L"ThreadingModel")));
        assert_int_equal(0, wcscmp(path, value_of(scope, CLASSES OURS, L"DosvcServer")));
        assert_int_equal(0,
                         wcscmp(quoted, value_of(scope, CLASSES SHARED L"\\InprocServer32", NULL)));
        assert_int_equal(0, wcscmp(L"", value_of(scope, CLASSES BITS, L"DosvcServer")));
    }
}

static void a_manager_has_a_local_server_too(void **state)
{
    wchar_t path[MAX_PATH], quoted[MAX_PATH + 2];
    enum register_scope scope;

    (void)state;
    GetModuleFileNameW(module_handle(), path, ARRAY_SIZE(path));
    wcscpy(wcsrchr(path, L'\\') + 1, L"dosvc.exe"); /* it stands beside this program */
    swprintf(quoted, ARRAY_SIZE(quoted), L"\"%ls\"", path);
    for (scope = REGISTER_MACHINE; scope <= REGISTER_USER; scope++)
    {
        assert_hr(S_OK, register_classes(scope));
        assert_int_equal(0, wcscmp(quoted, value_of(scope, CLASSES OURS L"\\LocalServer32", NULL)));
        assert_int_equal(0,
                         wcscmp(quoted, value_of(scope, CLASSES SHARED L"\\LocalServer32", NULL)));
        /* a callback is its client's own */
        assert_int_equal(
            0, wcscmp(L"", value_of(scope, CLASSES CALLBACK_CLASS L"\\LocalServer32", NULL)));
        assert_hr(S_OK, register_bits_classes(scope));
        assert_int_equal(0, wcscmp(quoted, value_of(scope, CLASSES BITS L"\\LocalServer32", NULL)));
    }
}

static bool has_key(enum register_scope scope, const wchar_t *key)
{
    HKEY handle;

    if (RegOpenKeyExW(sandbox[scope], key, 0, KEY_READ, &handle))
        return false;
    RegCloseKey(handle);
    return true;
}

static void the_unmarshaler_is_in_its_category(void **state)
{
    (void)state;
    assert_hr(S_OK, register_classes(REGISTER_MACHINE));
    assert_true(has_key(REGISTER_MACHINE, CLASSES UNMARSHALER L"\\Implemented Categories\\"
                                                              L"{00000003-0000-0000-C000-"
                                                              L"000000000046}"));
    assert_hr(S_OK, unregister_classes(REGISTER_MACHINE));
    assert_false(has_key(REGISTER_MACHINE, CLASSES UNMARSHALER));
}

static void unregistering_leaves_nothing(void **state)
{
    enum register_scope scope;
    wchar_t *after;

    (void)state;
    for (scope = REGISTER_MACHINE; scope <= REGISTER_USER; scope++)
    {
        assert_hr(S_OK, register_classes(scope));
        assert_hr(S_OK, register_bits_classes(scope));
        assert_hr(S_OK, unregister_classes(scope));
        assert_hr(S_OK, unregister_classes(scope)); /* twice is no error */
        after = dump_all(scope);
        assert_null(wcsstr(after, L"{"));
        free(after);
    }
}

/* What somebody else may have, and what a registration beside it says. */
static const struct foreign_case
{
    const wchar_t *key, *name, *value;
    bool bits;
    HRESULT hr;
} foreign_cases[] = {
    {CLASSES SHARED, NULL, L"Delivery Optimization", false, S_OK},
    {CLASSES SHARED L"\\InprocServer32", NULL, L"c:\\other.dll", false, S_OK},
    {CLASSES SHARED L"\\LocalServer32", NULL, L"c:\\other.exe", false, S_OK},
    {CLASSES SHARED, L"AppID", L"{379001DE-7108-4A45-8A74-6CD0A9FBEF2C}", false, S_OK},
    {CLASSES OURS, NULL, L"not ours", false, HRESULT_FROM_WIN32(ERROR_ALREADY_EXISTS)},
    {CLASSES OURS L"\\InprocServer32", NULL, L"c:\\other.dll", false,
     HRESULT_FROM_WIN32(ERROR_ALREADY_EXISTS)},
    {CLASSES BITS, NULL, L"BITS", true, HRESULT_FROM_WIN32(ERROR_ALREADY_EXISTS)},
    {CLASSES BITS L"\\InprocServer32", NULL, L"qmgr.dll", true,
     HRESULT_FROM_WIN32(ERROR_ALREADY_EXISTS)},
};

static void a_foreign_key_stays_as_it_is(void **state)
{
    const struct foreign_case *foreign;
    enum register_scope scope;
    wchar_t *before, *after;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(foreign_cases); i++)
    {
        for (scope = REGISTER_MACHINE; scope <= REGISTER_USER; scope++)
        {
            foreign = &foreign_cases[i];
            put(scope, foreign->key, foreign->name, foreign->value);
            before = dump_all(scope);
            assert_hr(foreign->hr, register_of(scope, foreign->bits));
            assert_int_equal(0,
                             wcscmp(foreign->value, value_of(scope, foreign->key, foreign->name)));
            assert_hr(S_OK, unregister_classes(scope));
            after = dump_all(scope);
            assert_int_equal(0, wcscmp(before, after));
            free(before);
            free(after);
            RegDeleteTreeW(sandbox[scope], L"Software");
        }
    }
}

static void a_refused_registration_writes_nothing(void **state)
{
    wchar_t *before, *after;

    (void)state;
    put(REGISTER_MACHINE, CLASSES BITS, NULL, L"BITS");
    before = dump_all(REGISTER_MACHINE);
    assert_hr(HRESULT_FROM_WIN32(ERROR_ALREADY_EXISTS), register_bits_classes(REGISTER_MACHINE));
    after = dump_all(REGISTER_MACHINE);
    assert_int_equal(0, wcscmp(before, after));
    free(before);
    free(after);
}

static void a_users_keys_do_not_hide_a_foreign_machine_class(void **state)
{
    (void)state;
    put(REGISTER_MACHINE, CLASSES SHARED, NULL, L"Windows' own");
    assert_hr(S_OK, register_classes(REGISTER_USER));
    assert_int_equal(0, wcscmp(L"", value_of(REGISTER_USER, CLASSES SHARED, L"DosvcServer")));
    assert_int_not_equal(0, wcscmp(L"", value_of(REGISTER_USER, CLASSES OURS, L"DosvcServer")));
}

/* Everything of the class that a registration could be, but somebody else's. */
static void put_foreign(enum register_scope scope, const wchar_t *key)
{
    static const struct
    {
        const wchar_t *subkey, *name, *value;
    } values[] = {
        {L"", NULL, L"Somebody's class"},
        {L"", L"AppID", L"{00000000-1111-2222-3333-444444444444}"},
        {L"\\InprocServer32", NULL, L"C:\\theirs\\server.dll"},
        {L"\\InprocServer32", L"ThreadingModel", L"Apartment"},
        {L"\\LocalServer32", NULL, L"\"C:\\theirs\\server.exe\" /run"},
        {L"\\Implemented Categories\\{00000003-0000-0000-C000-000000000046}", NULL, L"theirs"},
        {L"\\ProgID", NULL, L"Their.Class.1"},
    };
    wchar_t path[256];
    size_t i;

    for (i = 0; i < ARRAY_SIZE(values); i++)
    {
        swprintf(path, ARRAY_SIZE(path), L"%ls%ls", key, values[i].subkey);
        put(scope, path, values[i].name, values[i].value);
    }
}

static wchar_t *dump_key(enum register_scope scope, const wchar_t *key)
{
    wchar_t *text = calloc(EVERYTHING, sizeof(*text));

    assert_non_null(text);
    dump(sandbox[scope], key, text);
    return text;
}

/* Whichever class is somebody else's, and whatever is done to all the others. */
static void every_foreign_class_survives_everything(void **state)
{
    wchar_t key[128], guid[64], *before, *after;
    enum register_scope scope;
    size_t i;

    (void)state;
    for (scope = REGISTER_MACHINE; scope <= REGISTER_USER; scope++)
        for (i = 0; i < class_count; i++)
        {
            StringFromGUID2(class_table[i].clsid, guid, ARRAY_SIZE(guid));
            swprintf(key, ARRAY_SIZE(key), CLASSES L"%ls", guid);
            RegDeleteTreeW(sandbox[scope], L"Software");
            put_foreign(scope, key);
            before = dump_key(scope, key);
            register_classes(scope);
            register_bits_classes(scope);
            register_classes(scope);
            unregister_classes(scope);
            register_bits_classes(scope);
            unregister_classes(scope);
            after = dump_key(scope, key);
            assert_int_equal(0, wcscmp(before, after));
            free(before);
            free(after);
        }
}

/* Another copy of the DLL, in another folder, has registered itself. */
static void put_another_copy(enum register_scope scope)
{
    put(scope, CLASSES OURS, L"DosvcServer", L"c:\\elsewhere\\dosvc.dll");
    put(scope, CLASSES OURS, NULL, L"another copy");
    put(scope, CLASSES OURS L"\\InprocServer32", NULL, L"\"c:\\elsewhere\\dosvc.dll\"");
    put(scope, CLASSES OURS L"\\InprocServer32", L"ThreadingModel", L"Both");
    put(scope, CLASSES OURS L"\\LocalServer32", NULL, L"\"c:\\elsewhere\\dosvc.exe\"");
}

static void unregistering_the_wrong_copy_changes_nothing(void **state)
{
    enum register_scope scope;
    wchar_t *before, *after;

    (void)state;
    for (scope = REGISTER_MACHINE; scope <= REGISTER_USER; scope++)
    {
        put_another_copy(scope);
        before = dump_all(scope);
        assert_hr(S_OK, unregister_classes(scope));
        after = dump_all(scope);
        assert_int_equal(0, wcscmp(before, after));
        free(before);
        free(after);
    }
}

static void another_copy_is_taken_over(void **state)
{
    wchar_t path[MAX_PATH], quoted[MAX_PATH + 2];

    (void)state;
    GetModuleFileNameW(module_handle(), path, ARRAY_SIZE(path));
    swprintf(quoted, ARRAY_SIZE(quoted), L"\"%ls\"", path);
    put_another_copy(REGISTER_MACHINE);
    assert_hr(S_OK, register_classes(REGISTER_MACHINE));
    assert_int_equal(0, wcscmp(path, value_of(REGISTER_MACHINE, CLASSES OURS, L"DosvcServer")));
    assert_int_equal(
        0, wcscmp(quoted, value_of(REGISTER_MACHINE, CLASSES OURS L"\\InprocServer32", NULL)));
    wcscpy(wcsrchr(quoted, L'\\') + 1, L"dosvc.exe\"");
    assert_int_equal(
        0, wcscmp(quoted, value_of(REGISTER_MACHINE, CLASSES OURS L"\\LocalServer32", NULL)));
}

/* In a process whose program has no dosvc.exe beside it: its own local server would be the other
 * copy's. */
static int take_over_alone(void)
{
    void *state = NULL;
    int code = 1;

    if (set_up(&state))
        return 2;
    put_another_copy(REGISTER_MACHINE);
    if (SUCCEEDED(register_classes(REGISTER_MACHINE)) &&
        wcsstr(value_of(REGISTER_MACHINE, CLASSES OURS L"\\InprocServer32", NULL), L"alone.exe") &&
        !has_key(REGISTER_MACHINE, CLASSES OURS L"\\LocalServer32"))
        code = 0;
    tear_down(&state);
    return code;
}

static void a_copy_without_a_server_does_not_keep_the_other_copys(void **state)
{
    wchar_t folder[MAX_PATH], program[MAX_PATH], alone[MAX_PATH + 16];
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION process;
    DWORD code = 99;

    (void)state;
    assert_true(kit_make_folder(L"alone", folder));
    swprintf(alone, ARRAY_SIZE(alone), L"%ls\\alone.exe", folder);
    GetModuleFileNameW(NULL, program, ARRAY_SIZE(program));
    assert_true(CopyFileW(program, alone, TRUE));
    assert_true(CreateProcessW(alone, NULL, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process));
    assert_int_equal(WAIT_OBJECT_0, WaitForSingleObject(process.hProcess, KIT_LIMIT));
    GetExitCodeProcess(process.hProcess, &code);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    kit_remove_folder(folder);
    assert_int_equal(0, code);
}

static void the_ids_of_bits_can_be_taken_out_alone(void **state)
{
    enum register_scope scope;

    (void)state;
    for (scope = REGISTER_MACHINE; scope <= REGISTER_USER; scope++)
    {
        assert_hr(S_OK, register_classes(scope));
        assert_hr(S_OK, register_bits_classes(scope));
        assert_hr(S_OK, unregister_bits_classes(scope));
        assert_false(has_key(scope, CLASSES BITS));
        assert_true(has_key(scope, CLASSES OURS));
        assert_true(has_key(scope, CLASSES SHARED));
    }
}

static void what_others_put_into_our_keys_survives(void **state)
{
    (void)state;
    assert_hr(S_OK, register_classes(REGISTER_MACHINE));
    put(REGISTER_MACHINE, CLASSES OURS, L"Note", L"kept");
    put(REGISTER_MACHINE, CLASSES OURS L"\\TreatAs", NULL, SHARED);
    put(REGISTER_MACHINE, CLASSES CALLBACK_CLASS L"\\LocalServer32", NULL, L"c:\\other.exe");
    assert_hr(S_OK, register_classes(REGISTER_MACHINE));
    assert_hr(S_OK, unregister_classes(REGISTER_MACHINE));
    assert_int_equal(
        0, wcscmp(L"c:\\other.exe",
                  value_of(REGISTER_MACHINE, CLASSES CALLBACK_CLASS L"\\LocalServer32", NULL)));
    assert_int_equal(0, wcscmp(L"kept", value_of(REGISTER_MACHINE, CLASSES OURS, L"Note")));
    assert_int_equal(0,
                     wcscmp(SHARED, value_of(REGISTER_MACHINE, CLASSES OURS L"\\TreatAs", NULL)));
    assert_int_equal(0, wcscmp(L"", value_of(REGISTER_MACHINE, CLASSES OURS, L"DosvcServer")));
}

static void the_dll_refuses_words_it_does_not_know(void **state)
{
    typedef HRESULT(STDAPICALLTYPE * install)(BOOL on, LPCWSTR options);
    install dll_install = (install)(void *)GetProcAddress(kit_dll(), "DllInstall");
    wchar_t *after;

    (void)state;
    assert_non_null(dll_install);
    assert_hr(E_INVALIDARG, dll_install(TRUE, L"machine"));
    assert_hr(E_INVALIDARG, dll_install(FALSE, L"user bits"));
    after = dump_all(REGISTER_MACHINE);
    assert_int_equal(0, wcscmp(L"", after));
    free(after);
}

#define register_case(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        register_case(a_class_gets_a_full_quoted_path_and_both_apartments),
        register_case(a_manager_has_a_local_server_too),
        register_case(the_unmarshaler_is_in_its_category),
        register_case(every_foreign_class_survives_everything),
        register_case(unregistering_leaves_nothing),
        register_case(a_foreign_key_stays_as_it_is),
        register_case(a_refused_registration_writes_nothing),
        register_case(a_users_keys_do_not_hide_a_foreign_machine_class),
        register_case(unregistering_the_wrong_copy_changes_nothing),
        register_case(another_copy_is_taken_over),
        register_case(a_copy_without_a_server_does_not_keep_the_other_copys),
        register_case(the_ids_of_bits_can_be_taken_out_alone),
        register_case(what_others_put_into_our_keys_survives),
        register_case(the_dll_refuses_words_it_does_not_know),
    };

    if (wcsstr(GetCommandLineW(), L"alone.exe"))
        return take_over_alone();
    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
