/* Every property of a download: type, access, states, defaults, round trip. One table, and each
 * test walks it. */
#include "testkit/kit.h"

#define R 1u
#define W 2u

/* `states` of a row: Created 1, Paused 2, Transferring 4 */
#define IN_PAUSED 2u

enum unset
{
    UNSET_IS_NOT_SET,
    UNSET_IS_DEFAULT, /* `initial` */
    UNSET_IS_KNOWN    /* there is some value */
};

static const struct row
{
    DODownloadProperty id;
    VARTYPE type;
    unsigned int access;
    unsigned int states;
    enum unset unset;
    uint64_t initial;
    const wchar_t *text; /* a value that is taken: text, or else the number */
    uint64_t number;
} rows[] = {
    {DODownloadProperty_Id, VT_BSTR, R, 0, UNSET_IS_KNOWN, 0, NULL, 0},
    {DODownloadProperty_Uri, VT_BSTR, R | W, 3, UNSET_IS_NOT_SET, 0, L"https://host/x?y=1", 0},
    {DODownloadProperty_ContentId, VT_BSTR, R | W, 7, UNSET_IS_NOT_SET, 0, L"content", 0},
    {DODownloadProperty_DisplayName, VT_BSTR, R | W, 7, UNSET_IS_NOT_SET, 0, L"N\u00e4me", 0},
    {DODownloadProperty_LocalPath, VT_BSTR, R | W, 1, UNSET_IS_NOT_SET, 0, L"C:\\x\\y.bin", 0},
    {DODownloadProperty_HttpCustomHeaders, VT_BSTR, R | W, 3, UNSET_IS_NOT_SET, 0,
     L"A: b\nC: d\r\n", 0},
    {DODownloadProperty_CostPolicy, VT_UI4, R | W, 7, UNSET_IS_DEFAULT, 2, NULL, 5},
    {DODownloadProperty_SecurityFlags, VT_UI4, W, 3, 0, 0, NULL, 0x3300},
    {DODownloadProperty_CallbackFreqPercent, VT_UI4, R | W, 7, UNSET_IS_NOT_SET, 0, NULL, 10},
    {DODownloadProperty_CallbackFreqSeconds, VT_UI4, R | W, 7, UNSET_IS_DEFAULT, 1, NULL, 5},
    {DODownloadProperty_NoProgressTimeoutSeconds, VT_UI4, R | W, 7, UNSET_IS_DEFAULT, 86400, NULL,
     60},
    {DODownloadProperty_ForegroundPriority, VT_BOOL, R | W, 7, UNSET_IS_DEFAULT, 0, NULL, 1},
    {DODownloadProperty_BlockingMode, VT_BOOL, R | W, 7, UNSET_IS_DEFAULT, 0, NULL, 0},
    {DODownloadProperty_SecurityContext, VT_ARRAY | VT_UI1, W, 3, 0, 0, NULL, 0},
    {DODownloadProperty_NetworkToken, VT_BOOL, W, 7, 0, 0, NULL, 1},
    {DODownloadProperty_CorrelationVector, VT_BSTR, R | W, 7, UNSET_IS_NOT_SET, 0, L"cv.1", 0},
    {DODownloadProperty_DecryptionInfo, VT_BSTR, W, 3, 0, 0, L"{}", 0},
    {DODownloadProperty_IntegrityCheckInfo, VT_BSTR, W, 3, 0, 0, L"{}", 0},
    {DODownloadProperty_IntegrityCheckMandatory, VT_BOOL, R | W, 3, UNSET_IS_DEFAULT, 0, NULL, 0},
    {DODownloadProperty_TotalSizeBytes, VT_UI8, R | W, 1, UNSET_IS_NOT_SET, 0, NULL, 5000000000},
    {DODownloadProperty_DisallowOnCellular, VT_BOOL, R | W, 7, UNSET_IS_DEFAULT, 0, NULL, 1},
    {DODownloadProperty_HttpCustomAuthHeaders, VT_BSTR, W, 3, 0, 0, L"A: b", 0},
    {DODownloadProperty_HttpAllowSecureToNonSecureRedirect, VT_BOOL, R | W, 3, UNSET_IS_DEFAULT, 0,
     NULL, 1},
    {DODownloadProperty_NonVolatile, VT_BOOL, R | W, 7, UNSET_IS_DEFAULT, 0, NULL, 1},
    {DODownloadProperty_HttpRedirectionTarget, VT_BSTR, R, 0, UNSET_IS_NOT_SET, 0, NULL, 0},
    {DODownloadProperty_HttpResponseHeaders, VT_BSTR, R, 0, UNSET_IS_NOT_SET, 0, NULL, 0},
    {DODownloadProperty_HttpServerIPAddress, VT_BSTR, R, 0, UNSET_IS_NOT_SET, 0, NULL, 0},
    {DODownloadProperty_HttpStatusCode, VT_UI4, R, 0, UNSET_IS_NOT_SET, 0, NULL, 0},
    /* the two objects: their values are in test_download_objects.c */
    {DODownloadProperty_CallbackInterface, VT_UNKNOWN, R | W, 7, UNSET_IS_NOT_SET, 0, NULL, 0},
    {DODownloadProperty_StreamInterface, VT_UNKNOWN, R | W, 1, UNSET_IS_NOT_SET, 0, NULL, 0},
};
static_assert(ARRAY_SIZE(rows) == 30, "every property has its row");

/* ---- values ---- */

static VARIANT value_of(const struct row *row, VARTYPE type)
{
    VARIANT value;

    VariantInit(&value);
    V_VT(&value) = type;
    if (type == VT_BSTR)
        V_BSTR(&value) = SysAllocString(row->text ? row->text : L"text");
    else if (type == VT_UI4)
        V_UI4(&value) = (ULONG)row->number;
    else if (type == VT_UI8)
        V_UI8(&value) = row->number;
    else if (type == VT_BOOL)
        V_BOOL(&value) = row->number ? VARIANT_TRUE : VARIANT_FALSE;
    else if (type == (VT_ARRAY | VT_UI1))
        V_ARRAY(&value) = NULL;
    else
        memset(&V_UI8(&value), 0, sizeof(V_UI8(&value)));
    return value;
}

static uint64_t number_in(const VARIANT *value)
{
    switch (V_VT(value))
    {
    case VT_UI4:
        return V_UI4(value);
    case VT_UI8:
        return V_UI8(value);
    default:
        return V_BOOL(value) == VARIANT_TRUE;
    }
}

static HRESULT set(IDODownload *download, const struct row *row, VARTYPE type)
{
    VARIANT value = value_of(row, type);
    HRESULT hr = IDODownload_SetProperty(download, row->id, &value);

    VariantClear(&value);
    return hr;
}

static HRESULT get(IDODownload *download, DODownloadProperty id, VARIANT *value)
{
    memset(value, 0xcc, sizeof(*value));
    return IDODownload_GetProperty(download, id, value);
}

/* ---- the walks ---- */

static void what_is_set_is_read_back(void **state)
{
    IDODownload *download = kit_download(*state);
    VARIANT value;
    size_t i;

    for (i = 0; i < ARRAY_SIZE(rows) - 2; i++)
    {
        const struct row *row = &rows[i];

        if (!(row->access & W))
            continue;
        assert_hr(S_OK, set(download, row, row->type));
        if (!(row->access & R))
            continue;
        assert_hr(S_OK, get(download, row->id, &value));
        assert_int_equal(row->type, V_VT(&value));
        if (row->type == VT_BSTR)
            assert_int_equal(0, wcscmp(row->text, V_BSTR(&value)));
        else
            assert_int_equal(row->number, number_in(&value));
        VariantClear(&value);
    }
    IDODownload_Release(download);
}

static void what_was_never_set_has_its_default_or_none(void **state)
{
    IDODownload *download = kit_download(*state);
    VARIANT value;
    HRESULT hr;
    size_t i;

    for (i = 0; i < ARRAY_SIZE(rows); i++)
    {
        const struct row *row = &rows[i];

        if (!(row->access & R))
            continue;
        hr = get(download, row->id, &value);
        assert_hr(row->unset == UNSET_IS_NOT_SET ? E_NOT_SET : S_OK, hr);
        assert_int_equal(SUCCEEDED(hr) ? row->type : VT_EMPTY, V_VT(&value));
        if (row->unset == UNSET_IS_DEFAULT)
            assert_int_equal(row->initial, number_in(&value));
        VariantClear(&value);
    }
    IDODownload_Release(download);
}

static void another_type_is_refused(void **state)
{
    static const VARTYPE types[] = {
        VT_EMPTY, VT_NULL, VT_BSTR,     VT_I4,  VT_UI4,  VT_UI8,     VT_I8,
        VT_BOOL,  VT_R8,   VT_DISPATCH, VT_UI1, VT_UINT, VT_UNKNOWN, VT_ARRAY | VT_UI1};
    IDODownload *download = kit_download(*state);
    size_t i, t;

    for (i = 0; i < ARRAY_SIZE(rows); i++)
        for (t = 0; t < ARRAY_SIZE(types); t++)
        {
            if (!(rows[i].access & W) || types[t] == rows[i].type ||
                (rows[i].type == VT_UNKNOWN && types[t] == VT_EMPTY))
                continue;
            assert_hr(E_INVALIDARG, set(download, &rows[i], types[t]));
        }
    IDODownload_Release(download);
}

static void access_is_what_the_table_says(void **state)
{
    IDODownload *download = kit_download(*state);
    VARIANT value;
    size_t i;

    for (i = 0; i < ARRAY_SIZE(rows); i++)
    {
        if (!(rows[i].access & R))
        {
            assert_hr(DO_E_WRITE_ONLY_PROPERTY, get(download, rows[i].id, &value));
            assert_int_equal(VT_EMPTY, V_VT(&value));
        }
        if (!(rows[i].access & W))
            assert_hr(DO_E_READ_ONLY_PROPERTY, set(download, &rows[i], rows[i].type));
    }
    assert_hr(DO_E_UNKNOWN_PROPERTY_ID, get(download, (DODownloadProperty)30, &value));
    assert_hr(DO_E_UNKNOWN_PROPERTY_ID, get(download, (DODownloadProperty)-1, &value));
    assert_hr(DO_E_UNKNOWN_PROPERTY_ID,
              IDODownload_SetProperty(download, (DODownloadProperty)30, &value));
    IDODownload_Release(download);
}

static void set_all_in(IDODownload *download, unsigned int state)
{
    size_t i;

    for (i = 0; i < ARRAY_SIZE(rows); i++)
    {
        const struct row *row = &rows[i];

        if (!(row->access & W) || (state & row->states))
            continue;
        assert_hr(DO_E_INVALID_STATE, set(download, row, row->type));
    }
}

static void some_states_are_too_late(void **state)
{
    struct kit *kit = *state;
    IDODownload *download;

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = 100000, .hold_body = true, .hold_at = 10});
    download = kit_download_of(kit, "/a", L"a");
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    set_all_in(download, 4);
    assert_hr(S_OK, IDODownload_Pause(download));
    set_all_in(download, IN_PAUSED);
    assert_hr(S_OK, IDODownload_Abort(download));
    set_all_in(download, 0x10); /* none */
    httpd_release(kit->httpd, "/a");
    IDODownload_Release(download);
}

/* ---- values that cannot be ---- */

static void numbers_out_of_bounds_are_refused(void **state)
{
    IDODownload *download = kit_download(*state);
    VARIANT value;

    assert_hr(E_INVALIDARG, kit_set_uint(download, DODownloadProperty_CostPolicy, 6));
    assert_hr(E_INVALIDARG, kit_set_uint(download, DODownloadProperty_CallbackFreqPercent, 101));
    assert_hr(E_INVALIDARG,
              kit_set_uint(download, DODownloadProperty_NoProgressTimeoutSeconds, 59));
    assert_hr(S_OK, kit_set_uint(download, DODownloadProperty_NoProgressTimeoutSeconds, 60));
    assert_hr(S_OK, kit_set_uint(download, DODownloadProperty_NoProgressTimeoutSeconds, 0));
    assert_hr(S_OK, get(download, DODownloadProperty_NoProgressTimeoutSeconds, &value));
    assert_int_equal(86400, V_UI4(&value));
    assert_hr(S_OK, kit_set_bool(download, DODownloadProperty_ForegroundPriority, true));
    assert_hr(S_OK, get(download, DODownloadProperty_CostPolicy, &value));
    assert_int_equal(DODownloadCostPolicy_Always, V_UI4(&value));
    IDODownload_Release(download);
}

static void text_that_cannot_be_is_refused(void **state)
{
    static const struct
    {
        DODownloadProperty id;
        const wchar_t *text;
        HRESULT hr;
    } bad[] = {
        {DODownloadProperty_Uri, L"", E_INVALIDARG},
        {DODownloadProperty_Uri, L"ftp://host/x", INET_E_INVALID_URL},
        {DODownloadProperty_Uri, L"nonsense", INET_E_INVALID_URL},
        {DODownloadProperty_LocalPath, L"", E_INVALIDARG},
        {DODownloadProperty_LocalPath, L"relative.bin", E_INVALIDARG},
        {DODownloadProperty_HttpCustomHeaders, L"no colon", E_INVALIDARG},
        {DODownloadProperty_HttpCustomHeaders, L"Host: elsewhere", E_INVALIDARG},
        {DODownloadProperty_HttpCustomHeaders, L"A: b\rHost: elsewhere", E_INVALIDARG},
        {DODownloadProperty_HttpCustomAuthHeaders, L"Content-Length: 1", E_INVALIDARG},
    };
    IDODownload *download = kit_download(*state);
    size_t i;

    for (i = 0; i < ARRAY_SIZE(bad); i++)
        assert_hr(bad[i].hr, kit_set_string(download, bad[i].id, bad[i].text));
    IDODownload_Release(download);
}

static void a_certificate_that_is_none_is_refused(void **state)
{
    IDODownload *download = kit_download(*state);
    VARIANT value;

    VariantInit(&value);
    V_VT(&value) = VT_ARRAY | VT_UI1;
    V_ARRAY(&value) = SafeArrayCreateVector(VT_UI1, 0, 100);
    assert_hr(CRYPT_E_FILE_ERROR,
              IDODownload_SetProperty(download, DODownloadProperty_SecurityContext, &value));
    VariantClear(&value);
    IDODownload_Release(download);
}

/* ---- what the transfer tells ---- */

static void the_answer_can_be_read(void **state)
{
    struct kit *kit = *state;
    IDODownload *download;
    wchar_t url[HTTPD_URL_MAX];
    VARIANT value;

    HTTPD_SCRIPT(kit->httpd, "/a", {.status = 302, .location = "/b"});
    HTTPD_SCRIPT(kit->httpd, "/b", {.seed = 1, .size = 1234, .headers = "X-One: two\r\n"});
    download = kit_download_of(kit, "/a", L"a");
    assert_hr(S_OK, kit_set_bool(download, DODownloadProperty_BlockingMode, true));
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    assert_hr(S_OK, get(download, DODownloadProperty_TotalSizeBytes, &value));
    assert_int_equal(1234, V_UI8(&value));
    assert_hr(S_OK, get(download, DODownloadProperty_HttpStatusCode, &value));
    assert_int_equal(VT_UI4, V_VT(&value));
    assert_int_equal(200, V_UI4(&value));
    assert_hr(S_OK, get(download, DODownloadProperty_HttpRedirectionTarget, &value));
    assert_int_equal(0, wcscmp(httpd_wide_url(kit->httpd, "/b", url), V_BSTR(&value)));
    VariantClear(&value);
    assert_hr(S_OK, get(download, DODownloadProperty_HttpResponseHeaders, &value));
    assert_non_null(wcsstr(V_BSTR(&value), L"X-One: two"));
    VariantClear(&value);
    assert_hr(S_OK, get(download, DODownloadProperty_HttpServerIPAddress, &value));
    assert_int_equal(0, wcscmp(L"127.0.0.1", V_BSTR(&value)));
    VariantClear(&value);
    assert_hr(S_OK, IDODownload_Finalize(download));
    IDODownload_Release(download);
}

static void a_refusal_has_its_status_code(void **state)
{
    IDODownload *download = kit_download_of(*state, "/nowhere", L"a");
    VARIANT value;

    assert_hr(S_OK, kit_set_bool(download, DODownloadProperty_BlockingMode, true));
    assert_hr((HRESULT)0x80190194, IDODownload_Start(download, NULL));
    assert_hr(S_OK, get(download, DODownloadProperty_HttpStatusCode, &value));
    assert_int_equal(404, V_UI4(&value));
    IDODownload_Release(download);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_set_is_read_back),       TEST(what_was_never_set_has_its_default_or_none),
        TEST(another_type_is_refused),        TEST(access_is_what_the_table_says),
        TEST(some_states_are_too_late),       TEST(numbers_out_of_bounds_are_refused),
        TEST(text_that_cannot_be_is_refused), TEST(a_certificate_that_is_none_is_refused),
        TEST(the_answer_can_be_read),         TEST(a_refusal_has_its_status_code),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
