/* Where the queue lies: DOSVC_HOME, else below the local application data; private when made. */
#include "unit.h"

#include "io/places.h"
#include "io/queue_lock.h"
#include "io/store.h"

#include <aclapi.h>
#include <wchar.h>

struct fixture
{
    WCHAR folder[MAX_PATH];
    WCHAR home[MAX_PATH], data[MAX_PATH]; /* the environment as it was */
};

static void keep(const WCHAR *name, WCHAR value[MAX_PATH])
{
    if (!GetEnvironmentVariableW(name, value, MAX_PATH))
        value[0] = 0;
}

static void put_back(const WCHAR *name, const WCHAR *value)
{
    SetEnvironmentVariableW(name, *value ? value : NULL);
}

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    unit_setup(state);
    *state = fixture;
    if (!fixture || !kit_make_folder(L"places", fixture->folder))
        return -1;
    keep(L"DOSVC_HOME", fixture->home);
    keep(L"LOCALAPPDATA", fixture->data);
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    put_back(L"DOSVC_HOME", fixture->home);
    put_back(L"LOCALAPPDATA", fixture->data);
    kit_remove_folder(fixture->folder);
    free(fixture);
    return unit_teardown(state);
}

static bool is_folder(const WCHAR *path)
{
    DWORD attributes = GetFileAttributesW(path);

    return attributes != INVALID_FILE_ATTRIBUTES && attributes & FILE_ATTRIBUTE_DIRECTORY;
}

/* `configured` is where it is looked for, `expected` below the test's folder what comes of it. */
static void assert_place(struct fixture *fixture, const WCHAR *configured, const WCHAR *expected)
{
    WCHAR path[MAX_PATH];
    WCHAR *found = NULL;

    SetEnvironmentVariableW(L"DOSVC_HOME", configured);
    assert_hr(S_OK, places_queue_folder(&found));
    swprintf(path, MAX_PATH, L"%ls%ls", fixture->folder, expected);
    if (wcscmp(path, found) != 0)
        fail_msg("%ls is not %ls", found, path);
    assert_true(is_folder(found));
    mem_free(found);
}

static void dosvc_home_is_the_folder(void **state)
{
    struct fixture *fixture = *state;
    WCHAR path[MAX_PATH * 2];

    assert_place(fixture, fixture->folder, L"");
    swprintf(path, ARRAY_SIZE(path), L"%ls\\", fixture->folder);
    assert_place(fixture, path, L"");
    swprintf(path, ARRAY_SIZE(path), L"%ls\\a\\b\\..\\c\\\\", fixture->folder);
    assert_place(fixture, path, L"\\a\\c"); /* with the one above it */
    assert_place(fixture, path, L"\\a\\c");
}

static void without_it_local_application_data_has_it(void **state)
{
    struct fixture *fixture = *state;
    WCHAR *found = NULL;

    SetEnvironmentVariableW(L"LOCALAPPDATA", fixture->folder);
    assert_place(fixture, NULL, L"\\dosvc");
    assert_place(fixture, L"", L"\\dosvc");
    SetEnvironmentVariableW(L"LOCALAPPDATA", NULL);
    assert_hr(HRESULT_FROM_WIN32(ERROR_ENVVAR_NOT_FOUND), places_queue_folder(&found));
    assert_null(found);
}

static void a_file_in_the_way_is_said(void **state)
{
    struct fixture *fixture = *state;
    WCHAR path[MAX_PATH * 2], *found = NULL;
    HANDLE file;

    swprintf(path, ARRAY_SIZE(path), L"%ls\\file", fixture->folder);
    file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL);
    assert_true(file != INVALID_HANDLE_VALUE);
    CloseHandle(file);
    SetEnvironmentVariableW(L"DOSVC_HOME", path);
    assert_hr(HRESULT_FROM_WIN32(ERROR_DIRECTORY), places_queue_folder(&found));
    wcscat(path, L"\\below");
    SetEnvironmentVariableW(L"DOSVC_HOME", path);
    assert_true(FAILED(places_queue_folder(&found)));
    assert_null(found);
}

static void what_fails_is_said(void **state)
{
    struct fixture *fixture = *state;
    WCHAR path[MAX_PATH * 2], *found = NULL;
    char script[32];
    HRESULT hr = E_OUTOFMEMORY;
    int n;

    swprintf(path, ARRAY_SIZE(path), L"%ls\\new", fixture->folder);
    SetEnvironmentVariableW(L"DOSVC_HOME", path);
    fault_configure("open=1");
    assert_hr(E_ACCESSDENIED, places_queue_folder(&found));
    for (n = 1; hr == E_OUTOFMEMORY; n++)
    {
        assert_null(found);
        assert_false(is_folder(path));
        snprintf(script, sizeof(script), "alloc=%d", n);
        fault_configure(script);
        hr = places_queue_folder(&found);
    }
    assert_hr(S_OK, hr);
    mem_free(found);
}

/* Who is not named has no access, and what is made in it is the same. */
static void what_it_makes_is_private(void **state)
{
    struct fixture *fixture = *state;
    SECURITY_DESCRIPTOR_CONTROL control;
    PSECURITY_DESCRIPTOR descriptor;
    WCHAR path[MAX_PATH * 2], *found;
    ACL *acl = NULL;
    DWORD revision;

    swprintf(path, ARRAY_SIZE(path), L"%ls\\private", fixture->folder);
    SetEnvironmentVariableW(L"DOSVC_HOME", path);
    assert_hr(S_OK, places_queue_folder(&found));
    assert_int_equal(ERROR_SUCCESS,
                     GetNamedSecurityInfoW(found, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, NULL,
                                           NULL, &acl, NULL, &descriptor));
    assert_true(GetSecurityDescriptorControl(descriptor, &control, &revision));
    assert_non_null(acl); /* none at all would be everybody's */
    assert_in_range(acl->AceCount, 1, 2);
    LocalFree(descriptor);
    mem_free(found);
}

static void a_queue_may_lie_deep(void **state)
{
    struct fixture *fixture = *state;
    WCHAR path[1024], *found = NULL, *part;
    struct queue_lock *lock;
    struct store *store;
    int i;

    wcscpy(path, fixture->folder);
    for (i = 0; i < 12; i++)
        wcscat(path, L"\\a folder whose name has thirty-six c");
    SetEnvironmentVariableW(L"DOSVC_HOME", path);
    assert_hr(S_OK, places_queue_folder(&found));
    assert_true(wcslen(found) > MAX_PATH);
    assert_hr(S_OK, queue_lock_open(found, &lock));
    assert_hr(S_OK, store_open(found, lock, false, &store));
    store_close(store);
    queue_lock_close(lock);
    wcscpy(path, found);
    mem_free(found);
    swprintf(path + wcslen(path), 32, L"\\queue.db");
    assert_true(DeleteFileW(path));
    wcscpy(wcsrchr(path, '\\'), L"\\queue.lock");
    assert_true(DeleteFileW(path));
    for (i = 0; i < 12; i++)
    {
        part = wcsrchr(path, '\\');
        *part = 0;
        assert_true(RemoveDirectoryW(path));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(dosvc_home_is_the_folder, setup, teardown),
        cmocka_unit_test_setup_teardown(without_it_local_application_data_has_it, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_in_the_way_is_said, setup, teardown),
        cmocka_unit_test_setup_teardown(what_fails_is_said, setup, teardown),
        cmocka_unit_test_setup_teardown(what_it_makes_is_private, setup, teardown),
        cmocka_unit_test_setup_teardown(a_queue_may_lie_deep, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
