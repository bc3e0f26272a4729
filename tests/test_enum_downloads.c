/* EnumDownloads: which downloads are listed, and how a client walks the list. */
#include "testkit/kit.h"

static IDOManager *manager_of(struct kit *kit)
{
    IDOManager *manager;

    assert_hr(S_OK, IBackgroundCopyManager_QueryInterface(kit->manager, &IID_IDOManager,
                                                          (void **)&manager));
    return manager;
}

/* How many fit; the first one in *found, if that is wanted. */
static unsigned int count_of(struct kit *kit, const DO_DOWNLOAD_ENUM_CATEGORY *category,
                             IDODownload **found)
{
    IDOManager *manager = manager_of(kit);
    IEnumUnknown *list = (IEnumUnknown *)&list;
    IUnknown *unknown;
    unsigned int count = 0;
    ULONG fetched;
    HRESULT hr;

    hr = IDOManager_EnumDownloads(manager, category, &list);
    IDOManager_Release(manager);
    if (hr == DO_E_NO_DOWNLOADS)
    {
        assert_null(list);
        return 0;
    }
    assert_hr(S_OK, hr);
    for (;;)
    {
        hr = IEnumUnknown_Next(list, 1, &unknown, &fetched);
        assert_true(SUCCEEDED(hr));
        if (!fetched)
            break;
        if (!count++ && found)
            assert_hr(S_OK, IUnknown_QueryInterface(unknown, &IID_IDODownload, (void **)found));
        IUnknown_Release(unknown);
    }
    assert_hr(S_FALSE, hr);
    IEnumUnknown_Release(list);
    return count;
}

static unsigned int count_with(struct kit *kit, DODownloadProperty property, const wchar_t *value)
{
    const DO_DOWNLOAD_ENUM_CATEGORY category = {property, value};

    return count_of(kit, &category, NULL);
}

static BSTR text_of(IDODownload *download, DODownloadProperty property)
{
    VARIANT value;

    assert_hr(S_OK, IDODownload_GetProperty(download, property, &value));
    assert_int_equal(VT_BSTR, V_VT(&value));
    return V_BSTR(&value);
}

static void without_downloads_there_is_no_list(void **state)
{
    IBackgroundCopyJob *job = kit_job(*state, L"a job is no download");

    assert_int_equal(0, count_of(*state, NULL, NULL));
    IBackgroundCopyJob_Release(job);
}

static void downloads_are_listed_from_created_to_transferred(void **state)
{
    struct kit *kit = *state;
    IDODownload *first, *second;

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = 1000});
    first = kit_download_of(kit, "/a", L"a");
    second = kit_download_of(kit, "/a", L"b");
    assert_int_equal(2, count_of(kit, NULL, NULL));
    assert_hr(S_OK, IDODownload_Start(first, NULL));
    assert_true(kit_wait_download(first, DODownloadState_Transferred, KIT_LIMIT));
    assert_int_equal(2, count_of(kit, NULL, NULL));
    assert_hr(S_OK, IDODownload_Finalize(first));
    assert_int_equal(1, count_of(kit, NULL, NULL));
    assert_hr(S_OK, IDODownload_Abort(second));
    assert_int_equal(0, count_of(kit, NULL, NULL));
    IDODownload_Release(first);
    IDODownload_Release(second);
}

static void a_download_is_no_job(void **state)
{
    struct kit *kit = *state;
    IDODownload *download = kit_download_of(kit, "/a", L"a");
    IEnumBackgroundCopyJobs *jobs;
    ULONG count;

    assert_hr(S_OK, IBackgroundCopyManager_EnumJobs(kit->manager, 0, &jobs));
    assert_hr(S_OK, IEnumBackgroundCopyJobs_GetCount(jobs, &count));
    assert_int_equal(0, count);
    IEnumBackgroundCopyJobs_Release(jobs);
    IDODownload_Release(download);
}

static void a_category_is_compared_as_text(void **state)
{
    static const struct
    {
        DODownloadProperty property;
        const wchar_t *value, *other;
    } cases[] = {
        {DODownloadProperty_DisplayName, L"Mine", L"mine"},
        {DODownloadProperty_ContentId, L"c-1", L"c-2"},
    };
    struct kit *kit = *state;
    IDODownload *download = kit_download_of(kit, "/a", L"a"), *other;
    size_t i;
    BSTR text;

    other = kit_download_of(kit, "/b", L"b"); /* has neither */
    for (i = 0; i < ARRAY_SIZE(cases); i++)
    {
        assert_int_equal(0, count_with(kit, cases[i].property, cases[i].value));
        assert_hr(S_OK, kit_set_string(download, cases[i].property, cases[i].value));
        assert_int_equal(1, count_with(kit, cases[i].property, cases[i].value));
        assert_int_equal(0, count_with(kit, cases[i].property, cases[i].other));
    }
    text = text_of(download, DODownloadProperty_Uri);
    assert_int_equal(1, count_with(kit, DODownloadProperty_Uri, text));
    SysFreeString(text);
    text = text_of(download, DODownloadProperty_LocalPath);
    assert_int_equal(1, count_with(kit, DODownloadProperty_LocalPath, text));
    SysFreeString(text);
    IDODownload_Release(download);
    IDODownload_Release(other);
}

static void an_id_is_found_with_and_without_braces(void **state)
{
    struct kit *kit = *state;
    IDODownload *download = kit_download_of(kit, "/a", L"a"), *found = NULL;
    BSTR id = text_of(download, DODownloadProperty_Id), same;
    DO_DOWNLOAD_ENUM_CATEGORY category = {DODownloadProperty_Id, id};
    wchar_t bare[64];

    assert_int_equal(1, count_of(kit, &category, &found));
    same = text_of(found, DODownloadProperty_Id);
    assert_int_equal(0, wcscmp(id, same));
    wcscpy(bare, id + 1);
    bare[wcslen(bare) - 1] = 0;
    assert_int_equal(1, count_with(kit, DODownloadProperty_Id, bare));
    assert_int_equal(0, count_with(kit, DODownloadProperty_Id, L"nonsense"));
    SysFreeString(id);
    SysFreeString(same);
    IDODownload_Release(found);
    IDODownload_Release(download);
}

static void other_categories_are_refused(void **state)
{
    IDOManager *manager = manager_of(*state);
    DO_DOWNLOAD_ENUM_CATEGORY category = {DODownloadProperty_CostPolicy, L"1"};
    IEnumUnknown *list;

    assert_hr(E_INVALIDARG, IDOManager_EnumDownloads(manager, &category, &list));
    category.Property = DODownloadProperty_Id;
    category.Value = NULL;
    assert_hr(E_INVALIDARG, IDOManager_EnumDownloads(manager, &category, &list));
    assert_hr(E_INVALIDARG, IDOManager_EnumDownloads(manager, NULL, NULL));
    IDOManager_Release(manager);
}

static void what_one_facade_sets_another_reads(void **state)
{
    struct kit *kit = *state;
    IDODownload *download = kit_download_of(kit, "/a", L"a"), *found = NULL;
    DO_DOWNLOAD_STATUS status;
    BSTR text;

    assert_int_equal(1, count_of(kit, NULL, &found));
    assert_hr(S_OK, kit_set_string(found, DODownloadProperty_DisplayName, L"set elsewhere"));
    text = text_of(download, DODownloadProperty_DisplayName);
    assert_int_equal(0, wcscmp(L"set elsewhere", text));
    SysFreeString(text);
    assert_hr(S_OK, IDODownload_Abort(found));
    assert_hr(S_OK, IDODownload_GetStatus(download, &status));
    assert_int_equal(DODownloadState_Aborted, status.State);
    IDODownload_Release(found);
    IDODownload_Release(download);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_downloads_there_is_no_list),
        TEST(downloads_are_listed_from_created_to_transferred),
        TEST(a_download_is_no_job),
        TEST(a_category_is_compared_as_text),
        TEST(an_id_is_found_with_and_without_braces),
        TEST(other_categories_are_refused),
        TEST(what_one_facade_sets_another_reads),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
