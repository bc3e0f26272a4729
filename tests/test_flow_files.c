/* Files added without a sink, what is set on them, what they tell of their transfer. */
#include "testkit/kit.h"
#include "testkit/recorder.h"

#include <stdlib.h>

#define SIZE 100000

/* The server's path in a new job, with nowhere to go yet. */
static IDeliveryOptimizationFile2 *file_without_sink(struct kit *kit, const char *path,
                                                     IBackgroundCopyJob **job)
{
    IDeliveryOptimizationJob2 *adder;
    IDeliveryOptimizationFile2 *file2;
    IDeliveryOptimizationFile *file;
    wchar_t url[HTTPD_URL_MAX];

    if (!*job)
        *job = kit_job(kit, L"files");
    adder = kit_face(*job, &IID_IDeliveryOptimizationJob2);
    httpd_wide_url(kit->httpd, path, url);
    assert_hr(S_OK,
              IDeliveryOptimizationJob2_AddFile(adder, L"the id", url, 0, NULL,
                                                &IID_IDeliveryOptimizationFile, (void **)&file));
    file2 = kit_face(file, &IID_IDeliveryOptimizationFile2);
    IDeliveryOptimizationFile_Release(file);
    IDeliveryOptimizationJob2_Release(adder);
    return file2;
}

static HRESULT set_text(IDeliveryOptimizationFile2 *file, DOFilePropertyId id, const wchar_t *text)
{
    VARIANT value;
    HRESULT hr;

    V_VT(&value) = VT_BSTR;
    V_BSTR(&value) = SysAllocString(text);
    hr = IDeliveryOptimizationFile2_SetProperty(file, id, &value);
    VariantClear(&value);
    return hr;
}

static HRESULT set_path(struct kit *kit, IDeliveryOptimizationFile2 *file, const wchar_t *name)
{
    wchar_t path[MAX_PATH];

    return set_text(file, DOFilePropertyId_DownloadSinkFilePath, kit_path(kit, name, path));
}

static HRESULT set_stream(IDeliveryOptimizationFile2 *file, IStream *stream)
{
    VARIANT value;

    V_VT(&value) = VT_UNKNOWN;
    V_UNKNOWN(&value) = (IUnknown *)stream;
    return IDeliveryOptimizationFile2_SetProperty(file, DOFilePropertyId_DownloadSinkInterface,
                                                  &value);
}

static HRESULT set_size(IDeliveryOptimizationFile2 *file, UINT64 size)
{
    VARIANT value;

    V_VT(&value) = VT_UI8;
    V_UI8(&value) = size;
    return IDeliveryOptimizationFile2_SetProperty(file, DOFilePropertyId_TotalSizeBytes, &value);
}

static IStream *stream_in_memory(void)
{
    IStream *stream;

    assert_hr(S_OK, CreateStreamOnHGlobal(NULL, TRUE, &stream));
    return stream;
}

static void assert_stream_holds(IStream *stream, uint32_t seed, size_t size)
{
    unsigned char *expected = malloc(size), *found = malloc(size);
    LARGE_INTEGER start = {.QuadPart = 0};
    STATSTG stat;
    ULONG got;

    assert_true(expected && found);
    content_fill(seed, 0, expected, size);
    assert_hr(S_OK, IStream_Stat(stream, &stat, STATFLAG_NONAME));
    assert_true(stat.cbSize.QuadPart == size);
    assert_hr(S_OK, IStream_Seek(stream, start, STREAM_SEEK_SET, NULL));
    assert_hr(S_OK, IStream_Read(stream, found, (ULONG)size, &got));
    assert_int_equal(0, memcmp(expected, found, size));
    free(expected);
    free(found);
}

static void finish(IBackgroundCopyJob *job)
{
    assert_true(kit_wait_state(job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_hr(S_OK, IBackgroundCopyJob_Complete(job));
}

static void end(IBackgroundCopyJob *job, IDeliveryOptimizationFile2 *file)
{
    IDeliveryOptimizationFile2_Release(file);
    IBackgroundCopyJob_Cancel(job);
    IBackgroundCopyJob_Release(job);
}

static void a_file_goes_to_the_path_that_was_set(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job = NULL;
    IDeliveryOptimizationFile2 *file;
    wchar_t path[MAX_PATH];
    VARIANT value;

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = SIZE});
    file = file_without_sink(kit, "/a", &job);
    assert_hr(E_NOT_SET, IDeliveryOptimizationFile2_GetProperty(
                             file, DOFilePropertyId_DownloadSinkFilePath, &value));
    assert_hr(S_OK, set_path(kit, file, L"target"));
    assert_hr(S_OK, IDeliveryOptimizationFile2_GetProperty(
                        file, DOFilePropertyId_DownloadSinkFilePath, &value));
    assert_int_equal(VT_BSTR, V_VT(&value));
    assert_int_equal(0, wcscmp(V_BSTR(&value), kit_path(kit, L"target", path)));
    VariantClear(&value);
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    finish(job);
    assert_true(content_check_file(path, 1, SIZE));
    end(job, file);
}

static void a_file_goes_to_the_stream_that_was_set(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job = NULL;
    IDeliveryOptimizationFile2 *file;
    IStream *stream = stream_in_memory();
    VARIANT value;

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 2, .size = 3 << 20});
    file = file_without_sink(kit, "/a", &job);
    assert_hr(E_NOT_SET, IDeliveryOptimizationFile2_GetProperty(
                             file, DOFilePropertyId_DownloadSinkInterface, &value));
    assert_hr(S_OK, set_stream(file, stream));
    assert_hr(S_OK, IDeliveryOptimizationFile2_GetProperty(
                        file, DOFilePropertyId_DownloadSinkInterface, &value));
    assert_int_equal(VT_UNKNOWN, V_VT(&value));
    VariantClear(&value);
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    finish(job);
    assert_stream_holds(stream, 2, 3 << 20);
    end(job, file);
    IStream_Release(stream);
}

static void two_sinks_are_refused(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job = NULL;
    IDeliveryOptimizationFile2 *file = file_without_sink(kit, "/a", &job);
    IDeliveryOptimizationFile2 *other = file_without_sink(kit, "/b", &job);
    IStream *stream = stream_in_memory();

    assert_hr(S_OK, set_path(kit, file, L"target"));
    assert_hr(DO_E_FILE_DOWNLOADSINK_ALREADY_SET, set_path(kit, file, L"target"));
    assert_hr(DO_E_FILE_DOWNLOADSINK_ALREADY_SET, set_stream(file, stream));
    assert_hr(S_OK, set_stream(other, stream));
    assert_hr(DO_E_FILE_DOWNLOADSINK_ALREADY_SET, set_path(kit, other, L"target"));
    IDeliveryOptimizationFile2_Release(other);
    end(job, file);
    IStream_Release(stream);
}

static void a_job_with_a_file_without_a_sink_does_not_begin(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job = NULL;
    IDeliveryOptimizationFile2 *file;

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 3, .size = SIZE});
    file = file_without_sink(kit, "/a", &job);
    assert_hr(DO_E_FILE_DOWNLOADSINK_UNSPECIFIED, IBackgroundCopyJob_Resume(job));
    assert_state(BG_JOB_STATE_SUSPENDED, job);
    assert_hr(S_OK, set_path(kit, file, L"target"));
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    finish(job);
    end(job, file);
}

static void a_file_without_a_sink_stops_a_running_job_until_it_has_one(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job;
    IDeliveryOptimizationFile2 *file;

    HTTPD_SCRIPT(kit->httpd, "/held", {.seed = 4, .size = SIZE, .hold = true});
    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 3, .size = SIZE});
    job = kit_job_of(kit, "/held", L"held");
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_true(httpd_wait_request(kit->httpd, "/held", 1, KIT_LIMIT));
    file = file_without_sink(kit, "/a", &job);
    assert_true(kit_wait_state(job, BG_JOB_STATE_ERROR, KIT_LIMIT));
    assert_job_error(BG_ERROR_CONTEXT_NONE, DO_E_FILE_DOWNLOADSINK_UNSPECIFIED, job);
    httpd_release(kit->httpd, "/held");
    assert_hr(S_OK, set_path(kit, file, L"target"));
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    finish(job);
    end(job, file);
}

static void bad_values_are_refused(void **state)
{
    static const wchar_t *const paths[] = {L"", L"file", L"C:\\a?b", L"C:\\folder\\", L"NUL"};
    static const struct
    {
        DOFilePropertyId id;
        VARTYPE type;
        HRESULT expected;
    } cases[] = {
        {DOFilePropertyId_DecryptionInfo, VT_UI4, E_INVALIDARG},
        {DOFilePropertyId_IntegrityCheckInfo, VT_EMPTY, E_INVALIDARG},
        {DOFilePropertyId_IntegrityCheckMandatory, VT_I4, E_INVALIDARG},
        {DOFilePropertyId_DownloadSinkInterface, VT_DISPATCH, E_INVALIDARG},
        {DOFilePropertyId_DownloadSinkInterface, VT_UNKNOWN, E_INVALIDARG}, /* NULL */
        {DOFilePropertyId_DownloadSinkFilePath, VT_BSTR, E_INVALIDARG},     /* NULL */
        {DOFilePropertyId_TotalSizeBytes, VT_UI4, E_INVALIDARG},
        {DOFilePropertyId_DownloadSinkMemoryStream, VT_UNKNOWN,
         DO_E_MEMORYSTREAM_DOWNLOAD_NOT_SUPPORTED},
        {(DOFilePropertyId)7, VT_UI8, DO_E_UNKNOWN_PROPERTY_ID},
        {(DOFilePropertyId)-1, VT_UI8, DO_E_UNKNOWN_PROPERTY_ID},
    };
    struct kit *kit = *state;
    IBackgroundCopyJob *job = NULL;
    IDeliveryOptimizationFile2 *file = file_without_sink(kit, "/a", &job);
    VARIANT value;
    size_t i;

    for (i = 0; i < ARRAY_SIZE(cases); i++)
    {
        memset(&value, 0, sizeof(value));
        V_VT(&value) = cases[i].type;
        assert_hr(cases[i].expected,
                  IDeliveryOptimizationFile2_SetProperty(file, cases[i].id, &value));
    }
    for (i = 0; i < ARRAY_SIZE(paths); i++)
        assert_hr(E_INVALIDARG, set_text(file, DOFilePropertyId_DownloadSinkFilePath, paths[i]));
    assert_hr(E_INVALIDARG,
              IDeliveryOptimizationFile2_SetProperty(file, DOFilePropertyId_TotalSizeBytes, NULL));
    assert_hr(E_INVALIDARG,
              IDeliveryOptimizationFile2_GetProperty(file, DOFilePropertyId_TotalSizeBytes, NULL));
    assert_hr(DO_E_UNKNOWN_PROPERTY_ID,
              IDeliveryOptimizationFile2_GetProperty(file, (DOFilePropertyId)7, &value));
    assert_hr(E_NOT_SET, IDeliveryOptimizationFile2_GetProperty(
                             file, DOFilePropertyId_TotalSizeBytes, &value));
    assert_int_equal(VT_EMPTY, V_VT(&value));
    end(job, file);
}

static void secrets_are_write_only_and_a_mandatory_check_needs_its_data(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job = NULL;
    IDeliveryOptimizationFile2 *file = file_without_sink(kit, "/a", &job);
    VARIANT value;

    assert_hr(S_OK, set_path(kit, file, L"target"));
    assert_hr(S_OK, set_text(file, DOFilePropertyId_DecryptionInfo, L"{}"));
    assert_hr(DO_E_WRITE_ONLY_PROPERTY, IDeliveryOptimizationFile2_GetProperty(
                                            file, DOFilePropertyId_DecryptionInfo, &value));
    V_VT(&value) = VT_BOOL;
    V_BOOL(&value) = VARIANT_TRUE;
    assert_hr(S_OK, IDeliveryOptimizationFile2_SetProperty(
                        file, DOFilePropertyId_IntegrityCheckMandatory, &value));
    V_BOOL(&value) = VARIANT_FALSE;
    assert_hr(S_OK, IDeliveryOptimizationFile2_GetProperty(
                        file, DOFilePropertyId_IntegrityCheckMandatory, &value));
    assert_true(V_VT(&value) == VT_BOOL && V_BOOL(&value) == VARIANT_TRUE);
    assert_hr(DO_E_INTEGRITYCHECKINFO_UNSPECIFIED, IBackgroundCopyJob_Resume(job));
    assert_hr(S_OK, set_text(file, DOFilePropertyId_IntegrityCheckInfo, L"{}"));
    assert_hr(DO_E_WRITE_ONLY_PROPERTY, IDeliveryOptimizationFile2_GetProperty(
                                            file, DOFilePropertyId_IntegrityCheckInfo, &value));
    end(job, file);
}

static void nothing_can_be_set_once_the_job_runs(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job = NULL;
    IDeliveryOptimizationFile2 *file;

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = SIZE, .hold = true});
    file = file_without_sink(kit, "/a", &job);
    assert_hr(S_OK, set_path(kit, file, L"target"));
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_hr(DO_E_INVALID_STATE, set_size(file, SIZE));
    assert_hr(DO_E_INVALID_STATE, set_path(kit, file, L"other"));
    httpd_release(kit->httpd, "/a");
    finish(job);
    assert_hr(DO_E_INVALID_STATE, set_size(file, SIZE));
    end(job, file);
}

/* Fetches what the script of /a gives for a client that expects `size` bytes. */
static void fetch_expecting(struct kit *kit, UINT64 size, HRESULT expected)
{
    IBackgroundCopyJob *job = NULL;
    IDeliveryOptimizationFile2 *file = file_without_sink(kit, "/a", &job);
    VARIANT value;

    assert_hr(S_OK, set_path(kit, file, L"target"));
    assert_hr(S_OK, set_size(file, size));
    assert_hr(S_OK, IDeliveryOptimizationFile2_GetProperty(file, DOFilePropertyId_TotalSizeBytes,
                                                           &value));
    assert_true(V_VT(&value) == VT_UI8 && V_UI8(&value) == size);
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    if (expected == S_OK)
        finish(job);
    else
    {
        assert_true(kit_wait_state(job, BG_JOB_STATE_ERROR, KIT_LIMIT));
        assert_job_error(BG_ERROR_CONTEXT_NONE, expected, job);
    }
    end(job, file);
}

static void a_file_must_have_the_size_the_client_expects(void **state)
{
    struct kit *kit = *state;

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = SIZE});
    fetch_expecting(kit, SIZE, S_OK);
    fetch_expecting(kit, SIZE - 1, DO_E_METAINFO_FILE_SIZE);
    fetch_expecting(kit, SIZE + 1, DO_E_METAINFO_FILE_SIZE);
    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = SIZE, .chunked = true});
    fetch_expecting(kit, SIZE, S_OK);
    fetch_expecting(kit, SIZE + 1, DO_E_METAINFO_FILE_SIZE);
}

static void stats_count_what_came(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job = NULL;
    IDeliveryOptimizationFile2 *file;
    IDeliveryOptimizationFile *counted;
    DOSwarmStats stats;

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = SIZE, .first_byte_delay = 60});
    file = file_without_sink(kit, "/a", &job);
    counted = kit_face(file, &IID_IDeliveryOptimizationFile);
    assert_hr(S_OK, set_path(kit, file, L"target"));
    assert_hr(S_OK, IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_FOREGROUND));
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_true(kit_wait_state(job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_hr(S_OK, IDeliveryOptimizationFile_GetStats(counted, &stats));
    assert_int_equal(0, wcscmp(L"the id", stats.fileId));
    assert_non_null(wcsstr(stats.sourceURL, L"/a"));
    assert_true(stats.fileSize == SIZE);
    assert_true(stats.totalBytesDownloaded == SIZE);
    assert_true(stats.bytesFromHttp == SIZE);
    assert_true(!stats.bytesFromLanPeers && !stats.bytesFromDoinc && !stats.lanConnectionCount);
    assert_int_equal(1, stats.httpConnectionCount);
    assert_true(stats.downloadDuration >= 40 && stats.downloadDuration < KIT_LIMIT);
    assert_int_equal(DownloadMode_CdnOnly, stats.downloadMode);
    assert_int_equal(SwarmStatus_Complete, stats.status);
    assert_false(stats.isBackground);
    CoTaskMemFree(stats.fileId);
    CoTaskMemFree(stats.sourceURL);
    IDeliveryOptimizationFile_Release(counted);
    end(job, file);
}

static void a_file_the_client_rejects_is_fetched_anew(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job;
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyFile *listed;
    IBackgroundCopyFile3 *file;
    wchar_t path[MAX_PATH], *name;
    BOOL valid;

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = SIZE}, {.seed = 2, .size = SIZE / 2});
    job = kit_job_of(kit, "/a", L"target");
    assert_hr(S_OK, IBackgroundCopyJob_EnumFiles(job, &files));
    assert_hr(S_OK, IEnumBackgroundCopyFiles_Next(files, 1, &listed, NULL));
    file = kit_face(listed, &IID_IBackgroundCopyFile3);
    assert_hr(E_PENDING, IBackgroundCopyFile3_SetValidationState(file, TRUE));
    assert_hr(E_PENDING, IBackgroundCopyFile3_GetValidationState(file, &valid));
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_true(kit_wait_state(job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_hr(S_OK, IBackgroundCopyFile3_GetValidationState(file, &valid));
    assert_false(valid);
    assert_hr(S_OK, IBackgroundCopyFile3_GetTemporaryName(file, &name));
    assert_true(content_check_file(name, 1, SIZE));
    CoTaskMemFree(name);

    assert_hr(S_OK, IBackgroundCopyFile3_SetValidationState(file, FALSE));
    assert_state(BG_JOB_STATE_ERROR, job);
    assert_job_error(BG_ERROR_CONTEXT_NONE, BG_E_VALIDATION_FAILED, job);
    assert_hr(E_PENDING, IBackgroundCopyFile3_GetValidationState(file, &valid));
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_true(kit_wait_state(job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_hr(S_OK, IBackgroundCopyFile3_SetValidationState(file, TRUE));
    assert_hr(S_OK, IBackgroundCopyFile3_GetValidationState(file, &valid));
    assert_true(valid);
    finish(job);
    assert_true(content_check_file(kit_path(kit, L"target", path), 2, SIZE / 2));
    assert_hr(DO_E_INVALID_STATE, IBackgroundCopyFile3_SetValidationState(file, TRUE));
    IBackgroundCopyFile3_Release(file);
    IBackgroundCopyFile_Release(listed);
    IEnumBackgroundCopyFiles_Release(files);
    IBackgroundCopyJob_Release(job);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_file_goes_to_the_path_that_was_set),
        TEST(a_file_goes_to_the_stream_that_was_set),
        TEST(two_sinks_are_refused),
        TEST(a_job_with_a_file_without_a_sink_does_not_begin),
        TEST(a_file_without_a_sink_stops_a_running_job_until_it_has_one),
        TEST(bad_values_are_refused),
        TEST(secrets_are_write_only_and_a_mandatory_check_needs_its_data),
        TEST(nothing_can_be_set_once_the_job_runs),
        TEST(a_file_must_have_the_size_the_client_expects),
        TEST(stats_count_what_came),
        TEST(a_file_the_client_rejects_is_fetched_anew),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
