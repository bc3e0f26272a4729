/* What clients may not do to downloads: each refusal has its documented code, and changes nothing.
 */
#include "testkit/flow.h"

#include <stdlib.h>

struct fixture
{
    struct kit *kit;
    IDOManager *manager;
    IDODownload *download; /* Created, with nothing set */
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    void *kit = NULL;
    int result = fixture ? kit_setup(&kit) : -1;

    if (result)
        return result;
    fixture->kit = kit;
    *state = fixture;
    assert_hr(S_OK, IBackgroundCopyManager_QueryInterface(fixture->kit->manager, &IID_IDOManager,
                                                          (void **)&fixture->manager));
    assert_hr(S_OK, IDOManager_CreateDownload(fixture->manager, &fixture->download));
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    void *kit = fixture->kit;

    IDODownload_Abort(fixture->download);
    IDODownload_Release(fixture->download);
    IDOManager_Release(fixture->manager);
    free(fixture);
    return kit_teardown(&kit);
}

static IDODownload *download_of(void **state)
{
    return ((struct fixture *)*state)->download;
}

/* ---- properties ---------------------------------------------------------------------------------
 */

#define READ 1
#define WRITE 2

static const struct
{
    VARTYPE type;
    int access;
} properties[] = {
    {VT_BSTR, READ},
    {VT_BSTR, READ | WRITE},
    {VT_BSTR, READ | WRITE},
    {VT_BSTR, READ | WRITE},
    {VT_BSTR, READ | WRITE},
    {VT_BSTR, READ | WRITE},
    {VT_UI4, READ | WRITE},
    {VT_UI4, WRITE},
    {VT_UI4, READ | WRITE},
    {VT_UI4, READ | WRITE},
    {VT_UI4, READ | WRITE},
    {VT_BOOL, READ | WRITE},
    {VT_BOOL, READ | WRITE},
    {VT_UNKNOWN, READ | WRITE},
    {VT_UNKNOWN, READ | WRITE},
    {VT_ARRAY | VT_UI1, WRITE},
    {VT_BOOL, WRITE},
    {VT_BSTR, READ | WRITE},
    {VT_BSTR, WRITE},
    {VT_BSTR, WRITE},
    {VT_BOOL, READ | WRITE},
    {VT_UI8, READ | WRITE},
    {VT_BOOL, READ | WRITE},
    {VT_BSTR, WRITE},
    {VT_BOOL, READ | WRITE},
    {VT_BOOL, READ | WRITE},
    {VT_BSTR, READ},
    {VT_BSTR, READ},
    {VT_BSTR, READ},
    {VT_UI4, READ},
};

static void wrong_types_are_refused(void **state)
{
    static const VARTYPE types[] = {VT_BSTR, VT_UI4, VT_UI8, VT_BOOL, VT_I4, VT_R8, VT_DISPATCH};

    for (size_t i = 0; i < ARRAY_SIZE(properties); i++)
    {
        for (size_t n = 0; n < ARRAY_SIZE(types); n++)
        {
            HRESULT expected =
                properties[i].access & WRITE ? E_INVALIDARG : DO_E_READ_ONLY_PROPERTY;
            VARIANT value;
            HRESULT hr;

            if (types[n] == properties[i].type)
                continue;
            VariantInit(&value);
            V_VT(&value) = types[n];
            hr = IDODownload_SetProperty(download_of(state), (DODownloadProperty)i, &value);
            if (hr != expected)
                print_error("property %d, type %d: ", (int)i, types[n]);
            assert_hr(expected, hr);
        }
    }
}

static void read_only_properties_are_not_set(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(properties); i++)
    {
        if (properties[i].access == READ && properties[i].type == VT_BSTR)
            assert_hr(DO_E_READ_ONLY_PROPERTY,
                      kit_set_string(download_of(state), (DODownloadProperty)i, L"x"));
    }
    assert_hr(DO_E_READ_ONLY_PROPERTY,
              kit_set_uint(download_of(state), DODownloadProperty_HttpStatusCode, 1));
}

static void write_only_properties_are_not_read(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(properties); i++)
    {
        VARIANT value;

        if (properties[i].access != WRITE)
            continue;
        V_VT(&value) = VT_I4;
        assert_hr(DO_E_WRITE_ONLY_PROPERTY,
                  IDODownload_GetProperty(download_of(state), (DODownloadProperty)i, &value));
        assert_int_equal(VT_EMPTY, V_VT(&value));
    }
}

static void what_was_set_is_read_back(void **state)
{
    IDODownload *download = download_of(state);

    for (size_t i = 0; i < ARRAY_SIZE(properties); i++)
    {
        DODownloadProperty property = (DODownloadProperty)i;
        VARIANT value;

        if (properties[i].access != (READ | WRITE) || properties[i].type != VT_BSTR)
            continue;
        if (property == DODownloadProperty_Uri || property == DODownloadProperty_LocalPath ||
            property == DODownloadProperty_HttpCustomHeaders)
            continue; /* not any text will do */
        assert_hr(S_OK, kit_set_string(download, property, L"some text"));
        assert_hr(S_OK, IDODownload_GetProperty(download, property, &value));
        assert_int_equal(VT_BSTR, V_VT(&value));
        assert_int_equal(0, wcscmp(L"some text", V_BSTR(&value)));
        VariantClear(&value);
    }
}

static void unknown_properties_are_refused(void **state)
{
    static const int ids[] = {30, 31, 1000, -1};
    VARIANT value;

    for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
    {
        VariantInit(&value);
        assert_hr(DO_E_UNKNOWN_PROPERTY_ID,
                  IDODownload_GetProperty(download_of(state), (DODownloadProperty)ids[i], &value));
        assert_hr(DO_E_UNKNOWN_PROPERTY_ID,
                  kit_set_string(download_of(state), (DODownloadProperty)ids[i], L"x"));
    }
}

static void what_was_never_set_is_not_there(void **state)
{
    static const DODownloadProperty ids[] = {
        DODownloadProperty_Uri,
        DODownloadProperty_ContentId,
        DODownloadProperty_DisplayName,
        DODownloadProperty_LocalPath,
        DODownloadProperty_HttpCustomHeaders,
        DODownloadProperty_TotalSizeBytes,
        DODownloadProperty_HttpRedirectionTarget,
        DODownloadProperty_HttpStatusCode,
    };
    VARIANT value;

    for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
        assert_hr(E_NOT_SET, IDODownload_GetProperty(download_of(state), ids[i], &value));
}

static void null_is_no_argument(void **state)
{
    IDODownload *download = download_of(state);

    assert_hr(E_INVALIDARG, IDODownload_GetStatus(download, NULL));
    assert_hr(E_INVALIDARG, IDODownload_GetProperty(download, DODownloadProperty_Id, NULL));
    assert_hr(E_INVALIDARG, IDODownload_SetProperty(download, DODownloadProperty_Uri, NULL));
    assert_hr(E_INVALIDARG, IDOManager_CreateDownload(((struct fixture *)*state)->manager, NULL));
    assert_hr(E_INVALIDARG,
              IDOManager_EnumDownloads(((struct fixture *)*state)->manager, NULL, NULL));
}

static void bad_urls_are_refused(void **state)
{
    IDODownload *download = download_of(state);

    assert_hr(E_INVALIDARG, kit_set_string(download, DODownloadProperty_Uri, L""));
    assert_hr(INET_E_INVALID_URL, kit_set_string(download, DODownloadProperty_Uri, L"nonsense"));
    assert_hr(INET_E_INVALID_URL, kit_set_string(download, DODownloadProperty_Uri, L"ftp://a/b"));
    assert_hr(INET_E_INVALID_URL, kit_set_string(download, DODownloadProperty_Uri, L"http://"));
}

static void bad_paths_are_refused(void **state)
{
    static const wchar_t *const paths[] = {L"",       L"file",       L"..\\file",
                                           L"C:file", L"C:\\a\\NUL", L"C:\\a:b"};

    for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
        assert_true(
            FAILED(kit_set_string(download_of(state), DODownloadProperty_LocalPath, paths[i])));
}

static void too_short_a_no_progress_limit_is_refused(void **state)
{
    assert_hr(E_INVALIDARG,
              kit_set_uint(download_of(state), DODownloadProperty_NoProgressTimeoutSeconds, 59));
    assert_hr(S_OK,
              kit_set_uint(download_of(state), DODownloadProperty_NoProgressTimeoutSeconds, 60));
}

static void an_unknown_cost_policy_is_refused(void **state)
{
    assert_hr(E_INVALIDARG, kit_set_uint(download_of(state), DODownloadProperty_CostPolicy, 6));
}

/* ---- states -------------------------------------------------------------------------------------
 */

static void a_download_wants_a_url_and_a_target(void **state)
{
    IDODownload *download = download_of(state);
    wchar_t path[MAX_PATH];

    assert_hr(DO_E_DOWNLOAD_NO_URI, IDODownload_Start(download, NULL));
    assert_hr(S_OK, kit_set_string(download, DODownloadProperty_Uri, L"http://127.0.0.1/a"));
    assert_hr(DO_E_FILE_DOWNLOADSINK_UNSPECIFIED, IDODownload_Start(download, NULL));
    assert_int_equal(DODownloadState_Created, kit_download_state(download));
    assert_hr(S_OK, kit_set_string(download, DODownloadProperty_LocalPath,
                                   kit_path(((struct fixture *)*state)->kit, L"a", path)));
}

static void bad_ranges_are_refused(void **state)
{
    struct fixture *fixture = *state;
    DO_DOWNLOAD_RANGES_INFO *info = calloc(1, sizeof(*info) + 2 * sizeof(DO_DOWNLOAD_RANGE));
    wchar_t path[MAX_PATH];

    assert_hr(S_OK,
              kit_set_string(fixture->download, DODownloadProperty_Uri, L"http://127.0.0.1/a"));
    assert_hr(S_OK, kit_set_string(fixture->download, DODownloadProperty_LocalPath,
                                   kit_path(fixture->kit, L"a", path)));
    info->RangeCount = 1;
    assert_hr(DO_E_INVALID_RANGE, IDODownload_Start(fixture->download, info));
    info->RangeCount = 2;
    info->Ranges[0] = (DO_DOWNLOAD_RANGE){0, 10};
    info->Ranges[1] = (DO_DOWNLOAD_RANGE){5, 10};
    assert_hr(DO_E_OVERLAPPING_RANGES, IDODownload_Start(fixture->download, info));
    assert_int_equal(DODownloadState_Created, kit_download_state(fixture->download));
    free(info);
}

static void a_new_download_is_not_finalized(void **state)
{
    assert_hr(DO_E_INVALID_STATE, IDODownload_Finalize(download_of(state)));
    assert_hr(S_OK, IDODownload_Pause(download_of(state)));
    assert_int_equal(DODownloadState_Created, kit_download_state(download_of(state)));
}

static void an_aborted_download_takes_nothing_more(void **state)
{
    IDODownload *download = download_of(state);

    assert_hr(S_OK, IDODownload_Abort(download));
    assert_int_equal(DODownloadState_Aborted, kit_download_state(download));
    assert_hr(DO_E_INVALID_STATE, IDODownload_Start(download, NULL));
    assert_hr(DO_E_INVALID_STATE, IDODownload_Pause(download));
    assert_hr(DO_E_INVALID_STATE, IDODownload_Finalize(download));
    assert_hr(DO_E_INVALID_STATE, IDODownload_Abort(download));
    assert_hr(DO_E_INVALID_STATE, kit_set_string(download, DODownloadProperty_DisplayName, L"x"));
}

static void only_some_properties_are_categories(void **state)
{
    struct fixture *fixture = *state;
    DO_DOWNLOAD_ENUM_CATEGORY category = {DODownloadProperty_DisplayName, L"nobody"};
    IEnumUnknown *downloads = (IEnumUnknown *)fixture;

    assert_hr(DO_E_NO_DOWNLOADS, IDOManager_EnumDownloads(fixture->manager, &category, &downloads));
    assert_null(downloads);
    category.Property = DODownloadProperty_CostPolicy;
    assert_true(FAILED(IDOManager_EnumDownloads(fixture->manager, &category, &downloads)));
    category.Property = DODownloadProperty_DisplayName;
    category.Value = NULL;
    assert_hr(E_INVALIDARG, IDOManager_EnumDownloads(fixture->manager, &category, &downloads));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(wrong_types_are_refused),
        TEST(read_only_properties_are_not_set),
        TEST(write_only_properties_are_not_read),
        TEST(what_was_set_is_read_back),
        TEST(unknown_properties_are_refused),
        TEST(what_was_never_set_is_not_there),
        TEST(null_is_no_argument),
        TEST(bad_urls_are_refused),
        TEST(bad_paths_are_refused),
        TEST(too_short_a_no_progress_limit_is_refused),
        TEST(an_unknown_cost_policy_is_refused),
        TEST(a_download_wants_a_url_and_a_target),
        TEST(bad_ranges_are_refused),
        TEST(a_new_download_is_not_finalized),
        TEST(an_aborted_download_takes_nothing_more),
        TEST(only_some_properties_are_categories),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
